"""What was refused leaves an entry of its own, and nothing else; what is the case's own stays with the case."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cara.features.referrals.actions import _already_open
from cara.platform.access import actor as actors
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import event, insert, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel
from synthetic.cases import CASE_ROWS, case_of
from synthetic.messages import MESSAGE_ROWS
from synthetic.people import BODIES, PEOPLE, SERVES

OFFICER = "kent_police.referring_officer"


def refusals(database: Any) -> list[Any]:
    with database.admin().connect() as connection:
        return list(
            connection.execute(
                text(
                    "select actor_id, act, force_id, subject_id, codes from ledger_entry"
                    " where verb = 'access.refused' order by id"
                )
            )
        )


def test_what_was_refused_is_in_the_ledger(as_person, database):
    officer, theirs = as_person(OFFICER), case_of("hampshire", SERVES["hampshire"][0], "referred").reference
    assert officer.get("/organisations").status_code == 403
    assert officer.get(f"/cases/{theirs}").status_code == 404
    assert officer.get("/no-such-page").status_code == 404
    assert as_person().get("/cases").status_code == 303
    found = refusals(database)
    assert [(row.actor_id, row.act, row.force_id, row.subject_id) for row in found] == [
        (str(PEOPLE[OFFICER].number), "access", "kent", "")
    ] * 2
    assert [json.loads(row.codes) for row in found] == [
        {"route": "GET /organisations", "status": 403},
        {"route": "GET /cases/{reference}", "status": 404},
    ]


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(as_person, app, database):
    def full(_connection: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if sql.startswith("INSERT INTO ledger_entry"):
            raise OperationalError("", {}, Exception())

    event.listen(app.state.store.engine, "before_cursor_execute", full)
    assert as_person(OFFICER).get("/organisations").status_code == 403
    assert refusals(database) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_one_person_and_crime_is_referred_once_however_many_ask(database):
    """Four drafts of one person and crime, referred at the same moment."""
    store, together = database.store(), threading.Barrier(4)
    known = dict(CASE_ROWS["offender"][0])
    case = next(row for row in CASE_ROWS["referral"] if row["id"] == known["referral_id"])
    key, scope = "synthetic-key", Scope(force=str(case["force_id"]))
    tables = SQLModel.metadata.tables

    def one(number: int) -> bool:
        with work_as(store, operator(), "account", "test", scope) as w:
            together.wait(10)
            if _already_open(w, key):
                return False
            new = {"id": 9000 + number, "reference": f"SYN-{number}", "provider_id": None} | OPENED
            w.session.connection().execute(insert(tables["referral"]), [case | new])
            w.session.connection().execute(
                insert(tables["offender"]),
                [known | {"referral_id": 9000 + number, "identity_key": key, "provider_id": None}],
            )
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [False, False, False, True]


OPENED = {
    "referred_at": None, "accepted_at": None, "returned_at": None, "withdrawn_at": None, "declined_at": None,
    "superseded_at": None, "authorised_at": None, "authorisation_needed": True, "asked_at": None,
}  # fmt: skip


@pytest.mark.parametrize(
    "table",
    ["offender", "eligibility_decision", "local_answer", "information_request", "outbox_message", "feedback_request"],
)
def test_no_row_hangs_on_a_case_of_another_force(database, table):
    """Beneath every other wall: the database itself takes none."""
    row = dict((CASE_ROWS | MESSAGE_ROWS)[table][0])
    case = next(one for one in CASE_ROWS["referral"] if one["force_id"] != row["force_id"])
    with Session(database.admin()) as session:
        core = SQLModel.metadata.tables[table]
        for name in ("id", "question", "key", "reference"):
            if name in row:
                row[name] = 99999 if name == "id" else "synthetic"
        if table == "offender":
            session.execute(core.delete().where(core.c.referral_id == case["id"]))
        with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
            session.execute(insert(core), [row | {"referral_id": case["id"]}])


def test_a_machine_ends_with_its_force_s_capacity(database):
    kent = next(body for body in BODIES if body.id == "kent_police")
    admin = database.admin()
    with Session(admin) as session:
        number = session.execute(
            text("select subject from person where kind = 'machine' and organisation_id = 'kent_police'")
        ).scalar_one()
        assert actors.by_subject(session, str(kent.issuer), number)
        session.execute(
            text("delete from organisation_capacity where organisation_id = 'kent_police' and capacity = 'force'")
        )
        assert actors.by_subject(session, str(kent.issuer), number) is None
