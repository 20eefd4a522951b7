"""The register of licences on both engines, as the application's own role may use it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from cara import clock
from cara.errors import BadInput
from cara.platform.access.models import Organisation, OrganisationCapacity
from cara.platform.bootstrap import open_store
from cara.platform.database import schema
from cara.platform.database.engine import Store
from cara.platform.plugins import load_forces
from cara.platform.unit_of_work import operator, work_as
from cara_licensing import actions
from sqlmodel import Session
from synthetic.databases import Database

FIRST = date(2026, 4, 1)


@pytest.fixture
def store(empty_database: Database) -> Store:
    with Session(empty_database.admin()) as session, session.begin():
        session.add(Organisation(id="steps_example", name="Steps Example", added_at=clock.now()))
        session.flush()
        session.add(OrganisationCapacity(organisation_id="steps_example", capacity="provider"))
    return empty_database.store()


def grant(store: Store, starts: date = FIRST, until: date | None = None) -> int:
    with work_as(store, operator("licensing"), "licence", "grant") as w:
        return actions.grant(w, "steps_example", "kent", starts, until, "SYN-1")


def test_a_database_with_the_features_in_it_is_up_to_date(empty_database: Database) -> None:
    store = open_store(empty_database.settings())
    with store.engine.connect() as connection:
        assert not schema.behind(connection)
    store.engine.dispose()


def test_granted_asked_for_and_ended(store: Store) -> None:
    forces = load_forces(only={"licensing"})
    licence = grant(store, starts=clock.today())
    with work_as(store, operator(), "licence", "end") as w:
        assert forces.clearance("kent", "steps_example", clock.today(), w.session).cleared
        assert not forces.clearance("kent", "steps_example", clock.today() - timedelta(1), w.session).cleared
        actions.end(w, licence)
        assert not forces.clearance("kent", "steps_example", clock.today(), w.session).cleared


def test_many_grants_at_once_make_one_licence(store: Store, record_count: Any) -> None:
    many = 4
    together = Barrier(many)

    def attempt(_number: int) -> str:
        together.wait()
        try:
            grant(store)
        except BadInput as error:
            return error.faults[0].code
        return "granted"

    with ThreadPoolExecutor(many) as threads:
        found = sorted(threads.map(attempt, range(many)))
    record_count("licences granted at once", many, [] if found == ["granted", *["overlap"] * (many - 1)] else [found])
