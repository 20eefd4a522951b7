"""A force's profile as plain data, and back. What is kept may be of another version, or damaged: then it is not read by halves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date
from typing import Any, Final, TypeVar

from cara.api import Authorisation, ForceProfile, Funder, OnwardService, Option, SourceNote, VictimContact
from cara.platform.plugins import validation
from cara.platform.reference_data.forces import FORCES

T = TypeVar("T")
_SEVERAL: Final[Mapping[str, type]] = {
    "areas": Option, "pathways": Option, "services": OnwardService, "funders": Funder, "notes": SourceNote,
}  # fmt: skip
_SINGLE: Final[Mapping[str, type]] = {"authorisation": Authorisation, "victim_contact": VictimContact}
_ELSEWHERE: Final = ("instruments", "api")
"""Instruments are rows of their own; the version of the interface mattered to the plugin alone."""


def plain(profile: ForceProfile) -> dict[str, Any]:
    """The profile as plain data, to be kept."""
    made: dict[str, Any] = json.loads(json.dumps(asdict(profile), default=_words))
    return made


def readable(slug: str, kept: object) -> ForceProfile | None:
    """The profile that was kept of a force, without what stands elsewhere; None where it cannot be read. A field that this
    version does not know, because a later one kept it, is left out."""
    if not isinstance(kept, Mapping):
        return None
    try:
        given = {name: _part(name, value) for name, value in kept.items() if name not in _ELSEWHERE}
        return validation.profile(_made(ForceProfile, {"slug": slug, "name": _name(slug), **given}), slug)
    except (validation.Nonsense, TypeError, ValueError, AttributeError):
        return None


def settled(slug: str, kept: object) -> ForceProfile:
    """What a force had settled for itself when its plugin was retired: that stays, and its pathways and instruments end.

    Where it cannot be read, nobody knows whether a supervisor had to authorise and who was to be told: the stricter counts.
    """
    found = readable(slug, kept)
    if found is None:
        return ForceProfile(
            slug, _name(slug), authorisation=Authorisation(required=True), victim_contact=UNREADABLE,
        )  # fmt: skip
    return replace(found, pathways=(), instruments=())


def _name(slug: str) -> str:
    return FORCES[slug].name if slug in FORCES else slug


UNREADABLE: Final = VictimContact(who="force", provider_is_asked=False)
"""Who speaks with victims where what was kept cannot be read: the force itself, so that nobody else is handed a record."""


def _part(name: str, value: Any) -> Any:
    if name in _SEVERAL:
        return tuple(_made(_SEVERAL[name], each) for each in value)
    return _made(_SINGLE[name], value) if name in _SINGLE else value


def _made(kind: type[T], given: Mapping[str, Any]) -> T:
    """One of the interface's values from its fields."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every one of them is a dataclass
    return kind(**{
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items() if name in known
    })  # fmt: skip


def _words(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a force's profile")
