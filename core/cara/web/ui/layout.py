"""What stands around every page: who I am and in which capacity, where I can go, what was just done."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Who:
    """The person signed in. `capacity` and `role` are words to read; `account` leads to their own page; `switch`: they can act in
    another capacity there."""

    name: str
    organisation: str
    role: str
    capacity: str = ""
    account: str = ""
    switch: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A link of the navigation or of the breadcrumbs. The last breadcrumb may have no address."""

    text: str
    href: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Links of the navigation that belong together, behind "More"."""

    title: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Flash:
    """What was just done, or what to know on every page. `text` may be `Markup`."""

    text: str
    kind: Literal["success", "notice", "warning"] = "success"


@dataclass(frozen=True, slots=True)
class Frame:
    """The surroundings of one page. `places` stand in the menu, `more` behind its last entry. `csrf` is the token that forms post;
    `ribbon` says what kind of system this is."""

    who: Who | None = None
    places: tuple[Place, ...] = ()
    more: tuple[Group, ...] = ()
    csrf: str = ""
    flashes: tuple[Flash, ...] = ()
    ribbon: str = ""
    version: str = ""
    sign_out: str = "/sign-out"
    footer: tuple[Place, ...] = field(default=())
