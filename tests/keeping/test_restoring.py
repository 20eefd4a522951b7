"""A backup restored on an empty machine is what it was: every row, the ledger's root, and nobody who was erased."""

import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cara.features.victims.data_rights import erasure
from cara.features.victims.wall import actions, encryption
from cara.features.victims.wall.models import Victim
from cara.operations.cli import main
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.row_scope import Scope
from cara.platform.ledger import verifier
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import work_as
from sqlalchemy import select
from sqlmodel import Session
from synthetic.canaries import found_in, planted
from synthetic.cases import case_of
from synthetic.databases import Database
from synthetic.people import FORCES, PEOPLE
from synthetic.victims import HELD

from keeping.conftest import PASSPHRASE, whole

FORCE = "hampshire"
CASE = case_of(FORCE, "north_provider", HELD[0])


@pytest.fixture
def elsewhere(templates: Path, tmp_path: Path, request: pytest.FixtureRequest, database: Database) -> Any:
    """An empty installation on the other engine."""
    if database.kind == "sqlite":
        with request.getfixturevalue("postgresql").fresh(tmp_path / "other", "empty", None) as made:
            yield made
    else:
        yield Database("sqlite", tmp_path / "other")


def acting(database: Any, force: str = FORCE) -> Any:
    who = PEOPLE[f"{force}_police.victim_contact_officer"]
    actor = Actor(
        "person", str(who.number), organisation=who.body.id, force=force, capacity="force", roles=frozenset({who.role})
    )
    return work_as(database.store(), actor, "referral", "read", Scope(force=force))


def erase(database: Any, victim: int) -> None:
    with acting(database) as w:
        erasure.erase(w, Keyring(database.settings().key_folder), victim)


def victims(database: Any) -> dict[int, Any]:
    with Session(database.admin()) as session:
        return {one.id: one for one in session.scalars(select(Victim))}


def test_everything_is_back_on_the_other_engine(database, elsewhere, at, typed, passphrase, tmp_path, record_count):
    """Row hashes and the ledger's root are compared by the command; who can be read is compared here."""
    at(database)
    erase(database, 1)
    code, made = typed("backup", tmp_path / "apart" / "one.cara", "--as", "synthetic.keeper")
    assert (code, made["ledger"]["count"] > 0) == (0, True)
    code, kept = typed("keys", "backup", tmp_path / "keys-apart", "--passphrase-file", passphrase)
    assert code == 0
    at(elsewhere)
    code, back = typed("restore", tmp_path / "apart" / "one.cara", "--as", "synthetic.keeper")
    assert (code, back["rows"], back["destroyed"]) == (0, made["rows"], 0)
    assert back["keys_missing"] == 7
    code, again = typed("keys", "restore", tmp_path / "keys-apart", "--passphrase-file", passphrase)
    assert (code, again["files"], again["destroyed"]) == (0, kept["files"], 0)
    assert typed("keys", "check")[1]["fit"]
    root = made["ledger"]
    assert typed("ledger", "verify", "--count", root["count"], "--root", root["root"])[1]["whole"]
    keys = Keyring(elsewhere.settings().key_folder)
    read = [encryption.unsealed(keys, one) for number, one in victims(elsewhere).items() if number != 1]
    told = {o for one in read for o in found_in(one["name"].encode())}
    assert {o.owner.removeprefix("victim:") for o in told} == set(FORCES)
    record_count("rows restored on the other engine", made["rows"])
    at(elsewhere)
    with acting(elsewhere) as w:  # and work goes on: numbers go on where they were
        actions.record_victim(w, keys, whole(CASE), name="Synthetic", contact="", address="")
    assert typed("restore", tmp_path / "apart" / "one.cara")[1]["faults"][0]["code"] == "not_now"


def test_no_key_and_nothing_readable_of_a_victim_is_in_a_backup(database, at, typed, tmp_path, record_count):
    at(database)
    assert typed("backup", tmp_path / "apart" / "one.cara")[0] == 0
    secret = [one.read_bytes() for one in database.settings().key_folder.rglob("*") if one.is_file()]
    with zipfile.ZipFile(tmp_path / "apart" / "one.cara") as backup:
        inside = b"".join(backup.read(name) for name in backup.namelist())
    leaks = [o for o in found_in(inside) if o.owner.startswith("victim:")]
    leaks += [one for one in secret if one and (one in inside or one.hex().encode() in inside)]
    assert [o for o in found_in(inside) if not o.owner.startswith("victim:")]
    record_count("canaries of victims, and keys, looked for in a backup", len(list(planted())) + len(secret), leaks)
    assert (tmp_path / "apart" / "one.cara").stat().st_mode & 0o077 == 0


def test_keys_older_than_an_erasure_bring_nobody_back(database, at, typed, passphrase, tmp_path, templates):
    """The keys were copied, then somebody was erased, then both are restored: the database knows, and the key goes again."""
    at(database)
    assert typed("keys", "backup", tmp_path / "old-keys", "--passphrase-file", passphrase)[0] == 0
    erase(database, 1)
    assert typed("backup", tmp_path / "apart" / "one.cara")[0] == 0
    for order in (("restore", "keys"), ("keys", "restore")):
        empty = Database("sqlite", tmp_path / f"empty-{order[0]}")
        at(empty)
        destroyed = 0
        for one in order:
            words = ("restore", tmp_path / "apart" / "one.cara") if one == "restore" else (
                "keys", "restore", tmp_path / "old-keys", "--passphrase-file", passphrase)  # fmt: skip
            code, told = typed(*words)
            assert code == 0, told
            destroyed += told["destroyed"]
        assert destroyed == 1
        assert not Keyring(empty.settings().key_folder).has(FORCE, victims(empty)[1].key_id)
        assert typed("keys", "check") == (0, typed("keys", "check")[1])
        empty.close()


def test_keys_copied_back_by_hand_are_found_out(database, at, typed, tmp_path):
    at(database)
    keys = Keyring(database.settings().key_folder)
    path = keys.person_path(FORCE, victims(database)[1].key_id)
    copy = path.read_bytes()
    erase(database, 1)
    assert typed("keys", "check")[0] == 0
    path.write_bytes(copy)
    code, told = typed("keys", "check")
    assert (code, [one["returned"] for one in told["forces"] if one["force"] == FORCE]) == (1, [1])


def test_a_backup_is_one_instant_while_people_work(database, at, typed, tmp_path, record_count):
    """Victims are recorded with two rows and an entry each; no backup has one without the others."""
    at(database)
    over, made = threading.Event(), []
    keys, store = Keyring(database.settings().key_folder), database.store()

    def go_on() -> None:
        who = PEOPLE[f"{FORCE}_police.victim_contact_officer"]
        actor = Actor("person", str(who.number), organisation=who.body.id, force=FORCE, capacity="force",
                      roles=frozenset({who.role}))  # fmt: skip
        while not over.wait(0.005):  # people leave each other room: a loop would never give SQLite's lock away
            with work_as(store, actor, "referral", "read", Scope(force=FORCE)) as w:
                made.append(actions.record_victim(w, keys, whole(CASE), name="Synthetic", contact="", address=""))

    people = threading.Thread(target=go_on)
    people.start()
    try:
        for turn in range(3):
            assert typed("backup", tmp_path / "apart" / f"{turn}.cara")[0] == 0
    finally:
        over.set()
        people.join(60)
    wrong = []
    for turn in range(3):
        with zipfile.ZipFile(tmp_path / "apart" / f"{turn}.cara") as backup:
            rows = {
                name: backup.read(f"tables/{name}.jsonl").splitlines()
                for name in ("victim", "victim_in_case", "ledger_entry")
            }
        begun = sum(b'"victim.recorded"' in one for one in rows["ledger_entry"])
        wrong += [(turn, begun)] if not len(rows["victim"]) == len(rows["victim_in_case"]) == begun + 8 else []
    record_count("victims recorded while backups were made", len(made), wrong)


def test_whatever_is_wrong_with_a_backup_is_said_and_nothing_is_restored(database, at, typed, tmp_path, record_count):
    at(database)
    good = tmp_path / "apart" / "one.cara"
    assert typed("backup", good)[0] == 0
    whole, tried, through = good.read_bytes(), 0, []

    def changed(name: str, old: bytes, new: bytes) -> bytes:
        path = tmp_path / "changed"
        with zipfile.ZipFile(good) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
            for one in before.namelist():
                raw = before.read(one)
                after.writestr(one, raw.replace(old, new, 1) if one == name else raw)
        return path.read_bytes()

    damaged = {
        "cut short": whole[: len(whole) // 2],
        "empty": b"",
        "other words": changed("tables/offender.jsonl", b'"male"', b'"fema"'),
        "another number": changed("tables/referral.jsonl", b",112", b",113") if b",112" in whole else whole[:-1],
        "a missing entry": changed("tables/ledger_entry.jsonl", b"referral.referred", b"referral.withdrawn"),
        "not JSON": changed("tables/offender.jsonl", b"[", b"{"),
        "another schema": changed("manifest.json", b"core_", b"older_"),
        "another format": changed("manifest.json", b'"format": 1', b'"format": 2'),
        "a flipped bit": whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:],
    }
    for what, raw in damaged.items():
        tried += 1
        empty = Database("sqlite", tmp_path / f"empty-{tried}")
        file = tmp_path / f"damaged-{tried}"
        file.write_bytes(raw)
        at(empty)
        code, told = typed("restore", file)
        if code != 1 or not told.get("faults") or (empty.home / "cara.db").exists():
            through.append((what, code, told))
    record_count("damaged backups", tried, through)


def test_keys_and_database_never_lie_in_one_place(database, at, typed, passphrase, tmp_path):
    at(database)
    assert typed("backup", tmp_path / "one-place" / "one.cara")[0] == 0
    assert (
        typed("keys", "backup", tmp_path / "one-place", "--passphrase-file", passphrase)[1]["faults"][0]["code"]
        == "not_apart"
    )
    assert typed("keys", "backup", tmp_path / "keys-place", "--passphrase-file", passphrase)[0] == 0
    assert typed("backup", tmp_path / "keys-place" / "one.cara")[1]["faults"][0]["code"] == "not_apart"
    assert typed("backup", database.home / "keys" / "one.cara")[1]["faults"][0]["code"] == "not_apart"
    assert typed("backup", tmp_path / "one-place" / "one.cara")[1]["faults"][0]["code"] == "exists"


def test_a_backup_of_keys_opens_to_its_passphrase_alone(database, at, typed, passphrase, tmp_path):
    at(database)
    code, told = typed("keys", "backup", tmp_path / "apart", "--passphrase-file", passphrase)
    assert code == 0
    raw = Path(told["file"]).read_bytes()
    for one in Keyring(database.settings().key_folder).folder.rglob("*.key"):
        assert one.read_bytes() not in raw
        assert one.name.encode() not in raw
    other, short = tmp_path / "other", tmp_path / "short"
    other.write_text(PASSPHRASE + "!")
    short.write_text("short")
    at(Database("sqlite", tmp_path / "empty"))
    for file in (other, short):
        code, told = typed("keys", "restore", tmp_path / "apart", "--passphrase-file", file)
        assert (code, told["faults"][0]["field"]) == (1, "passphrase-file")
    again = ("keys", "restore", tmp_path / "apart", "--passphrase-file", passphrase)
    assert typed(*again)[0] == 0
    assert typed(*again)[0] == 0  # as after one that was interrupted
    Keyring(tmp_path / "empty" / "keys").new_person(FORCE)
    assert typed(*again)[1]["faults"][0]["code"] == "not_now"


def test_used_wrongly_is_two(capsys):
    assert main(["backup"]) == 2
    assert main(["keys", "rotate"]) == 2
    capsys.readouterr()


def test_who_did_it_is_in_the_ledger(database, at, typed, passphrase, tmp_path):
    at(database)
    typed("backup", tmp_path / "apart" / "one.cara", "--as", "synthetic.keeper")
    typed("keys", "rotate", "--force", FORCE, "--as", "synthetic.keeper")
    typed("keys", "backup", tmp_path / "keys-apart", "--passphrase-file", passphrase, "--as", "synthetic.keeper")
    with Session(database.admin()) as session:
        verbs = session.scalars(select(LedgerEntry.verb).where(LedgerEntry.actor_id == "synthetic.keeper")).all()
        assert not verifier.verify(session, keys=database.ledger_keys).faults
    assert verbs == ["database.backed_up", "keys.rotation_begun", "keys.rotated", "keys.backed_up"]
