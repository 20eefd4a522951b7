"""The page of figures, through the application: who may read it, and that it promises nothing it does not have."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from cara import clock
from cara.features.accounts.sign_in import begin_session
from cara.operations.app import create_app
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.unit_of_work import COOKIE, new_token, token_hash
from cara.settings import Settings
from litestar import Litestar
from litestar.testing import TestClient

from cara_national_data.measures import CATALOGUE


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    return create_app(Settings.load({}, home=tmp_path_factory.mktemp("home")))


@pytest.fixture
def read(app: Litestar) -> Callable[[str, str], tuple[int, str]]:
    """`read(capacity, role)` gives status and text of /figures for somebody in that role."""

    def get(capacity: str, role: str) -> tuple[int, str]:
        token, now = new_token(), clock.now()
        with app.state.store.session() as session, session.begin():
            organisation = Organisation(id=token, name="Synthetic", force_id="kent", added_at=now)
            session.add(organisation)
            session.flush()
            person = Person(organisation_id=token, name="Synthetic", work_address=token, added_at=now)
            session.add_all([person, OrganisationCapacity(organisation_id=token, capacity=capacity)])
            session.flush()
            session.add(Membership(person_id=person.id or 0, capacity=capacity, role=role, added_at=now))
            begin_session(session, person, organisation, capacity, token_hash(token), timedelta(hours=1), now)
        with TestClient(app, base_url="http://127.0.0.1", cookies={COOKIE: token}) as client:
            answer = client.get("/figures", follow_redirects=False)
        return answer.status_code, answer.text

    return get


@pytest.mark.parametrize(
    ("capacity", "role"),
    [("commissioner", "commissioner"), ("national", "evaluator"), ("national", "returns_reviewer")],
)
def test_it_says_that_there_are_none_and_what_they_will_mean(
    read: Callable[[str, str], tuple[int, str]], capacity: str, role: str
) -> None:
    status, text = read(capacity, role)
    assert status == 200
    assert "No figures have been released yet" in text
    for measure in CATALOGUE:
        assert f'id="{measure.key}"' in text
    assert not re.search(r"\d\s*%|\d per ?cent", text)


@pytest.mark.parametrize(
    ("capacity", "role"), [("force", "supervisor"), ("provider", "manager"), ("national", "trainer")]
)
def test_others_are_refused(read: Callable[[str, str], tuple[int, str]], capacity: str, role: str) -> None:
    assert read(capacity, role)[0] == 403


def test_each_measure_is_whole_and_named_once() -> None:
    keys = [measure.key for measure in CATALOGUE]
    assert len(keys) == len(set(keys))
    for measure in CATALOGUE:
        assert re.fullmatch(r"[a-z_]+", measure.key)
        assert all((measure.name, measure.numerator, measure.denominator, measure.source))
