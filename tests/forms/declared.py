"""What the sweep of forms must be told: choices that only make sense together, refusals that are right, and routes without a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

from synthetic.cases import case_of
from synthetic.course import cohort_of
from synthetic.deeds import COORDINATOR, DEEDS, SUPERVISOR, V1, Deed
from synthetic.people import SERVES
from synthetic.victims import reference_of, views_token

WORKER = "hampton_trust.victim_service.victim_worker"
PICKS: Mapping[str, Mapping[str, str]] = {
    "*": {"second": "85?", "second.*": "85?", "cover": "nobody", "cover.*": "nobody"},
    "/organisations": {"capacities": "force|provider|victim_service|commissioner"},
    "/reviews/{reference}/decide": {"decision": "stop"},
}
"""Route → name of a choice → which of its values it is filled in with at first. There are two facilitators: nobody is left for cover."""


def typed(route: str, force: str) -> Mapping[str, str]:
    """Name of a field → what only somebody who knows the force can type there."""
    if route in ("/cases/{reference}/keep-apart", "/cases/{reference}/apart-no-longer"):
        return {"other": case_of(force, SERVES[force][0], "booked").reference}
    # Either the contact team's own reference is typed, or all that is not known under it.
    return {"known": ""} if route == "/cases/{reference}/victim" else {}


NOTHING_SAVED: Mapping[str, str] = {
    "/sign-out": "ends a session, which is no record",
    "/leave": "ends a session, which is no record",
    "/account/capacity": "changes a session, which is no record",
}
"""Route → why a sending that it took changes no row."""
NOT_KEPT: Mapping[tuple[str, str], str] = {
    (
        "/cohorts/{reference}/{part}/register",
        "why",
    ): "goes with a correction; where nothing is corrected it has no place",
}
"""Route and field → why what was typed there need not be found again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form that is refused rightly: which, filled in how, what the page says, and why that is right."""

    route: str
    choice: str
    said: str
    why: str

    def covers(self, route: str, choice: str, page: str) -> bool:
        """Whether this is the refusal that was met."""
        return fnmatch(route, self.route.replace("[", "[[]")) and fnmatch(choice, self.choice) and self.said in page


REFUSALS: tuple[Refusal, ...] = (
    Refusal("/sign-in", "*", "No organisation on CARA uses this kind of address", "nobody is signed in without an organisation"),
    Refusal("/organisations", "capacities=national", "is added by whoever installs", "a second national organisation would see all"),
    Refusal("/licences/grant", "force=*", "already has a licence", "no force gives a provider two licences at one time"),
    Refusal("/cohorts/{reference}/{part}/register", "line-*", "The referral is now “Completed”",
            "what a completed course rests on is not changed by a register"),
    Refusal("/reviews/{reference}/decide", "decision=*", "Still needed", "only to stop needs no view but the supervisor's own"),
)  # fmt: skip
NO_FORM: Mapping[str, str] = {
    "/victims/{reference}/ask": "there only once somebody safe to write to is confirmed: tests/victims/test_survey.py fills it in",
    "/api/v1/forces/{slug}/eligibility": "machines send it; no page does",
}
"""Route → why no page has a form that leads there."""


def prepared() -> Mapping[str, tuple[Deed, str, str]]:
    """Route → a deed, and who opens which page then: forms that nobody has in the world as it is made."""
    accepted = f"/cases/{case_of('kent', 'south_provider', 'accepted').reference}"
    booked = f"/cases/{case_of('kent', 'south_provider', 'booked').reference}"
    waits = {"cohort": cohort_of("kent", "south_provider", ahead=True).reference, "way": "wait"}
    record, doubted = (f"/victims/{reference_of('kent', state)}" for state in ("referred", "accepted"))
    rejected = Deed("", WORKER, f"{doubted}/check", V1 | {"decision": "reject"})
    return {
        "/cases/{reference}/hold/release": (_deed("/cases/{reference}/hold/place"), SUPERVISOR, f"{booked}/hold/release"),
        "/cases/{reference}/off-the-list": (
            Deed("", COORDINATOR, f"{accepted}/place", V1 | waits), COORDINATOR, f"{accepted}/off-the-list"
        ),
        "/victims/{reference}/change": (_deed("/victims/{reference}/check"), WORKER, f"{record}/change"),
        "/views/{token}": (rejected, "", f"/views/{views_token('kent')}"),
    }  # fmt: skip


def _deed(route: str) -> Deed:
    return next(one for one in DEEDS if one.route == route)
