"""The ledger: it cannot be changed, and whoever changes it all the same is found out."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cara import clock
from cara.features.referrals.models import Referral
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.database.engine import Use
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.case_digests import baseline
from cara.platform.ledger.models import CaseDigest, LedgerEntry, LedgerSeal, LedgerSealed
from cara.platform.ledger.seals import seal
from cara.platform.ledger.verifier import BLIND, verify
from cara.platform.ledger.writer import HASHED, Act, digest, keyed_content
from cara.platform.unit_of_work import Work, operator, work_as
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from synthetic.browser import Browser
from synthetic.cases import CASES
from synthetic.deeds import DEEDS, OFFICER
from synthetic.people import PEOPLE

ENTRY, SEAL, SEALED, DIGEST, REFERRAL = (
    one.__table__ for one in (LedgerEntry, LedgerSeal, LedgerSealed, CaseDigest, Referral)
)
TABLES = ("ledger_entry", "ledger_seal", "ledger_sealed", "case_digest")


def sealed(database):
    with work_as(database.store("ledger"), operator("test"), "ledger", "seal", use=Use.SEALING) as w:
        return seal(w.session)


def faults(database, *roots):
    with work_as(database.store("ledger"), operator("test"), "ledger", "verify", use=Use.VERIFYING) as w:
        return verify(w.session, roots, keys=database.ledger_keys).faults


@contextmanager
def tampered(database, *acts: Callable[[Connection], object]) -> Iterator[Callable[..., list[str]]]:
    """What somebody does who holds the machine, and taken back; gives what is then found, with or without exported roots."""
    with database.admin().connect() as connection:
        transaction = connection.begin()
        open_the_vault(connection)
        for act in acts:
            act(connection)
        yield lambda *roots: verify(Session(connection), roots, keys=database.ledger_keys).faults
        transaction.rollback()


def open_the_vault(connection: Connection) -> None:
    """What somebody must do who holds the machine, before they can change anything."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("set session_replication_role = replica"))
    else:
        for table in TABLES:
            for verb in ("update", "delete", "replace"):
                connection.execute(text(f"drop trigger {table}_no_{verb}"))


def change(column: str) -> Callable[[Connection], object]:
    return lambda c: c.execute(update(ENTRY).where(ENTRY.c.id == 3).values({column: "changed"}))


def forge(c: Connection) -> None:
    """Change an entry and its digest too."""
    row = dict(c.execute(select(ENTRY).where(ENTRY.c.id == 3)).one()._mapping) | {"verb": "forged"}
    c.execute(update(ENTRY).where(ENTRY.c.id == 3).values(verb="forged", digest=digest(row)))


def reorder(c: Connection) -> None:
    for old, new in ((3, 100_001), (4, 3), (100_001, 4)):
        c.execute(update(ENTRY).where(ENTRY.c.id == old).values(id=new))


def rewrite(c: Connection) -> None:
    """Everything anew, by a key of one's own: entries, seals and digests of cases, so that all fits together."""
    with TemporaryDirectory() as folder:
        keys = LedgerKeys(Path(folder))
        for row in c.execute(select(ENTRY)).all():
            forged = dict(row._mapping) | {"verb": "forged"}
            c.execute(
                update(ENTRY)
                .where(ENTRY.c.id == row.id)
                .values(verb="forged", digest=keys.sign("entry", keyed_content(forged)))
            )
        for table in (SEAL, SEALED, DIGEST):
            c.execute(delete(table))
        c.execution_options(cara_use=Use.SEALING)
        with Session(c, join_transaction_mode="create_savepoint") as session:
            session.info["ledger_keys"] = keys
            seal(session)
            session.commit()
        baseline(c, keys)


def cut(c: Connection, seals: int = 1) -> None:
    """The end cut off, and the seals above it as well."""
    above = c.execute(select(func.max(SEAL.c.id))).scalar_one() - seals
    covered = c.execute(select(SEALED.c.id).where(SEALED.c.seal_id > above)).scalars().all()
    c.execute(delete(ENTRY).where(ENTRY.c.id.in_(covered)))
    c.execute(delete(SEALED).where(SEALED.c.seal_id > above))
    c.execute(delete(SEAL).where(SEAL.c.id > above))


def put_in(number: int, made: str) -> Callable[[Connection], object]:
    """An entry of one's own: before the first, or as the last."""

    def act(c: Connection) -> None:
        row = dict(c.execute(select(ENTRY).where(ENTRY.c.id == 3)).one()._mapping) | {"id": number, "verb": "forged"}
        known = made or digest(row)
        c.execute(insert(ENTRY).values(row | {"digest": known}))

    return act


def empty(c: Connection) -> None:
    for table in (ENTRY, SEAL, SEALED):
        c.execute(delete(table))


CASE = select(func.min(REFERRAL.c.id)).scalar_subquery()
TAMPERING: dict[str, Callable[[Connection], object]] = {
    **{f"{name} changed": change(name) for name in ("actor_id", "organisation_id", "capacity", "roles", "act", "verb", "subject_id",
                                                      "force_id", "provider_id", "shown", "codes", "reason", "digest")},
    "entry forged, digest and all": forge,
    "entry deleted": lambda c: c.execute(delete(ENTRY).where(ENTRY.c.id == 3)),
    "first entry deleted": lambda c: c.execute(delete(ENTRY).where(ENTRY.c.id == 1)),
    "last entry deleted": lambda c: c.execute(text("delete from ledger_entry where id = (select max(id) from ledger_entry)")),
    "two entries in other order": reorder,
    "entry put in before": put_in(-5, ""),
    "last entry forged, plain digest": put_in(10**6, ""),
    "last entry forged, a digest that looks keyed": put_in(10**6, "2:" + "0" * 16 + ":" + "0" * 64),
    "seal deleted": lambda c: c.execute(delete(SEAL).where(SEAL.c.id == 1)),
    "last seal deleted": lambda c: c.execute(text("delete from ledger_seal where id = (select max(id) from ledger_seal)")),
    "seal changed": lambda c: c.execute(update(SEAL).where(SEAL.c.id == 1).values(root="0" * 64)),
    "seal's count changed": lambda c: c.execute(update(SEAL).where(SEAL.c.id == 1).values(count=1)),
    "seal made one of before": lambda c: c.execute(update(SEAL).where(SEAL.c.id == 2).values(tag="")),
    "seal's entry taken out": lambda c: c.execute(delete(SEALED).where(SEALED.c.id == 3)),
    "all emptied, seals too": empty,
    "all written anew by another key": rewrite,
    "a deadline changed": lambda c: c.execute(update(REFERRAL).where(REFERRAL.c.id == CASE).values(complete_by=date(2031, 1, 1))),
    "a case's salt changed": lambda c: c.execute(update(REFERRAL).where(REFERRAL.c.id == CASE).values(salt="0" * 32)),
    "a case's version raised": lambda c: c.execute(update(REFERRAL).where(REFERRAL.c.id == CASE).values(version=99)),
    "a case's digests deleted": lambda c: c.execute(delete(DIGEST).where(DIGEST.c.referral_id == CASE)),
    "a case's digest forged": lambda c: c.execute(update(DIGEST).where(DIGEST.c.referral_id == CASE).values(digest="2:" + "0" * 16 + ":0")),
}  # fmt: skip
"""All of this is found without an exported root."""
WITH_A_ROOT = {"end cut off, its seals too": cut}


def test_whoever_tampers_is_found_out(database, as_person, record_count):
    sealed(database)
    for path in ("/work", "/cases", "/drafts"):
        as_person(OFFICER).get(path)
    root = sealed(database)
    assert not faults(database, root)
    assert not faults(database)
    unseen = []
    for name, act in TAMPERING.items():
        with tampered(database, act) as found:
            unseen += [name] * (not found())
    for name, act in WITH_A_ROOT.items():
        with tampered(database, act) as found:
            unseen += [name] * (not found(root))
    assert not faults(database, root)
    record_count("ways to tamper with the ledger", len(TAMPERING) + len(WITH_A_ROOT), unseen)


def test_what_nobody_sees_without_an_exported_root_is_said(database, as_person):
    """Why the root is kept elsewhere: an end at which no case was touched can be cut off, and all of it be put back together."""
    sealed(database)
    as_person(OFFICER).get("/cases")
    root = sealed(database)
    with tampered(database, cut) as found:
        assert found() == []
        assert len(found(root)) == 1
    with work_as(database.store("ledger"), operator("test"), "ledger", "verify", use=Use.VERIFYING) as w:
        assert verify(w.session, keys=database.ledger_keys).unseen == [BLIND]
        assert verify(w.session, [root], keys=database.ledger_keys).unseen == []


def test_an_end_at_which_a_case_was_touched_is_missed_without_a_root(database):
    sealed(database)
    with database.store().session(Scope(force="kent")) as session:
        unit = Work(session, operator("test"), clock.now(), "operator", session.connection())
        case = session.scalars(select(Referral).limit(1)).one()
        unit.change(Referral, case.id, case.version, complete_by=date(2031, 1, 1))
        unit.record("course.varied", Act.ALTERATION, subject=("referral", case.id), force="kent")
        session.commit()
    sealed(database)
    assert not faults(database)
    with tampered(database, cut) as found:
        assert found() == ["1 entries that cases name are missing or changed"]
    with tampered(database, cut, lambda c: c.execute(text("delete from case_digest where entry <> ''"))) as found:
        assert len(found()) == 1
        assert "left no digest: its history was cut" in found()[0]


def test_random_tampering_is_found(database, as_person, record_count, full):
    """Rows at random are changed, taken out, exchanged or put in, in any table and any number, before and after seals."""
    sealed(database)
    as_person(OFFICER).get("/cases")
    root = sealed(database)
    as_person(OFFICER).get("/work")  # and what is not sealed yet
    assert not faults(database, root)
    rng, unseen, times = random.Random(10), [], 200 if full else 40
    with database.admin().connect() as connection:
        numbers = {
            table.name: connection.execute(select(table.c.id)).scalars().all()
            for table in (ENTRY, SEAL, SEALED, DIGEST)
        }
        cases = connection.execute(select(REFERRAL.c.id)).scalars().all()
    newest = max(numbers["ledger_entry"])

    def act(c: Connection) -> str:
        kind = rng.choice(
            ["entry", "entry out", "exchange", "put in", "seal", "seal out", "covered out", "case", "digest out"]
        )
        one, _other = rng.sample(numbers["ledger_entry"], 2)
        column = rng.choice([name for name in HASHED if name != "at"])
        did: dict[str, Callable[[], object]] = {
            "entry": lambda: c.execute(update(ENTRY).where(ENTRY.c.id == one).values({column: f"x{rng.random()}"})),
            "entry out": lambda: c.execute(delete(ENTRY).where(ENTRY.c.id == rng.choice(numbers["ledger_sealed"]))),
            "exchange": lambda: [c.execute(update(ENTRY).where(ENTRY.c.id == a).values(id=b))
                                 for a, b in ((numbers["ledger_sealed"][0], -1), (numbers["ledger_sealed"][1], numbers["ledger_sealed"][0]),
                                              (-1, numbers["ledger_sealed"][1]))],
            "put in": lambda: put_in(newest + rng.randint(1, 99), "")(c),
            "seal": lambda: c.execute(update(SEAL).where(SEAL.c.id == rng.choice(numbers["ledger_seal"])).values(root=f"{rng.random()}")),
            "seal out": lambda: c.execute(delete(SEAL).where(SEAL.c.id == rng.choice(numbers["ledger_seal"]))),
            "covered out": lambda: c.execute(delete(SEALED).where(SEALED.c.id == rng.choice(numbers["ledger_sealed"]))),
            "case": lambda: c.execute(update(REFERRAL).where(REFERRAL.c.id == rng.choice(cases)).values(complete_by=date(2031, 1, 1))),
            "digest out": lambda: c.execute(delete(DIGEST).where(DIGEST.c.id == rng.choice(numbers["case_digest"]))),
        }  # fmt: skip
        did[kind]()
        return kind

    for time in range(times):
        done: list[str] = []
        with tampered(database, *[lambda c, done=done: done.append(act(c)) for _ in range(rng.randint(1, 3))]) as found:
            unseen += [(time, done)] * (not found(root))
    record_count("random tampering", times, unseen)


def test_an_older_root_still_fits(database, as_person):
    root = sealed(database)
    as_person(OFFICER).get("/cases")
    assert not faults(database, root)
    later = sealed(database)
    assert later.count > root.count
    assert not faults(database, root, later)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_seal", "ledger_sealed", "case_digest"])
@pytest.mark.parametrize("owner", [False, True], ids=["application", "owner"])
def test_the_database_refuses_to_change_or_delete(database, table, owner, record_count):
    """By trigger for everybody, on PostgreSQL by grant for the application as well."""
    sealed(database)
    engine = database.admin() if owner else database.bare()
    through = []
    acts = [f"update {table} set id = id", f"delete from {table}", f"update {table} set id = id where id = 1"]
    acts += [f"truncate {table}"] if database.kind == "postgresql" else []
    if not owner and database.kind == "postgresql":
        acts += [
            f"drop trigger {table}_append_only on {table}",
            "set session_replication_role = replica",
            f"alter table {table} disable trigger all",
        ]
    for act in acts:
        with engine.connect() as connection:
            try:
                connection.execute(text(act))
                through.append(act)
            except DBAPIError:
                pass
            connection.rollback()
    record_count("attempts to change what was written", len(acts), through)


def test_all_six_acts_are_there_reads_and_failed_searches_too(client, database, as_person, record_count):
    """DPA 2018 s.62: collection, alteration, consultation, disclosure, combination, erasure; each with who, when and what."""
    for deed in DEEDS:
        if "discard" in deed.path or deed.path == "/drafts" or not deed.path.startswith(("/drafts", "/imports")):
            deed.do(Browser(client, PEOPLE[deed.who]))
    officer = as_person(OFFICER)
    assert officer.post("/cases", {"name": "Nobody of this name"}).status_code == 200
    assert officer.post("/cases", {"name": "cny"}).status_code == 200
    assert officer.get("/cases").status_code == 200
    with database.admin().connect() as connection:
        rows = connection.execute(select(ENTRY)).all()
    here = [row for row in rows if row.actor_id == str(PEOPLE[OFFICER].number)]
    searches = [row for row in here if row.verb == "referral.searched"]
    erased = sum(deed.route == "/retention/{reference}/confirm" for deed in DEEDS)  # found by no name any more
    everybody = sum(case.force == "kent" for case in CASES) - erased
    assert [json.loads(row.codes) for row in searches] == [{"found": 0}, {"found": everybody}]
    assert [len(json.loads(row.shown)) for row in searches] == [0, everybody]
    wanted = {"collection", "alteration", "consultation", "disclosure", "combination", "erasure"}
    missing = wanted - {row.act for row in rows}
    assert {act.value for act in Act} == wanted | {"access"}
    incomplete = [
        row.id
        for row in rows
        if not (row.at and row.actor_kind and row.actor_id and row.verb) and row.actor_kind != "nobody"
    ]
    record_count("entries: who, when, what", len(rows), [*missing, *incomplete])
