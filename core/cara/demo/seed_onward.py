"""Onward help in the demonstration: entries of directories, budgets, and people who are sent on, through the platform's own verbs.

Telephone numbers are of the range that is kept for drama, addresses end in `.example`, and money is a row of ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cara import clock
from cara.clock import london_day
from cara.demo.organisations import CASE_FORCES, PROVIDER_OF
from cara.demo.units_of_work import Stage
from cara.features.onward_services import actions, budgets, directory, queries, service_replies
from cara.features.onward_services.actions import Consent
from cara.features.onward_services.budgets import Given
from cara.features.onward_services.service_link import PURPOSE
from cara.features.onward_services.vocabulary import OFFENDER, VICTIM
from cara.features.referrals import queries as referrals
from cara.features.referrals.models import Referral
from cara.features.referrals.states import state_of
from cara.platform.one_time_links import derive_token

FORCE: Final = "leicestershire"
"""Whose partnerships pay for places."""
PRICE: Final = Decimal("111.11")
_PLACES: Final = 10
_INVENTED: Final[Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]] = {
    OFFENDER: (
        ("Invented drug and alcohol service", ("drugs", "alcohol")),
        ("Invented debt advice", ("finance", "housing")),
    ),
    VICTIM: (("Invented helpline", ("helpline",)), ("Invented refuge", ("refuge", "housing"))),
}
_SHOWN: Final = ("completed", "both_done", "attended_a", "booked", "accepted")
"""States of cases that are taken for these stories, the first ones before the others."""

_MENTIONED: Final[Mapping[str, str]] = {"completed": "completion", "both_done": "b", "attended_a": "a"}
"""State → at which moment, already over, services were mentioned."""


@dataclass(frozen=True, slots=True)
class OnwardHelp:
    """The stories of one demonstration, between `begun` and `now`. `secret` is what its links are computed with."""

    stage: Stage
    secret: str
    begun: datetime
    now: datetime

    def play(self) -> None:
        """All of them."""
        for force in CASE_FORCES:
            self._directory(force)
            self._signposts(force)
        self._funded()
        if people := self._people("hampshire"):
            self._refer(people[0], "ADAPT", self.now - timedelta(hours=20))

    def _administrator(self, force: str) -> Any:
        return self.stage.somebody(force, "force", "administrator")

    def _directory(self, force: str) -> None:
        """The force looks at what was shipped, adds what it knows, and leaves some of it to be looked at again."""
        at, later = self.begun + timedelta(hours=6), london_day(self.now) + timedelta(150)
        with self.stage.sitting(self._administrator(force), at, "service", "change") as w:
            for number, one in enumerate(directory.services(w, force, OFFENDER), start=1):
                said = {
                    name: getattr(one, name)
                    for name in ("name", "needs", "areas", "languages", "access", "paid", "escalation")
                }
                directory.change(w, one, one.version, later, said | _reached(one.key or "service", number))
            for number, (name, needs) in enumerate(_INVENTED[OFFENDER], start=10):
                review_by = later if number == 10 else london_day(at) + timedelta(60)
                directory.add(w, force, OFFENDER, review_by, _entry(name, needs, number))
        with self.stage.sitting(self._administrator(force), at, "victims_service", "add") as w:
            for number, (name, needs) in enumerate(_INVENTED[VICTIM], start=20):
                directory.add(w, force, VICTIM, later, _entry(name, needs, number))

    def _people(self, force: str) -> list[Referral]:
        """Cases of a force that can be sent on, those furthest on first."""
        coordinator = self.stage.somebody(PROVIDER_OF[force], "provider", "coordinator")
        with self.stage.sitting(coordinator, self.now, "referral", "list") as w:
            found = [
                referrals.case(w, row.reference)[0]
                for state in _SHOWN for row in referrals.page_of_cases(w, state, None)[0]
            ]  # fmt: skip
        return [one for one in found if one.force_id == force]

    def _signposts(self, force: str) -> None:
        facilitator = self.stage.somebody(PROVIDER_OF[force], "provider", "facilitator")
        for number, one in enumerate([one for one in self._people(force) if state_of(one) in _MENTIONED][:6]):
            moment = _MENTIONED[state_of(one)]
            with self.stage.sitting(facilitator, self.now - timedelta(hours=30 - number), "signpost", "note") as w:
                some = directory.services(w, force, OFFENDER)[: 1 + number % 2]
                actions.signpost(w, one, moment, "given" if number % 3 else "mentioned", some)

    def _funded(self) -> None:
        """One place is paid; another person of the same area waits for one; a third is declined."""
        people = self._people(FORCE)
        if len(people) < len(("paid", "waits", "declined")):
            return
        areas = self._areas(people)
        scarce = max(set(areas), key=areas.count)
        same = [one for one, area in zip(people, areas, strict=True) if area == scarce]
        other = [one for one in people if one not in same[:2]]
        paid, waits, declined = (*same, *other)[0], (*same[1:], *other)[0], other[-1]
        self._budgets(scarce)
        steps = [self.now - timedelta(hours=left) for left in (28, 26, 24, 20, 6, 4)]
        first = self._refer(paid, "Jenkins Centre", steps[0])
        with clock.at(steps[1]):
            service_replies.accept(self.stage.store, first)
        second = self._refer(waits, "Jenkins Centre", steps[2], area=scarce)
        with clock.at(steps[3]):
            service_replies.accept(self.stage.store, second)
        third = self._refer(declined, "Invented drug and alcohol service", steps[4], need="alcohol")
        with clock.at(steps[5]):
            service_replies.decline(
                self.stage.store, third, "full", "Invented note: there will be places again next month."
            )

    def _areas(self, people: Sequence[Referral]) -> list[str]:
        coordinator = self.stage.somebody(PROVIDER_OF[FORCE], "provider", "coordinator")
        with self.stage.sitting(coordinator, self.now, "referral", "read") as w:
            return [queries.area_of(w, referrals.read_case(w, one.reference)[0]) for one in people]

    def _budgets(self, scarce: str) -> None:
        """Each partnership's, with one place where places are scarce; and one for victims, which stands on a page of its own."""
        starts, ends = london_day(self.begun), london_day(self.now) + timedelta(250)
        at = self.begun + timedelta(hours=7)
        with self.stage.sitting(self._administrator(FORCE), at, "budget", "enter") as w:
            for funder in budgets.funders(w, FORCE, OFFENDER):
                area = next(iter(funder.areas), "")
                places = 1 if area == scarce else _PLACES
                budgets.enter(w, funder, Given(area, starts, ends, places, PRICE * places, PRICE))
        with self.stage.sitting(self._administrator(FORCE), at, "victims_budget", "enter") as w:
            funder = budgets.add_funder(w, FORCE, VICTIM, "Invented fund for victims")
            budgets.enter(w, funder, Given("", starts, ends, _PLACES, None, Decimal("0.00")))

    def _refer(self, case: Referral, service: str, at: datetime, *, area: str = "", need: str = "") -> str:
        """Somebody is sent on; gives the secret part of the service's link."""
        coordinator = self.stage.somebody(PROVIDER_OF[case.force_id], "provider", "coordinator")
        with self.stage.sitting(coordinator, at, "onward_referral", "make") as w:
            one = next(each for each in directory.services(w, case.force_id, OFFENDER) if each.name == service)
            known = directory.areas(w, case.force_id)
            consent = Consent(w.today, w.actor.name, ("contact", "need", "outcome"))
            made = actions.refer(
                w, self.secret, case, one, need=need or one.needs[0], area=area or queries.area_of(w, case) or next(iter(known), ""),
                language="English", consent=consent,
            )  # fmt: skip
            return derive_token(self.secret, PURPOSE, queries.one(w, made).onward.nonce)


def _reached(name: str, number: int) -> dict[str, str]:
    host = name.replace("_", "-")
    return {"phone": f"01632 9600{number:02}", "web": f"https://{host}.example", "email": f"referrals@{host}.example"}


def _entry(name: str, needs: tuple[str, ...], number: int) -> dict[str, Any]:
    access = "Invented entry: open on weekdays, step-free, no cost."
    return _reached(f"invented-{number}", number) | {
        "name": name, "needs": list(needs), "areas": [], "languages": ["English", "Punjabi"] if number % 2 else [], "access": access,
        "paid": False, "escalation": False,
    }  # fmt: skip
