"""The police forces of England and Wales, from `forces.toml` beside this module.

Light to import on purpose (standard library only): commands that must answer at once ask it which forces there are.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from cara.errors import NotFound


@dataclass(frozen=True, slots=True)
class Force:
    """One police force.

    `slug` is its key everywhere ("thames_valley"); `codes` are its two-figure codes in justice systems; `region` is a
    key of `REGIONS`; `plugin` says whether a plugin holds its local arrangement.
    """

    slug: str
    name: str
    short_name: str
    region: str
    codes: tuple[str, ...]
    plugin: bool = False


_TABLE = tomllib.loads((Path(__file__).parent / "forces.toml").read_text(encoding="utf-8"))

REGIONS: Mapping[str, str] = MappingProxyType(_TABLE["regions"])
"""Region key to its name, in the order in which pages list them."""

FORCES: Mapping[str, Force] = MappingProxyType(
    {
        slug: Force(
            slug, row["name"], row["short_name"], row["region"], tuple(row["codes"]), plugin=row.get("plugin", False)
        )
        for slug, row in _TABLE["forces"].items()
    }
)
"""Every force by its slug."""

_BY_CODE: Mapping[str, Force] = {code: force for force in FORCES.values() for code in force.codes}

_BY_NAME: Mapping[str, Force] = {
    name.casefold(): one for one in FORCES.values() for name in (one.slug, one.name, one.short_name)
}


def force(slug: str) -> Force:
    """The force with this slug; NotFound if there is none."""
    if found := FORCES.get(slug):
        return found
    raise NotFound("There is no police force by that name. Names are in lower case with underscores: thames_valley.")


def force_by_code(code: str) -> Force:
    """The force with this justice-system code ("44" is Hampshire); NotFound for codes of other bodies."""
    if found := _BY_CODE.get(code):
        return found
    raise NotFound("No territorial force has that code.")


def force_named(text: str) -> Force | None:
    """The force that somebody means who types its name, long or short, or its slug; None if no force is called that."""
    return _BY_NAME.get(" ".join(text.casefold().split()))
