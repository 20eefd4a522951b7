"""Make the reference files that CARA ships with from the justice system's standing data.

The standing data is the `data` folder of the npm package `@moj-bichard7-developers/bichard7-next-data` (MIT licence).
The build hook loads this module by its path, before anything is installed: it stands on the standard library alone.
Equal input gives equal bytes.
"""

import csv
import gzip
import hashlib
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VENDOR = HERE / "data" / "vendor"
MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 200_000
OFFENCE_COLUMNS = (
    "code",
    "title",
    "home_office_class",
    "mode",
    "notifiable",
    "recordable",
    "e07",
    "confirm",
)
_CODE = re.compile(r"[0-9A-Za-z]{2,12}", re.ASCII)


def build(source: Path, target: Path | None = None) -> None:
    """Write `offences.csv.gz`, `force_codes.csv` and `stamp.json` to `target` (default: beside this module,
    git-ignored).

    `source` is the package's `data` folder. ValueError says which file is missing or not as expected, and why;
    nothing is written then.
    """
    mapping = e07_mapping(HERE / "e07.toml")
    offences = _offence_table(_rows(source / "offence-code.json"), mapping)
    forces = _force_table(_rows(source / "forces.json"))
    stamp = {
        "source": "@moj-bichard7-developers/bichard7-next-data",
        "version": _package_version(source),
        "offences": offences.count("\n") - 1,
        "sha256": hashlib.sha256(offences.encode()).hexdigest(),
    }
    target = target or VENDOR
    target.mkdir(parents=True, exist_ok=True)
    (target / "offences.csv.gz").write_bytes(gzip.compress(offences.encode(), mtime=0))
    (target / "force_codes.csv").write_text(forces, encoding="utf-8", newline="")
    (target / "stamp.json").write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8", newline="")


def e07_mapping(path: Path) -> dict[str, tuple[str, bool]]:
    """Offence code → (E07 category, whether an officer must confirm it); ValueError when a code stands in two
    groups."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    mapping: dict[str, tuple[str, bool]] = {}
    for group in table["mapped"]:
        for code in group["codes"]:
            if code in mapping:
                raise ValueError(f"{path.name}: {code} stands in more than one group; keep one.")
            mapping[code] = (group["category"], group.get("confirm", False))
    for group in table["excluded"]:
        prefixes = tuple(group.get("prefixes", ()))
        clash = [code for code in mapping if code in group.get("codes", ()) or code.startswith(prefixes)]
        if clash:
            raise ValueError(f"{path.name}: {', '.join(clash)} mapped and excluded at once; keep one.")
    return mapping


def _rows(path: Path) -> list[Mapping[str, Any]]:
    if not path.is_file():
        raise ValueError(f"{path.name} is missing: give the `data` folder of the standing data package.")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES} bytes.")
    try:
        rows = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError(f"{path.name} is not JSON.") from None
    if not isinstance(rows, list) or not rows or len(rows) > MOST_ROWS:
        raise ValueError(f"{path.name} is not a list of 1 to {MOST_ROWS} entries.")
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path.name} holds an entry that is not an object.")
    return rows


def _offence_table(rows: Sequence[Mapping[str, Any]], mapping: Mapping[str, tuple[str, bool]]) -> str:
    table: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(rows, start=1):
        code = _text(row, "cjsCode", "offence-code.json", number)
        if not _CODE.fullmatch(code) or code in table:
            raise ValueError(f"offence-code.json, entry {number}: the code is malformed or stands there twice.")
        category, confirm = mapping.get(code, ("", False))
        table[code] = (
            code,
            " ".join(_text(row, "offenceTitle", "offence-code.json", number).split()),
            _text(row, "homeOfficeClassification", "offence-code.json", number),
            _text(row, "offenceCategory", "offence-code.json", number),
            "1" if row.get("notifiableToHo") is True else "0",
            "1" if row.get("recordableOnPnc") is True else "0",
            category,
            "1" if confirm else "0",
        )
    if gone := sorted(set(mapping) - set(table)):
        raise ValueError(f"e07.toml maps codes that the standing data no longer has: {', '.join(gone)}. Review them.")
    return _csv(OFFENCE_COLUMNS, (table[code] for code in sorted(table)))


def _force_table(rows: Sequence[Mapping[str, Any]]) -> str:
    pairs = [
        (_text(row, "code", "forces.json", number), _text(row, "name", "forces.json", number))
        for number, row in enumerate(rows, start=1)
    ]
    return _csv(("code", "name"), sorted(pairs))


def _text(row: Mapping[str, Any], key: str, file: str, number: int) -> str:
    value = row.get(key)
    if not isinstance(value, str) or len(value) > 500:
        raise ValueError(f"{file}, entry {number}: {key} is not a text of at most 500 characters.")
    return value


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _package_version(source: Path) -> str:
    # The data stand in the package's folder, or one deeper.
    package = next((found for folder in list(source.parents)[:2] if (found := folder / "package.json").is_file()), None)
    try:
        version = json.loads(package.read_bytes())["version"] if package else "unknown"
    except (OSError, ValueError, KeyError, TypeError):
        return "unknown"
    return version if isinstance(version, str) else "unknown"
