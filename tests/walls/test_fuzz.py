"""Whatever comes in, an answer goes out: no fault of ours, no dropped connection, no header that somebody else wrote."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from cara.operations.app import create_app
from cara.platform.crypto.keyring import Keyring
from cara.platform.oidc.discovery import Providers
from litestar import Litestar
from sqlalchemy import text
from sqlmodel import Session
from synthetic import world
from synthetic.databases import Database
from synthetic.fuzzing import answer_to, running, shots, wrong_with
from synthetic.people import PEOPLE
from synthetic.routes import routes_of, targets

SEED = 20261130
SAMPLE = {"sqlite": 500, "postgresql": 250}
TIMES = 1
"""How often each route is tried as each person in full."""
GONE = 4
"""One in so many people has a session that has ended: what they type is kept."""


@pytest.fixture
def providers() -> Providers:
    """Every provider answers, with nothing that is of use."""
    return Providers(lambda: httpx2.MockTransport(lambda _request: httpx2.Response(200, json={})))


@pytest.fixture
def app(database: Database, providers: Providers) -> Iterator[Litestar]:
    """An application that lets itself be flooded."""
    unlimited = {"flood_browser": 10**9, "flood_address": 10**9}
    made = create_app(database.settings(**unlimited), forces=world.forces(), providers=providers)
    yield made
    made.state.store.engine.dispose()


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unit of work is undone at its end, so that sessions and roles stay as they are."""

    def undo(session: Session) -> None:
        session.flush()
        session.expunge_all()
        session.rollback()

    monkeypatch.setattr(Session, "commit", undo)
    monkeypatch.setattr(Keyring, "destroy", lambda *_key: None)


def whatever_comes(app: Any, database: Any, tried: list[Any], record_count: Any, name: str) -> None:
    wrong = []
    with database.admin().begin() as connection:
        connection.execute(text(f"update browser_session set ended_at = ends_at where person_id % {GONE} = 0"))
    with running(app) as port, ThreadPoolExecutor(4) as pool:
        every = list(shots(app, tried, SEED))
        for shot, (status, head) in zip(every, pool.map(lambda one: answer_to(one, port), every), strict=True):
            if fault := wrong_with(status, head):
                wrong.append((fault, shot.name, shot.raw[:300]))
    record_count(name, len(every), wrong)


@pytest.mark.plants_leaks  # the same odd words go into every form, the victims' room's among them
def test_whatever_comes_in_is_answered(app, database, undone, record_count):
    """A sample: every role and nobody, over every route."""
    chosen = random.Random(SEED)
    addresses = [(route, chosen.choice(list(targets(route)))) for route in routes_of(app)]
    everybody = [None, None, *PEOPLE.values()]
    tried = []
    while len(tried) < SAMPLE[database.kind]:
        route, target = addresses[len(tried) % len(addresses)]
        may = [who for who in PEOPLE.values() if route.does and who.reach(*route.does)]
        tried.append((route, target, chosen.choice(chosen.choice((everybody, may or everybody)))))
    whatever_comes(app, database, tried, record_count, "odd requests, a sample")


@pytest.mark.full
@pytest.mark.plants_leaks
def test_whatever_comes_in_is_answered_on_every_route_to_everybody(app, database, undone, record_count):
    chosen = random.Random(SEED + 1)
    tried = [
        (route, chosen.choice(list(targets(route))), who)
        for route in routes_of(app)
        for who in (None, None, None, *PEOPLE.values())
        for _time in range(TIMES)
    ]
    whatever_comes(app, database, tried, record_count, "odd requests: route × role")
