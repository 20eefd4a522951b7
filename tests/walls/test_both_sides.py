"""Somebody is on the course in one case and was harmed in another: neither side can tell from its own pages."""

import re
from typing import Any

import pytest
from cara.platform.crypto.keyring import Keyring
from silence import rooms
from sqlalchemy import insert
from sqlmodel import SQLModel
from synthetic import victims
from synthetic.canaries import found_in
from synthetic.cases import case_of
from synthetic.people import PEOPLE
from synthetic.routes import routes_of, targets

ON_THE_COURSE = case_of("kent", "south_provider", "accepted")
HARMED = case_of("kent", "south_provider", "referred")
NUMBER = 9001
_PASSING = re.compile(r"[A-Za-z0-9_-]{24,}|\b[0-9a-f]{12}\b")
"""Tokens, keys and numbers of requests differ each time that a page is opened."""


@pytest.fixture
def nearby(app, full) -> list[Any]:
    """Everybody of that force, of its provider, and of whoever keeps its victims' records: half on either engine, in full all."""
    every = [one for one in PEOPLE.values() if one.body.id in ("kent_police", "south_provider", "hampton_trust")]
    return every if full else every[app.state.store.sqlite :: 2]


def harm(database: Any) -> None:
    """Record that the person on the course was harmed in the other case, under the same name."""
    keys = Keyring(database.settings().key_folder)
    key = keys.new_person("kent")
    name = f"{ON_THE_COURSE.mark('offender', 'forenames')} {ON_THE_COURSE.mark('offender', 'surname')}"
    with database.admin().begin() as connection:
        for table, row in victims._rows(keys, key, NUMBER, HARMED, held=False):
            if table == "victim":
                row["name"] = keys.encrypt("kent", key, "victim.name", name)
            if "reference" in row:
                row["reference"] = f"{row['reference'][:1]}99-9999"
            connection.execute(insert(SQLModel.metadata.tables[table]), row)


def test_neither_side_can_tell(app, as_person, database, nearby, record_count):
    routes = [one for one in routes_of(app) if one.method == "GET" and one.does]
    theirs = sorted(
        {
            t.path
            for one in routes
            if not rooms.is_room(one.does)
            for t in targets(one)
            if ON_THE_COURSE.reference in t.path
        }
    )
    assert theirs

    def opened(paths: list[str]) -> dict[tuple[str, str], Any]:
        return {(who.key, path): as_person(who.key).get(path) for who in nearby for path in paths}

    before = {
        at: (a.status_code, _PASSING.sub("", a.text))
        for at, a in opened(theirs).items()
        if "text/html" in a.headers["content-type"]
    }
    harm(database)
    after = opened(theirs)
    told: list[Any] = [
        at for at, was in before.items() if (after[at].status_code, _PASSING.sub("", after[at].text)) != was
    ]
    told += [(at, o) for at, a in after.items() for o in found_in(a.content) if o.owner.startswith("victim:")]
    record_count("pages of somebody on the course who was harmed elsewhere", len(after), told)

    room = sorted({
        t.path.replace(victims.reference_of("kent", "accepted"), "V99-9999").replace(victims.reference_of("kent", "referred"), "V99-9999")
        for one in routes if rooms.is_room(one.does) for t in targets(one)
    })  # fmt: skip
    names, own = ("surname", "forenames", "name"), str(ON_THE_COURSE.id)
    answers = opened(room)
    told = [
        (at, o) for at, a in answers.items() if "V99-9999" in at[1]
        for o in found_in(a.content) if o.case == own and o.owner == "kent" and o.column not in names
    ]  # fmt: skip
    record_count("pages of the victims' room about somebody on the course elsewhere", len(answers), told)
