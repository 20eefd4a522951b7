"""A running application with two organisations: the Trust, which licenses, and a provider."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cara import clock
from cara.features.accounts.sign_in import begin_session
from cara.operations.app import create_app
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from cara.platform.database.engine import Store
from cara.platform.unit_of_work import COOKIE, new_token, token_hash
from cara.settings import Settings
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import delete
from sqlmodel import Session

from cara_licensing.models import Licence

SignIn = Callable[..., TestClient[Litestar]]
SYNTHETIC = {"trust": "national", "steps_example": "provider", "paths_example": "provider", "force_example": "force"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    home: Path = tmp_path_factory.mktemp("home")
    made = create_app(Settings.load({}, home=home))
    with Session(made.state.store.engine) as session, session.begin():
        for slug, capacity in SYNTHETIC.items():
            session.add(
                Organisation(id=slug, name=slug.replace("_", " ").title(), force_id="kent", added_at=clock.now())
            )
            session.flush()
            session.add(OrganisationCapacity(organisation_id=slug, capacity=capacity))
    return made


@pytest.fixture
def store(app: Litestar) -> Iterator[Store]:
    kept: Store = app.state.store
    yield kept
    with Session(kept.engine) as session, session.begin():
        session.execute(delete(Licence))


@pytest.fixture
def signed_in(app: Litestar, store: Store) -> Iterator[SignIn]:
    """`signed_in("licensing_manager")` gives a browser in which somebody of the Trust is signed in."""
    clients: list[TestClient[Litestar]] = []

    def begin(role: str, organisation: str = "trust") -> TestClient[Litestar]:
        token, now, capacity = new_token(), clock.now(), SYNTHETIC[organisation]
        with store.session() as session, session.begin():
            person = Person(organisation_id=organisation, name="Synthetic", work_address=token, added_at=now)
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id or 0, capacity=capacity, role=role, added_at=now))
            at = session.get_one(Organisation, organisation)
            begin_session(session, person, at, capacity, token_hash(token), timedelta(hours=1), now)
        client = TestClient(app, base_url="http://127.0.0.1", cookies={COOKIE: token})
        clients.append(client.__enter__())
        return client

    yield begin
    for client in clients:
        client.__exit__(None, None, None)
