"""Every page that somebody may open, and every form on it: found from the application's routes and the links of its pages."""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from synthetic import markup
from synthetic.browser import Browser
from synthetic.cases import CASES, DRAFTS, LOCAL, STEPS
from synthetic.deeds import Deed
from synthetic.markup import Element, Form
from synthetic.people import FORCES, PEOPLE
from synthetic.routes import Route, Target, routes_of, targets

MOST_OF_THING = 4
As = Callable[..., Browser]


@dataclass(frozen=True)
class Page:
    """One page as one person has it; `who` is nobody where it is public. `whose` says of which force and state the thing is."""

    route: Route
    who: str
    path: str
    status: int
    html: str
    whose: str = ""
    linked: bool = False
    """Whether another page leads here, and no typed address alone."""

    @cached_property
    def root(self) -> Element:
        """Its elements."""
        return markup.read(self.html)

    @cached_property
    def forms(self) -> list[Form]:
        """Its forms, but for the sign-out that stands on every page of somebody who is signed in."""
        made = markup.forms_of(self.root, self.path)
        return [one for one in made if one.action != "/sign-out" or self.route.path == "/account"]


@dataclass(frozen=True)
class Found:
    """One form of one page, and the route that it leads to."""

    page: Page
    form: Form
    route: Route
    first: tuple[Deed, ...] = ()
    """What must be done before the page has this form."""

    @property
    def force(self) -> str:
        """In which force it is filled in."""
        return self.page.whose or force_of(self.page.who)

    @property
    def shape(self) -> frozenset[str]:
        """What it asks, whatever numbers and references stand in the names of its fields."""
        return frozenset(_plain(name) for name, _kind in self.form.shape)

    def __str__(self) -> str:
        return f"{self.route} by {self.page.who or 'nobody'} on {self.page.path} ({self.page.whose})"


class Routes:
    """The application's routes, found by address."""

    def __init__(self, app: Any) -> None:
        self.all = routes_of(app)
        self._found: dict[tuple[str, str], Route | None] = {}
        self._shapes = [(one, _shape(one.path)) for one in sorted(self.all, key=lambda one: one.path.count("{"))]

    def find(self, method: str, address: str) -> Route | None:
        """The route that answers here, the most exact first."""
        asked = method, address.partition("#")[0].partition("?")[0]
        if asked not in self._found:
            fits = (one for one, shape in self._shapes if one.method == method and shape.fullmatch(asked[1]))
            self._found[asked] = next(fits, None)
        return self._found[asked]

    def pages(self) -> list[Route]:
        """Those that a browser opens."""
        return [one for one in self.all if one.method == "GET" and not one.path.startswith(("/api", "/static"))]


def _shape(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))


Start = tuple[str, Route, Target]


def starts(routes: Routes, full: bool, lot: int) -> tuple[list[Start], list[Start]]:
    """Who opens which page, and who could besides. In full: every role, in each force. In a sample: one role each page, and the
    pages of all things of one force."""
    seen: set[tuple[str, str]] = set()
    first, spare = list[Start](), list[Start]()
    for route in routes.pages():
        for who, target in _turned(_of_people(route) if route.does else _public(route), lot):
            page = f"{route.path} {target.path if _of_thing(route) else _detail(route, target)}"
            key = (page, f"{role_of(who)} {target.force or force_of(who)}" if full else "")
            mine = full or not _of_thing(route) or target.force in ("", FORCES[-1 - lot])
            (first if mine and key not in seen else spare).append((who, route, target))
            if mine:
                seen.add(key)
    Random(lot).shuffle(spare)  # so that one role's many pages do not come before another's few
    return first, spare


def _of_thing(route: Route) -> bool:
    """Whether this is the page of one thing, on which stands what can be done with it."""
    return route.path.endswith("/{reference}") and route.path.count("/") < MOST_OF_THING


def role_of(who: str) -> str:
    """The role in which somebody acts."""
    return f"{PEOPLE[who].capacity}.{PEOPLE[who].role}" if who else ""


def force_of(who: str) -> str:
    """The force that somebody acts for."""
    return PEOPLE[who].force or "" if who else ""


def _public(route: Route) -> list[tuple[str, Target]]:
    return [("", target) for target in targets(route)]


def _of_people(route: Route) -> list[tuple[str, Target]]:
    assert route.does
    every = _targets(route)
    return [
        (who.key, target)
        for who in PEOPLE.values()
        if (reach := who.reach(*route.does)) is not None
        for target in every
        if target.belongs_to(who, reach)
    ]


STATES = {f"/cases/{one.reference}": one.state for one in CASES}


def _targets(route: Route) -> list[Target]:
    """A case is looked at in every state that it can be in: what can be done with it stands on its page. A draft has many pages."""
    if re.fullmatch(r"/cases/\{reference\}(/[a-z-]+)*", route.path):
        at = route.path.replace("{reference}", "{0}")
        return [Target(at.format(one.reference), "case", one.force, one.open_to or "") for one in CASES]
    if route.path == "/drafts/{reference}/{slug}":
        ready = [one for one in DRAFTS if one.kind == "ready"]
        return [
            Target(f"/drafts/{one.reference}/{step}", "case", one.force)
            for one in ready
            for step in (*STEPS, *(["local"] if LOCAL[one.force] else []))
        ]
    return list(targets(route))


def _detail(route: Route, target: Target) -> str:
    """What tells pages of one route apart: a step of a draft, the state of a case."""
    last = target.path.rpartition("/")[2]
    return STATES.get(target.path, last if route.path.endswith("{slug}") else "")


def _turned(found: list[tuple[str, Target]], lot: int) -> list[tuple[str, Target]]:
    at = lot * 7 % len(found) if found else 0
    return found[at:] + found[:at]


def walk(routes: Routes, as_person: As, full: bool, lot: int = 0, until: Collection[str] = ()) -> Iterator[Page]:
    """Open pages, and what their links lead to. Where a sample has met no form for some route of `until`, more pages of that
    room are opened."""
    first, spare = starts(routes, full, lot)
    waiting = deque((*one, False) for one in first)
    led_to: set[tuple[str, str, str]] = set()
    missing = set(until)
    while waiting or (besides := _besides(spare, missing)):
        if not waiting:
            waiting.extend((*one, False) for one in besides)
        who, route, target, linked = waiting.popleft()
        answer = as_person(who).get(target.path)
        if "html" not in answer.headers.get("content-type", ""):
            continue
        page = Page(route, who, target.path, answer.status_code, answer.text, target.force, linked)
        yield page
        missing -= {found.path for form in page.forms if (found := routes.find("POST", form.action))}
        for link in _links(page) if who else ():
            led = routes.find("GET", link)
            state = STATES.get("/".join(link.split("/")[:3]), "")
            whose = (role_of(who), target.force or force_of(who)) if full else ("", "")
            if led and led.does and link != target.path and (f"{led.path} {state}", *whose) not in led_to:
                led_to.add((f"{led.path} {state}", *whose))
                waiting.append((who, led, Target(link, force=target.force), True))


def _besides(spare: list[Start], missing: Iterable[str]) -> list[Start]:
    """One more page for each route that no form was met for: its own, or one above it."""
    found = []
    for route in sorted(missing):
        above = (route, route.rpartition("/")[0], route.rpartition("/")[0].rpartition("/")[0])
        one = next((one for path in above for one in spare if one[1].path == path), None)
        if one:
            spare.remove(one)
            found.append(one)
    return found


def _links(page: Page) -> Iterator[str]:
    for one in page.root.walk():
        if one.tag == "a" and one.get("href").startswith("/") and "done=" not in one.get("href"):
            yield one.get("href").partition("#")[0]


def forms_on(pages: Iterable[Page], routes: Routes, first: tuple[Deed, ...] = ()) -> Iterator[Found]:
    """The forms of these pages. A form that leads nowhere is an error of the page."""
    for page in pages:
        for form in page.forms:
            route = routes.find(form.method.upper(), form.action)
            assert route, f"{page.path} has a form that leads to {form.action}, which is no page"
            yield Found(page, form, route, first)


def _plain(name: str) -> str:
    return re.sub(r"cny[0-9a-f]{7}|[0-9]+", "#", name)
