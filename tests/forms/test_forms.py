"""Every form of the product, filled in whole, each choice at least once: it is taken, it leads on, and what it saved is there."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pytest
from cara.platform.crypto.keyring import Keyring
from synthetic.cases import TODAY
from synthetic.people import PEOPLE

from forms import declared
from forms.conftest import Putting, lot_of, undone
from forms.filling import Filling, Hand, fillings, nothing
from forms.sending import Outcome, come_of
from forms.walking import As, Found, Page, Routes, forms_on, role_of, walk

SHARE = 6
"""A sample makes one choice in so many of the forms that are sent."""


class Choices:
    """Which choices are still to be made: each once, in a sample a share of them."""

    def __init__(self, full: bool, lot: int) -> None:
        self.full, self.lot, self.made = full, lot, set[tuple[str, str, str]]()

    def of(self, found: Found) -> Callable[[str, str], bool]:
        """Whether a choice of this form is to be made."""

        def wanted(name: str, value: str) -> bool:
            one = (found.route.path, name.partition("-")[0].partition(".")[0], value)
            if one in self.made or not (self.full or crc32(repr(one).encode()) % SHARE == 0):
                return False
            self.made.add(one)
            return True

        return wanted


def candidates(found: Iterable[Found], full: bool) -> list[list[Found]]:
    """Each form once, in full once for each force and role that has it, with all the pages that have it: those to which a link
    leads come first."""
    groups: dict[Any, list[Found]] = {}
    for one in found:
        key = (one.route.path, one.shape, one.force if full else "", role_of(one.page.who) if full else "")
        groups.setdefault(key, []).append(one)
    return [sorted(group, key=lambda one: (not one.first, not one.page.linked)) for group in groups.values()]


@dataclass
class Desk:
    """Where forms are sent, each in a world of its own."""

    as_person: As
    putting: Putting
    sealed: list[str]
    full: bool
    choices: Choices
    token: str = ""

    def send(self, found: Iterable[Found]) -> Iterator[Outcome]:
        """Send each form in each way, on the first page on which it is taken. In a sample each engine sends half of them."""
        for number, group in enumerate(candidates(found, self.full)):
            if (
                not self.full
                and crc32(repr((group[0].route.path, sorted(group[0].shape))).encode()) % 2 != self.choices.lot
            ):
                continue  # the other engine tries it
            for place, one in enumerate(group, start=1):
                ways = self.ways(one, number)
                outcome = self.send_one(one, next(ways))
                if outcome.refused and not one.page.linked and (place < len(group) or not self.full):
                    continue  # somebody typed the address of a page that nobody is led to
                yield outcome
                if not outcome.refused or place == len(group):
                    yield from (self.send_one(one, filling) for filling in ways)
                    break

    def ways(self, one: Found, number: int) -> Iterator[Filling]:
        """Every way in which a form is filled in, at first in whole."""
        domain = PEOPLE[one.page.who].body.domain if one.page.who else "mail.example"
        hand = Hand(
            TODAY, number, domain, declared.typed(one.route.path, one.force, role_of(one.page.who).partition(".")[0])
        )
        picks = {**declared.PICKS["*"], **declared.PICKS.get(one.route.path, {})}
        yield from fillings(one.form, hand, picks, self.choices.of(one))
        if one.form.shape:
            yield nothing(one.form)

    def send_one(self, one: Found, filling: Filling) -> Outcome:
        """Send a form once, and put the world back."""
        browser, before = self.as_person(one.page.who), self.putting.made
        if one.first:
            for deed in one.first:
                deed.do(self.as_person(deed.who))
            before = self.putting.rows()
        self.token = self.token or browser.token()
        browser.cookies["form_token"], filling.fields["_csrf_token"] = self.token, [self.token]
        self.sealed.clear()
        outcome = come_of(browser, one, filling, before, self.putting.rows, self.sealed)
        judge(outcome)
        if outcome.status not in (403, 404) or one.first:  # a draft keeps its mistakes
            self.putting.back()
        return outcome


@pytest.fixture
def desk(as_person, putting, full, database, monkeypatch) -> Desk:
    """A desk at this test's database. What is sealed there is listed; no key is destroyed, for restoring rows brings none back."""
    sealed: list[str] = []
    encrypt = Keyring.encrypt

    def listed(keys: Keyring, force: str, key: str, column: str, text: str) -> bytes:
        sealed.append(text)
        return encrypt(keys, force, key, column, text)

    monkeypatch.setattr(Keyring, "encrypt", listed)
    monkeypatch.setattr(Keyring, "destroy", lambda *_key: None)
    return Desk(as_person, putting, sealed, full, Choices(full, lot_of(database)))


def test_every_form_can_be_filled_in_whole(app, as_person, database, desk, record_count, full):
    routes = Routes(app)
    with undone():
        met = (
            {one.path for one in routes.all if one.method == "POST"}
            - declared.NO_FORM.keys()
            - declared.prepared().keys()
        )
        found = list(forms_on(walk(routes, as_person, full, lot_of(database), met), routes))
    found += prepared(routes, as_person, desk.putting)
    reached = {one.route.path for one in found}
    posts = {one.path for one in routes.all if one.method == "POST"}
    outcomes = list(desk.send(found))
    record_count("forms filled in whole", sum(one.filling.choice == "filled in whole" for one in outcomes))
    record_count("choices made in them", len(desk.choices.made))
    record_count("forms sent", len(outcomes), [one for one in outcomes if one.wrong])
    record_count("routes that a form leads to", len(reached), (posts - reached) ^ declared.NO_FORM.keys())


def prepared(routes: Routes, as_person: As, putting: Putting) -> Iterator[Found]:
    """Forms that nobody has in the world as it is made."""
    for deeds, who, path in declared.prepared().values():
        for deed in deeds:
            done = deed.do(as_person(deed.who))
            assert done.status_code == 303, (deed, done.status_code)
        answer = as_person(who).get(path)
        route = routes.find("GET", path)
        assert route
        yield from forms_on([Page(route, who, path, answer.status_code, answer.text)], routes, deeds)
        putting.back()


def judge(outcome: Outcome) -> None:
    """A refusal must be declared, unless nothing was filled in."""
    route, choice = outcome.found.route.path, outcome.filling.choice
    if outcome.refused and choice != "with nothing":
        fits = [one for one in declared.REFUSALS if one.covers(route, choice, outcome.page)]
        if not fits:
            outcome.wrong.append(f"refused with {outcome.status}: {outcome.said}")
