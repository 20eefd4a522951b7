"""Offence codes of the justice system, from the files that `build` made; 30,000, so read when first asked for."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cara.errors import Misconfigured

VENDOR = Path(__file__).parent / "data" / "vendor"
_MODES = {"CE": "either way", "CI": "indictable only", "CS": "summary", "CM": "summary"}


@dataclass(frozen=True, slots=True)
class Offence:
    """One offence code.

    `e07` is the category of eligibility rule E07 that the code stands for, empty when it is outside; `confirm` says
    that an officer must confirm that category, the code alone not being enough (`e07.toml` has the reasons).
    `home_office_class` is "000/00" for codes that have none; `mode` the standing data's category ("CS").
    """

    code: str
    title: str
    home_office_class: str
    mode: str
    notifiable: bool
    recordable: bool
    e07: str
    confirm: bool

    @property
    def mode_of_trial(self) -> str:
        """ "summary", "either way", "indictable only", or empty for what is no criminal trial."""
        return _MODES.get(self.mode, "")


def load_offences(folder: Path = VENDOR) -> Iterator[Offence]:
    """Every offence in order of code; Misconfigured when the reference data was never made."""
    try:
        with gzip.open(folder / "offences.csv.gz", "rt", encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            for code, title, home_office, mode, notifiable, recordable, e07, confirm in rows:
                yield Offence(code, title, home_office, mode, notifiable == "1", recordable == "1", e07, confirm == "1")
    except (OSError, EOFError, StopIteration, ValueError):
        raise Misconfigured("The offence codes are missing or unreadable. Run `cara assets` to fetch them.") from None


def offence(code: str) -> Offence | None:
    """The offence with this code (upper or lower case), or None."""
    return _all().get(code.strip().upper())


def e07_category(code: str) -> str | None:
    """The E07 category of an offence code, for an import: None when there is no such code, "other" when it is outside
    E07, and "" (unknown) when an officer must say."""
    found = offence(code)
    if found is None:
        return None
    return "" if found.confirm else found.e07 or "other"


def data_version(folder: Path = VENDOR) -> str:
    """The version of the standing data, for `cara doctor` and the about page; empty when it was never made."""
    try:
        return str(json.loads((folder / "stamp.json").read_bytes())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@cache
def _all() -> Mapping[str, Offence]:
    return {found.code.upper(): found for found in load_offences()}
