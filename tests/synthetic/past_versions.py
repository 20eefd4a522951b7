"""Databases as earlier versions left them: their schema, with the invented country in the tables and columns that they had.

Values are taken from the rows of today where a column is still there. The ledger's hashes are made here, as 0.1.0 made
them, and not by the code under test.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from alembic import command
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.database import schema
from cara.platform.database.column_types import Instant, Money
from cara.platform.database.schema import owner_engine
from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, Integer, LargeBinary, MetaData, Table, insert
from sqlmodel import SQLModel

from synthetic.cases import CASE_ROWS, CASES, NOW
from synthetic.databases import Database
from synthetic.people import PEOPLE
from synthetic.world import PEOPLE_ROWS, count_on, licence_rows

HEADS = ("core_0001", "licensing_0001")
"""The newest revisions of 0.1.0."""
ENTRIES = 40
"""Entries of the ledger; a seal covers each ten of the first thirty."""
HASHED = (
    "at", "actor_kind", "actor_id", "organisation_id", "capacity", "roles", "act", "verb",
    "subject_kind", "subject_id", "force_id", "provider_id", "shown", "codes", "reason",
)  # fmt: skip


def make_0_1_0(database: Database) -> tuple[dict[str, int], tuple[int, str]]:
    """Make a database without a schema one of 0.1.0.

    Return the number of rows of each table, and the ledger's root as `cara ledger root` of 0.1.0 exported it: so many
    entries, and their hash.
    """
    entries, seals = _ledger()
    ledger = {"ledger_entry": entries, "ledger_seal": seals}
    rows = PEOPLE_ROWS | CASE_ROWS | _forms() | ledger | {"licence": licence_rows()}
    return make(database, HEADS, rows), (seals[-1]["count"], seals[-1]["root"])


def make(database: Database, heads: Sequence[str], rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
    """Bring a database without a schema to these revisions, as its owner, and put rows of today into what is there.

    Columns of which today's rows know nothing get an empty value. Return the number of rows of each table.
    """
    folder = database.settings().key_folder
    installation_secret(folder)  # every version has one, and a key of each force whose records it keeps
    for force in {row["force_id"] for row in rows.get("victim", ())}:
        Keyring(folder).force_key(force)
    owner = owner_engine(database.owner_url or database.settings().url)
    configuration = schema.configuration()
    with owner.begin() as connection:
        configuration.attributes["connection"] = connection
        for revision in heads:
            command.upgrade(configuration, revision)
    owner.dispose()
    with database.admin().begin() as connection:
        tables = MetaData()
        tables.reflect(connection)
        made = {
            table.name: _fill(connection, table, rows[table.name])
            for table in tables.sorted_tables
            if table.name in rows
        }
        if connection.dialect.name == "postgresql":
            count_on(connection, made, tables)
    return made


def _fill(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    today = SQLModel.metadata.tables.get(table.name)
    numbered = set()
    for column in table.columns:
        now = today.columns[column.name].type if today is not None and column.name in today.columns else None
        if isinstance(column.type, Integer) and now is not None and not isinstance(now, Integer | Boolean | Money):
            numbered.add(column.name)  # ids that are random by now were numbers then
        elif now is not None or isinstance(column.type, DateTime):
            column.type = now or Instant()
    given = [
        {
            column.name: number if column.name in numbered else row.get(column.name, _nothing(column))
            for column in table.columns
        }
        for number, row in enumerate(rows, start=1)
    ]
    if given and all(row.get("id", 0) is None for row in given):
        given = [{**row, "id": number} for number, row in enumerate(given, start=1)]
    if given:
        connection.execute(insert(table), given)
    return len(given)


def _nothing(column: Any) -> Any:
    """What stands in a column of which today's rows know nothing."""
    if column.nullable or column.primary_key:
        return None
    kinds: Mapping[type, Any] = {Instant: NOW, Date: NOW.date(), Boolean: False, Integer: 0, LargeBinary: b"", JSON: {}}
    return next((value for kind, value in kinds.items() if isinstance(column.type, kind)), "")


def _forms() -> dict[str, list[dict[str, Any]]]:
    """What only 0.1.0 kept: forms by a plain hash, sign-in attempts of strangers, typing of unknown owners."""
    digest = hashlib.sha256(b"a form").hexdigest()
    return {
        "sent_form": [
            {"actor_id": str(person.number), "key": f"synthetic-key-{person.number}", "route": "POST /drafts",
             "body_hash": digest, "location": f"/cases/{CASES[0].reference}", "at": NOW}
            for person in PEOPLE.values()
        ],
        "sign_in_attempt": [
            {"browser_hash": f"{number:064x}", "organisation_id": "kent_police", "state": f"s{number}", "nonce": f"n{number}",
             "verifier": f"v{number}", "go_to": "/home", "began_at": NOW, "used_at": NOW if number % 2 else None}
            for number in range(20)
        ],
        "kept_typing": [{"token_hash": f"{number:064x}", "sealed": b"sealed", "at": NOW} for number in range(5)],
    }  # fmt: skip


def _ledger() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    officers = [person for person in PEOPLE.values() if person.role == "referring_officer"]
    entries, seals = [], []
    root, chain = hashlib.sha256(b"CARA ledger").hexdigest(), None
    for number in range(1, ENTRIES + 1):
        person, case = officers[number % len(officers)], CASES[number % len(CASES)]
        entry: dict[str, Any] = {
            "at": NOW, "actor_kind": "person", "actor_id": str(person.number), "organisation_id": person.body.id,
            "capacity": "force", "roles": person.role, "act": "consultation", "verb": "referral.read",
            "subject_kind": "referral", "subject_id": str(case.id), "force_id": case.force, "provider_id": "",
            "shown": json.dumps([str(case.id)]), "codes": "{}", "reason": "",
        }  # fmt: skip
        entry |= {"id": number, "digest": _digest(entry)}
        entries.append(entry)
        chain = chain or hashlib.sha256(root.encode())
        chain.update(entry["digest"].encode())
        if number % 10 == 0 and number < ENTRIES:
            chain.update(f"{number} {NOW.astimezone(UTC).isoformat()}".encode())
            root, chain = chain.hexdigest(), None
            seals.append({"id": number // 10, "at": NOW, "last_entry": number, "count": number, "root": root})
    return entries, seals


def _digest(entry: Mapping[str, Any]) -> str:
    hasher = hashlib.sha256()
    for name in HASHED:
        value = entry[name]
        part = (value.isoformat() if isinstance(value, datetime | date) else str(value)).encode()
        hasher.update(b"%d:%s" % (len(part), part))
    return hasher.hexdigest()
