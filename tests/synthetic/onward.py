"""Services, funders and budgets of every force, for both audiences, and onward referrals of its cases; each text a canary."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cara.platform.one_time_links import hash_token

from synthetic.canaries import canary
from synthetic.cases import CASE_ROWS, CASES, NOW, TODAY, Case, coordinator
from synthetic.people import FORCES

CONTACTED = ("hampshire", "leicestershire")
"""Forces whose arrangement gives the contact with victims to a victim service of the Trust's kind."""
AUDIENCES = ("offender", "victim")
ONWARD_TABLES = ("signpost", "onward_referral", "onward_outcome", "budget_draw")
NAMES: Mapping[str, str] = {"offender": "onward_service", "victim": "victims_service"}
"""Audience → under which name canaries of its services are planted: whoever may see the one may not see the other."""
FUNDERS: Mapping[str, str] = {"offender": "funder", "victim": "victims_funder"}
STANDING: Mapping[str, str] = {"accepted": "sent", "completed": "accepted", "closed": "declined", "booked": "unfunded"}
"""State of a case → where its onward referral stands."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a force, for one audience, with a funder and a budget of the same number."""

    id: int
    force: str
    audience: str

    def mark(self, column: str) -> str:
        return canary(self.force, NAMES[self.audience], column)

    @property
    def reference(self) -> str:
        return self.mark("reference")

    @property
    def budget(self) -> str:
        return canary(self.force, FUNDERS[self.audience], "budget")


SERVICES = tuple(
    Service(number, force, audience)
    for number, (force, audience) in enumerate(((f, a) for f in FORCES for a in AUDIENCES), start=1)
)
SENT_ON = tuple(case for case in CASES if case.state in STANDING)


def service_of(force: str, audience: str = "offender") -> Service:
    """The one service like that."""
    return next(one for one in SERVICES if (one.force, one.audience) == (force, audience))


LINKED = tuple({case.force: case for case in reversed(SENT_ON) if case.state == "accepted"}.values())
"""One case of each force whose onward referral has a link."""


def onward_of(case: Case) -> str:
    """What a service knows the onward referral of a case by: no canary where there is a link, for whoever holds it reads it."""
    return f"{case.id:012x}" if case in LINKED else case.mark("onward_referral", "reference")


def onward_token(force: str) -> str:
    """The secret part of a link that opens an onward referral which waits."""
    return f"synthetic-onward-of-{force}"


def rows() -> dict[str, list[dict[str, Any]]]:
    """Table → rows, in the order in which they can be inserted."""
    made: dict[str, list[dict[str, Any]]] = {
        "onward_service": [_service(one) for one in SERVICES],
        "funder": [
            {"id": one.id, "force_id": one.force, "audience": one.audience, "key": None, "areas": [], "added_at": NOW, "added_by": "",
             "name": canary(one.force, FUNDERS[one.audience], "name"), "ended_at": None, "ended_by": ""}
            for one in SERVICES
        ],
        "funder_budget": [_budget(one) for one in SERVICES],
        "signpost": [
            {"id": case.id, "referral_id": case.id, "force_id": case.force, "provider_id": case.open_to, "audience": "offender",
             "service_id": service_of(case.force).id, "moment": "a", "how": "given", "noted_at": NOW, "noted_by": ""}
            for case in CASES if case.state == "attended_a"
        ],
        "onward_referral": [_onward(case, linked=case in LINKED) for case in SENT_ON],
        "onward_outcome": [
            {"onward_referral_id": case.id, "force_id": case.force, "provider_id": case.open_to, "months": months,
             "due_on": TODAY + timedelta(months - 4), "outcome": "", "recorded_at": None, "recorded_by": ""}
            for case in SENT_ON if case.state == "completed" for months in (3, 6)
        ],
        "budget_draw": [
            {"onward_referral_id": case.id, "force_id": case.force, "provider_id": case.open_to, "audience": "offender",
             "budget_id": service_of(case.force).id, "what": "taken", "places": 1, "amount": Decimal("100.00"),
             "recorded_at": NOW, "recorded_by": ""}
            for case in SENT_ON if case.state == "completed"
        ],
    }  # fmt: skip
    for table in ("onward_outcome", "budget_draw"):
        for number, row in enumerate(made[table], start=1):
            row["id"] = number
    return made


def _service(one: Service) -> dict[str, Any]:
    marks = {name: one.mark(name) for name in ("name", "access", "phone", "web", "email")}
    return marks | {
        "id": one.id, "reference": one.reference, "force_id": one.force, "audience": one.audience, "key": None, "version": 1,
        "needs": ["drugs", "housing"], "areas": [], "languages": [one.mark("languages")], "paid": one.audience == "offender",
        "escalation": False, "review_by": None, "added_at": NOW, "added_by": "", "changed_at": NOW, "changed_by": "1",
        "ended_at": None, "ended_by": "",
    }  # fmt: skip


def _budget(one: Service) -> dict[str, Any]:
    drawn = sum(case.force == one.force and case.state == "completed" for case in SENT_ON) * (
        one.audience == "offender"
    )
    return {
        "id": one.id, "reference": one.budget, "force_id": one.force, "audience": one.audience, "funder_id": one.id, "area": "",
        "starts": TODAY - timedelta(30), "ends": TODAY + timedelta(300), "places": 5, "amount": Decimal("500.00"),
        "price": Decimal("100.00"), "places_drawn": drawn, "amount_drawn": Decimal("100.00") * drawn, "entered_at": NOW,
        "entered_by": "", "ended_at": None, "ended_by": "",
    }  # fmt: skip


def _onward(case: Case, *, linked: bool) -> dict[str, Any]:
    standing = STANDING[case.state]
    times = {f"{one}_at": NOW if one == standing else None for one in ("accepted", "unfunded", "declined", "withdrawn")}
    return times | {
        "id": case.id, "reference": onward_of(case), "referral_id": case.id, "force_id": case.force, "provider_id": case.open_to,
        "version": 1, "service_id": service_of(case.force).id, "audience": "offender", "need": "drugs",
        "area": "" if linked else case.mark("onward_referral", "area"),
        "language": "English", "consent_on": TODAY, "consent_by": case.mark("onward_referral", "consent_by"),
        "consent_covers": ["contact", "need"], "made_at": NOW, "made_by": str(coordinator(case.provider).number),
        "token_hash": hash_token("onward", onward_token(case.force)) if linked else "",
        "nonce": case.mark("onward_referral", "nonce", provider=False), "link_ends_at": NOW + timedelta(days=10) if linked else None,
        "decline_reason": "other" if standing == "declined" else "",
        "decline_note": case.mark("onward_referral", "decline_note") if standing == "declined" else "",
        "withdrawn_by": "", "withdraw_reason": "",
    }  # fmt: skip


ONWARD_ROWS = rows()
CASE_ROWS.update({table: ONWARD_ROWS[table] for table in ONWARD_TABLES})
"""So that whoever sweeps over cases sweeps over these too."""
