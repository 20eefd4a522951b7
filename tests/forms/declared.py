"""What the sweep of forms must be told: choices that only make sense together, refusals that are right, and routes without a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

from synthetic.cases import TODAY, case_of
from synthetic.course import cohort_of
from synthetic.deeds import COORDINATOR, DEEDS, SUPERVISOR, V1, Deed
from synthetic.people import SERVES
from synthetic.victims import reference_of, views_token

WORKER = "hampton_trust.victim_service.victim_worker"
PICKS: Mapping[str, Mapping[str, str]] = {
    "*": {"second": "85?", "second.*": "85?", "cover": "nobody", "cover.*": "nobody"},
    "/organisations": {"capacities": "force|provider|victim_service|commissioner"},
    "/reviews/{reference}/decide": {"decision": "stop"},
    "/force-contacts/enter": {"kind": "duty_supervisor"},
}
"""Route → name of a choice → which of its values it is filled in with at first. There are two facilitators: nobody is left for cover."""


def typed(route: str, force: str, capacity: str) -> Mapping[str, str]:
    """Name of a field → what only somebody can type there who knows the force, or their own organisation."""
    if route == "/organisation":
        return {"group_lines": f"synthetic-group = {capacity}.administrator"}
    if route in ("/cases/{reference}/keep-apart", "/cases/{reference}/apart-no-longer"):
        return {"other": case_of(force, SERVES[force][0], "booked").reference}
    if route == "/force-contacts/enter":
        return {"reached_at": "01632 960001"}
    # Either the contact team's own reference is typed, or all that is not known under it.
    return {"known": ""} if route == "/cases/{reference}/victim" else {}


NOTHING_SAVED: Mapping[str, str] = {
    "/sign-out": "ends a session, which is no record",
    "/leave": "ends a session, which is no record",
    "/account/capacity": "changes a session, which is no record",
}
"""Route → why a sending that it took changes no row."""
NOT_KEPT: Mapping[tuple[str, str], str] = {
    ("/cohorts/{reference}/{part}/register", "why"): "goes with a correction; what is not corrected has none",
    ("/cohorts/{reference}/{part}/date", "gap_reason"): "is needed only where B is not 28 to 35 days after A",
    ("/cohorts/new", "gap_reason"): "is needed only where B is not 28 to 35 days after A",
    ("/cases/{reference}/place", "gap_reason"): "is needed only where B is not 28 to 35 days after A",
    ("/cases/{reference}/keep-apart", "other"): "is a case’s reference, and kept as its number",
    ("/cases/{reference}/apart-no-longer", "other"): "is a case’s reference, and kept as its number",
    ("/venues/new", "area"): "counts where the force has named no areas; elsewhere one of its own is chosen",
    ("/victims/{reference}/risk", "no_disclosure"): "counts only where the answer opens a review",
    ("/victims/{reference}/conversation", "no_disclosure"): "counts only where the answer opens a review",
    ("/victims/{reference}/attempt", "time"): "is shown as people say it: midnight",
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
    Refusal("/cohorts/new", "cover=*", "Select two different facilitators", "there are two, and nobody is both"),
    Refusal("/cohorts/new", "lead=*", "Select two different facilitators", "there are two, and nobody is both"),
    Refusal("/cohorts/new", "second=*", "Select two different facilitators", "there are two, and nobody is both"),
    Refusal("/cohorts/new", "venue_?=*", "Select a venue in use, in the same force", "both workshops are held in one force"),
    Refusal("/schedule/{reference}/accept", "*=*", "Select two different facilitators", "there are two, and nobody is both"),
    Refusal("/schedule/{reference}/accept", "*=*", "Somebody would lead two cohorts on one day", "they would"),
    Refusal("/victims/{reference}/attempt", "*", "are in doubt, and must not be used", "the page warns, and then asks why all the same"),
    Refusal("/cohorts/{reference}/{part}/date", "*", "This workshop has taken place", "what took place has its date"),
    Refusal("/cases/{reference}/place", "*", "This case is on hold", "nobody is given a place during a hold"),
    Refusal("/schedule/*", "*", "Group work is suspended here", "nothing is planned for groups that are not held"),
    Refusal("/victims/{reference}/change", "*", "A change is waiting for its second look", "two changes at once would hide the first"),
    Refusal("/cases/{reference}/onward", "need=*", "Select a need that this service helps with", "service and need must fit"),
    Refusal("/cases/{reference}/onward", "*", "has been sent on to this service already", "nobody is sent twice to one service"),
    Refusal("/cases/{reference}/onward", "covers=*", "The consent must cover", "nobody is sent on without consent to be reached"),
    Refusal("/cases/{reference}/call", "outcome=covered_b", "Workshop B is covered after A", "B comes after A"),
    Refusal("/cases/{reference}/apart-no-longer", "*", "No officer keeps these two apart", "one pair of cases is kept apart"),
    Refusal("/victims/{reference}/erase", "*", "A disclosure review about this person is open", "what it rests on must stay"),
    Refusal("/force-contacts/enter", "kind=review_cover", "Enter an email address", "each of the two is reached in its own way"),
    Refusal("/reviews/{reference}/decide", "decision=*", "Still needed", "only to stop needs no view but the supervisor's own"),
)  # fmt: skip
_GONE = "there only where a plugin is gone or was: tests/walls/test_gone_plugins.py sends it"
_EARLIER = "there only where an answer is older than its hold: tests/victims/test_risen.py sends it"
NO_FORM: Mapping[str, str] = {
    **dict.fromkeys(
        (
            f"/forces/{{slug}}/{one}"
            for one in (
                "retire",
                "retire/confirm",
                "retire/withdraw",
                "bring-back",
                "accept-older",
                "victim-contact",
                "victim-contact/confirm",
                "victim-contact/withdraw",
            )
        ),
        _GONE,
    ),
    "/earlier-answers/{reference}": _EARLIER,
    "/earlier-answers-seen": _EARLIER,
    "/cases/{reference}/emergency-second": "there only once a second officer was named: tests/victims/test_emergency.py sends it",
    "/victims/{reference}/ask": "there only once somebody safe to write to is confirmed: tests/victims/test_survey.py fills it in",
    "/api/v1/forces/{slug}/eligibility": "machines send it; no page does",
}
"""Route → why no page has a form that leads there."""


def prepared() -> Mapping[str, tuple[tuple[Deed, ...], str, str]]:
    """Route → deeds, and who opens which page then: forms that nobody has in the world as it is made."""
    accepted = f"/cases/{case_of('kent', 'south_provider', 'accepted').reference}"
    booked = f"/cases/{case_of('kent', 'south_provider', 'booked').reference}"
    waits = {"cohort": cohort_of("kent", "south_provider", ahead=True).reference, "way": "wait"}
    record, doubted = (f"/victims/{reference_of('kent', state)}" for state in ("referred", "accepted"))
    rejected = Deed("", WORKER, f"{doubted}/check", V1 | {"decision": "reject"})
    today = {f"happened_on-{part}": str(getattr(TODAY, part)) for part in ("day", "month", "year")}
    ended = Deed("", SUPERVISOR, f"{accepted}/close", V1 | {"kind": "withdrew", "note": ""} | today)
    return {
        "/cases/{reference}/hold/release": ((_deed("/cases/{reference}/hold/place"),), SUPERVISOR, f"{booked}/hold/release"),
        "/cases/{reference}/off-the-list": (
            (Deed("", COORDINATOR, f"{accepted}/place", V1 | waits),), COORDINATOR, f"{accepted}/off-the-list"
        ),
        "/victims/{reference}/change": ((_deed("/victims/{reference}/check"),), WORKER, f"{record}/change"),
        "/victims/{reference}/police-risk": (
            (_deed("/victims/{reference}/refusal"),), SUPERVISOR, f"{record}/police-risk"
        ),
        "/victims/{reference}/show": ((_deed("/victims/{reference}/refusal"),), WORKER, record),
        "/victims/{reference}/shown": (
            (_deed("/victims/{reference}/refusal"), _deed("/victims/{reference}/show")), WORKER, f"{record}/shown"
        ),
        "/victims/{reference}/seen": ((ended,), WORKER, doubted),
        "/views/{token}": ((rejected,), "", f"/views/{views_token('kent')}"),
    }  # fmt: skip


def _deed(route: str) -> Deed:
    return next(one for one in DEEDS if one.route == route)
