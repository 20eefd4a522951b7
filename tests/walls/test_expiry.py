"""What goes by the clock goes, and nothing before its time: rows of sessions, of typing and of forms that were sent."""

from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.accounts import sign_in_attempts
from cara.operations import jobs
from cara.operations.job_failures import JobFailures
from cara.platform.access.models import BrowserSession, KeptTyping
from cara.platform.bootstrap import upgrade
from cara.platform.database.row_expiry import AT_ONCE, EXPIRING
from cara.platform.idempotency import IdempotencyKey
from cara.settings import LONGEST_SESSION
from cara.web.pages.unsaved_forms import LASTS
from sqlalchemy import func, insert, inspect, select, text
from sqlmodel import SQLModel, col
from synthetic import past_versions
from synthetic.people import PEOPLE

OFFICER = PEOPLE["kent_police.referring_officer"]
MODELS = {"browser_session": BrowserSession, "kept_typing": KeptTyping, "idempotency_key": IdempotencyKey}
OLD = AT_ONCE + 3


def row_of(table: str, number: int, at: Any) -> dict[str, Any]:
    made = {
        "browser_session": {"token_hash": f"x{number}", "person_id": OFFICER.number, "capacity": "force", "started_at": at, "seen_at": at,
                            "ends_at": at, "ended_at": None, "attempt": None},
        "kept_typing": {"token_hash": f"x{number}", "person_id": OFFICER.number, "sealed": b"x", "at": at},
        "idempotency_key": {"id": b"x%d" % number, "tag": b"", "about": b"", "sealed": b"", "day": clock.london_day(at)},
    }  # fmt: skip
    return made[table]


def count_of(admin: Any, table: str) -> int:
    with admin.connect() as connection:
        return connection.execute(select(func.count()).select_from(SQLModel.metadata.tables[table])).scalar_one()


@pytest.mark.parametrize("rule", EXPIRING, ids=lambda rule: rule.table)
def test_rows_go_when_their_time_is_over_and_not_before(database, rule):
    admin, store, now = database.admin(), database.store("pruning"), clock.now()
    late = timedelta(days=1) if rule.column == "day" else timedelta(minutes=1)
    there = count_of(admin, rule.table)
    with admin.begin() as connection:
        for number in range(OLD + 2):
            ago = rule.lasts + late if number < OLD else rule.lasts - timedelta(minutes=1)
            connection.execute(insert(MODELS[rule.table]).values(**row_of(rule.table, number, now - ago)))
    with clock.at(now):
        found = {one.table: one for one in jobs.expire_once(store, JobFailures(database.settings()))}
    assert (found[rule.table].saw, found[rule.table].deleted) == (there + OLD + 2, OLD)
    assert count_of(admin, rule.table) == there + 2


@pytest.mark.parametrize("rule", EXPIRING, ids=lambda rule: rule.table)
def test_what_has_expired_is_found_by_an_index(database, rule):
    indexes = inspect(database.admin()).get_indexes(rule.table)
    assert [rule.column] in [one["column_names"] for one in indexes]


def test_what_is_needed_longer_lasts_longer():
    lasts = {rule.table: rule.lasts for rule in EXPIRING}
    assert lasts["kept_typing"] == LASTS
    assert lasts["browser_session"] > max(lasts["kept_typing"], sign_in_attempts.LASTS)
    # A form is sent while its session lasts; typing that was kept is sent with a key of its own.
    assert lasts["idempotency_key"] > timedelta(hours=LONGEST_SESSION) + lasts["browser_session"]
    assert EXPIRING[-1].table == "idempotency_key"


def test_a_session_that_is_in_use_never_goes(as_person, database):
    as_person(OFFICER.key).get("/account")
    jobs.expire_once(database.store("pruning"), JobFailures(database.settings()))
    with database.admin().connect() as connection:
        assert connection.execute(
            select(col(BrowserSession.token_hash)).where(col(BrowserSession.person_id) == OFFICER.number)
        ).all()
    assert as_person(OFFICER.key).get("/account").status_code == 200


HELD = (
    ("insert into organisation (id, name, mail_domains, client_id, client_auth, entra, groups_claim, group_roles, just_in_time, added_at)"
    " values ('x', 'Synthetic', '[]', '', 'none', false, 'groups', '{}', false, :at)"),
    ("insert into person (id, organisation_id, kind, name, work_address, added_at, added_by, ended_by)"
    " values (1, 'x', 'person', 'Synthetic', 'a@x.example', :at, '', '')"),
    "insert into browser_session (token_hash, person_id, capacity, started_at, seen_at, ends_at) values ('s', 1, 'force', :at, :at, :at)",
    "insert into browser_session (token_hash, person_id, capacity, started_at, seen_at, ends_at) values ('t', 1, 'force', :at, :at, :at)",
    "insert into kept_typing (token_hash, sealed, at) values ('k', '', :at)",
    ("insert into sign_in_attempt (browser_hash, organisation_id, state, nonce, verifier, go_to, began_at)"
    " values ('b', 'x', 's', 'n', 'v', '/', :at)"),
)  # fmt: skip


def test_a_database_of_the_release_before_is_upgraded_with_what_is_in_it(bare_database):
    """Sessions stay. Typing that is nobody's, and sign-ins under way, go."""
    past_versions.make(bare_database, ("core_0010", "licensing_0001"), {})
    with bare_database.admin().begin() as connection:
        for statement in HELD:
            connection.execute(text(statement), {"at": "2026-11-30 12:00:00"})
    assert upgrade(bare_database.settings())
    with bare_database.admin().connect() as connection:
        assert "sign_in_attempt" not in inspect(connection).get_table_names()
        assert connection.execute(text("select count(*) from kept_typing")).scalar_one() == 0
        found = connection.execute(
            text("select token_hash, person_id, attempt from browser_session order by token_hash")
        )
        assert found.all() == [("s", 1, None), ("t", 1, None)]
