"""How long a nation's records take to back up and to restore, and its keys to change, be copied and be brought back.

    uv run --group bench python bench/keeping.py [CASES]

Cases are invented and spread over all forces, with ten ledger entries and one victim each. Every row is held against its hash
while it is restored, and the ledger against its root.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import seed
from cara import clock
from cara.features.victims.wall import encryption
from cara.operations.cli import main as typed
from cara.platform.bootstrap import open_store
from cara.platform.crypto.keyring import Keyring
from cara.platform.crypto.ledger_keys import LedgerKeys
from cara.platform.ledger.writer import keyed_content
from cara.platform.plugins import load_forces
from cara.settings import Settings
from course import country

ENTRIES = 10
"""Of each case."""


def nation(cases: int, keys: Keyring) -> dict[str, Any]:
    """Table → rows."""
    now = clock.now()
    made: dict[str, Any] = dict(country(cases, load_forces(), now))
    secrets = LedgerKeys(keys.folder)
    made["ledger_entry"] = [_entry(n, made["referral"][n // ENTRIES], now, secrets) for n in range(cases * ENTRIES)]
    made["victim"], made["victim_in_case"] = [], []
    for number, case in enumerate(made["referral"], start=1):
        texts = dict.fromkeys(encryption.SEALED, f"Synthetic victim {number}")
        row = encryption.victim(keys, case["force_id"], None, now, **texts)
        made["victim"].append(row.model_dump() | {"id": number})
        made["victim_in_case"].append(
            {
                "victim_id": number,
                "referral_id": case["id"],
                "force_id": case["force_id"],
                "keeper_id": None,
                "reference": f"bench-{number}",
                "case_reference": case["reference"],
                "added_at": now,
                "added_by": "",
            }
        )
    return made


def _entry(number: int, case: dict[str, Any], now: Any, keys: LedgerKeys) -> dict[str, Any]:
    made = {
        "at": now - timedelta(seconds=number), "actor_kind": "person", "actor_id": "1", "organisation_id": "kent_police",
        "capacity": "force", "roles": "supervisor", "act": "consultation", "verb": "referral.read", "subject_kind": "referral",
        "subject_id": str(case["id"]), "force_id": case["force_id"], "provider_id": "", "shown": "[]", "codes": "{}", "reason": "",
    }  # fmt: skip
    return {"id": number + 1, **made, "digest": keys.sign("entry", keyed_content(made))}


def main() -> None:
    """Print a line for each command, with its seconds."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "passphrase").write_text("synthetic words for a passphrase")
        at = _at(root / "first")
        store = open_store(at)
        rows = nation(cases, Keyring(at.key_folder))
        seed.fill(at.url, rows)
        store.engine.dispose()
        print(f"{cases:,} cases, {sum(map(len, rows.values())):,} rows")
        _timed("backup", str(root / "apart" / "nation.cara"))
        _timed("keys", "backup", str(root / "keys"), "--passphrase-file", str(root / "passphrase"))
        _timed("keys", "rotate", "--force", "kent")
        _at(root / "second")
        _timed("restore", str(root / "apart" / "nation.cara"))
        _timed("keys", "restore", str(root / "keys"), "--passphrase-file", str(root / "passphrase"))
        _timed("keys", "check")


def _at(home: Path) -> Settings:
    os.environ["CARA_HOME"] = str(home)
    return Settings.load()


def _timed(*words: str) -> None:
    began, said = time.perf_counter(), StringIO()
    with redirect_stdout(said):
        code = typed([*words, "--json"])
    told = {name: one for name, one in json.loads(said.getvalue()).items() if isinstance(one, int | float)}
    print(
        f"cara {' '.join(words[:2] if words[0] == 'keys' else words[:1]):<14} {time.perf_counter() - began:7.1f} s  exit {code}  {told}"
    )


if __name__ == "__main__":
    main()
