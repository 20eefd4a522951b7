"""The ledger: it cannot be changed, and whoever changes it all the same is found out."""

import json
from collections.abc import Callable

import pytest
from cara.ledger.models import LedgerEntry, LedgerSeal
from cara.ledger.record import Act, digest
from cara.ledger.seals import seal, verify
from cara.storage.engine import Use
from cara.work import operator, work_as
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from synthetic.browser import Browser
from synthetic.cases import CASES
from synthetic.deeds import DEEDS, OFFICER
from synthetic.people import PEOPLE

ENTRY, SEAL = LedgerEntry.__table__, LedgerSeal.__table__


def sealed(database):
    with work_as(database.store(), operator("test"), "ledger", "seal", use=Use.SEALING) as w:
        return seal(w.session)


def faults(database, root):
    with work_as(database.store(), operator("test"), "ledger", "verify", use=Use.READING) as w:
        return verify(w.session, root).faults


def open_the_vault(connection: Connection) -> None:
    """What somebody must do who holds the machine, before they can change anything."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("set session_replication_role = replica"))
    else:
        for table in (ENTRY, SEAL):
            for verb in ("update", "delete", "replace"):
                connection.execute(text(f"drop trigger {table.name}_no_{verb}"))


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
    """Everything anew: entries forged with right digests, seals made again so that all fits together."""
    from sqlmodel import Session

    for row in c.execute(select(ENTRY)).all():
        forged = dict(row._mapping) | {"verb": "forged"}
        c.execute(update(ENTRY).where(ENTRY.c.id == row.id).values(verb="forged", digest=digest(forged)))
    c.execute(delete(SEAL))
    c.execution_options(cara_use=Use.SEALING)
    with Session(c, join_transaction_mode="create_savepoint") as session:
        seal(session)
        session.commit()


def truncate(c: Connection) -> None:
    """The end cut off, and the seals above it as well."""
    last = c.execute(select(SEAL).order_by(SEAL.c.id.desc())).first()
    before = c.execute(select(SEAL).where(SEAL.c.id == last.id - 1)).one()
    c.execute(delete(SEAL).where(SEAL.c.id == last.id))
    c.execute(delete(ENTRY).where(ENTRY.c.id > before.last_entry))


def put_in(c: Connection) -> None:
    row = dict(c.execute(select(ENTRY).where(ENTRY.c.id == 3)).one()._mapping)
    c.execute(insert(ENTRY).values(row | {"id": -5}))


TAMPERING: dict[str, Callable[[Connection], object]] = {
    **{f"{name} changed": change(name) for name in ("actor_id", "organisation_id", "capacity", "roles", "act", "verb", "subject_id",
                                                      "force_id", "provider_id", "shown", "codes", "reason", "digest")},
    "entry forged, digest and all": forge,
    "entry deleted": lambda c: c.execute(delete(ENTRY).where(ENTRY.c.id == 3)),
    "first entry deleted": lambda c: c.execute(delete(ENTRY).where(ENTRY.c.id == 1)),
    "last entry deleted": lambda c: c.execute(text("delete from ledger_entry where id = (select max(id) from ledger_entry)")),
    "two entries in other order": reorder,
    "entry put in before": put_in,
    "end cut off": truncate,
    "seal deleted": lambda c: c.execute(delete(SEAL).where(SEAL.c.id == 1)),
    "seal changed": lambda c: c.execute(update(SEAL).where(SEAL.c.id == 1).values(root="0" * 64)),
    "seal's count changed": lambda c: c.execute(update(SEAL).where(SEAL.c.id == 1).values(count=1)),
    "all emptied": lambda c: (c.execute(delete(ENTRY)), c.execute(delete(SEAL))),
    "all written anew": rewrite,
}  # fmt: skip


def test_whoever_tampers_is_found_out(database, as_person, record_count):
    sealed(database)
    for path in ("/work", "/cases", "/drafts"):
        as_person(OFFICER).get(path)
    root = sealed(database)
    assert not faults(database, root)
    unseen = []
    engine = database.admin()
    for name, tamper in TAMPERING.items():
        with engine.connect() as connection:
            transaction = connection.begin()
            open_the_vault(connection)
            tamper(connection)
            from sqlmodel import Session

            found = verify(Session(connection), root).faults
            transaction.rollback()
            if not found:
                unseen.append(name)
    assert not faults(database, root)
    record_count("ways to tamper with the ledger", len(TAMPERING), unseen)


def test_without_the_exported_root_a_rewriting_is_not_seen(database):
    """Why the root is kept elsewhere."""
    root = sealed(database)
    from sqlmodel import Session

    with database.admin().connect() as connection:
        transaction = connection.begin()
        open_the_vault(connection)
        rewrite(connection)
        assert not verify(Session(connection)).faults
        assert verify(Session(connection), root).faults
        transaction.rollback()


def test_an_older_root_still_fits(database, as_person):
    root = sealed(database)
    as_person(OFFICER).get("/cases")
    assert not faults(database, root)
    assert sealed(database).count > root.count
    assert not faults(database, root)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_seal"])
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
