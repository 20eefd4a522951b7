"""On PostgreSQL the event loop never asks the database: while it waits for a connection, nobody's page would come."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cara.platform.database.engine import open_engine
from cara.platform.database.schema import owner_engine
from cara.platform.unit_of_work import COOKIE
from litestar import Litestar
from sqlalchemy import Engine, event
from synthetic.browser import Browser
from synthetic.people import PEOPLE
from synthetic.routes import body, routes_of, targets

ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
OFFICER = PEOPLE["kent_police.referring_officer"]


@contextmanager
def watched(engine: Engine) -> Iterator[list[bool]]:
    """Note of each connection that is taken whether a loop took it."""
    taken: list[bool] = []

    def take(*_given: Any) -> None:
        taken.append(asyncio._get_running_loop() is not None)

    event.listen(engine, "checkout", take)
    try:
        yield taken
    finally:
        event.remove(engine, "checkout", take)


def over_the_limit(app: Litestar) -> None:
    """Have every further failure be one too many, so that it is asked who comes."""
    app.state.flood._limits = lambda _connection: iter([("address:203.0.113.9", 0)])


@ON_POSTGRESQL
@pytest.mark.parametrize("flooded", [False, True], ids=["", "flooded"])
def test_no_refusal_asks_the_database_in_the_loop(client, flooded, record_count):
    """Every form and public page, by a stranger with a made-up session and by an officer whose page is old."""
    if flooded:
        over_the_limit(client.app)
    wrong, tried = [], 0
    with watched(client.app.state.store.engine) as taken:
        for route in routes_of(client.app):
            for target in [*targets(route)][:1] if route.public or route.method == "POST" else ():
                for who in (None, OFFICER):
                    browser = Browser(client, who)
                    if who is None:
                        browser.cookies[COOKIE] = "made-up"
                    before = len(taken)
                    if route.method == "GET":
                        browser.get(target.path)
                    else:
                        browser.send(target.path, {**body(target), "_csrf_token": "old"})
                    tried += 1
                    wrong += [(route.method, route.path)] * any(taken[before:])
        assert taken
    record_count("refusals that ask the database beside the loop", tried, wrong)


@ON_POSTGRESQL
def test_connecting_has_an_end(database):
    for made in (open_engine, owner_engine):
        asked: list[Any] = []
        for url in (database.url, f"{database.url}&connect_timeout=9"):
            engine = made(url)
            event.listen(
                engine, "do_connect", lambda *given, asked=asked: asked.append(given[3].get("connect_timeout"))
            )
            engine.connect().close()
            engine.dispose()
        assert [int(one) for one in asked] == [5, 9]
