"""Practice sign-in is refused where people could take it for the real one, by the application itself: whoever makes it."""

import pytest
from cara.errors import Misconfigured
from cara.operations.app import create_app
from cara.settings import Settings
from sqlalchemy import text
from synthetic import world

REAL = {"base_url": "https://cara.example"}


@pytest.mark.parametrize("more", [REAL, {"host": "0.0.0.0", "base_url": "http://localhost:8000"}])  # noqa: S104 - is refused
def test_practice_is_not_served_to_other_machines(tmp_path, more):
    with pytest.raises(Misconfigured, match="practice sign-in"):
        create_app(Settings(home=tmp_path, demo=True, **more))
    assert not list(tmp_path.iterdir())


def test_the_demonstration_s_switch_is_refused_on_a_database_of_real_people(database):
    with pytest.raises(Misconfigured, match="CARA_DEMO"):
        create_app(database.settings(demo=True), forces=world.forces())


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8001", "https://localhost:8001", "http://[::1]:9"])
def test_a_practice_provider_signs_nobody_in_at_a_real_address(database, issuer):
    create_app(database.settings(**REAL), forces=world.forces()).state.store.engine.dispose()
    with database.admin().begin() as connection:
        connection.execute(
            text("update organisation set issuer = :issuer where id = 'kent_police'"), {"issuer": issuer}
        )
    with pytest.raises(Misconfigured, match="practice sign-in"):
        create_app(database.settings(**REAL), forces=world.forces())
    create_app(database.settings(), forces=world.forces()).state.store.engine.dispose()  # on this machine alone


@pytest.mark.parametrize("wrong", [{"base_url": "http://cara.example"}, {"secret": "short"}])
def test_settings_that_cannot_work_make_no_application(tmp_path, wrong):
    with pytest.raises(Misconfigured):
        create_app(Settings(home=tmp_path, **wrong))
