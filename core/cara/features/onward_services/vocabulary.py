"""Closed lists of the room, as words for people and as values for machines."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from cara.i18n import lazy as _

OFFENDER: Final = "offender"
VICTIM: Final = "victim"

PAGES: Final[Mapping[str, str]] = MappingProxyType({OFFENDER: "for-people-on-the-course", VICTIM: "for-victims"})
"""Audience → the last part of the addresses of its pages. Two of each, and none for both."""
RESOURCES: Final[Mapping[str, str]] = MappingProxyType({OFFENDER: "service", VICTIM: "victims_service"})
"""Audience → what the policy calls its part of the directory."""
BUDGETS: Final[Mapping[str, str]] = MappingProxyType({OFFENDER: "budget", VICTIM: "victims_budget"})
"""Audience → what the policy calls the money for its services."""

NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "drugs": _("Drugs"),
        "alcohol": _("Alcohol"),
        "mental_health": _("Mental health"),
        "housing": _("Housing"),
        "finance": _("Money and debt"),
        "behaviour_programme": _("Programme to change behaviour"),
        "domestic_abuse_support": _("Domestic abuse support"),
        "advocacy": _("Independent adviser (IDVA)"),
        "sexual_violence_support": _("Independent sexual violence adviser (ISVA)"),
        "refuge": _("Refuge"),
        "helpline": _("Helpline"),
    }
)
_SHARED = ("drugs", "alcohol", "mental_health", "housing", "finance")
NEEDS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        OFFENDER: (*_SHARED, "behaviour_programme"),
        VICTIM: ("domestic_abuse_support", "advocacy", "sexual_violence_support", "refuge", "helpline", *_SHARED),
    }
)
"""Audience → the needs that a service of it may answer (DOMAIN §4)."""

MOMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"a": _("At workshop A"), "b": _("At workshop B"), "completion": _("At completion")}
)
"""When services are mentioned."""
HOW: Final[Mapping[str, str]] = MappingProxyType(
    {"mentioned": _("Mentioned"), "given": _("Details given to take away")}
)
COVERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "contact": _("Name and telephone number, once the service accepts"),
        "need": _("What they need, their area and their language"),
        "outcome": _("How it went, after three and six months"),
    }
)
"""What a person's consent to an onward referral covers. The first two are what a referral cannot be made without."""
NEEDED: Final = ("contact", "need")
DECLINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "full": _("We have no place"),
        "area": _("The person lives outside our area"),
        "unsuitable": _("What we offer does not suit this need"),
        "language": _("We cannot offer it in this language"),
        "other": _("Something else"),
    }
)
WITHDRAWALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "consent": _("The person took their consent back"),
        "elsewhere": _("The person goes somewhere else"),
        "no_answer": _("The service did not answer"),
        "other": _("Something else"),
    }
)
OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "started": _("Started, and still goes"),
        "completed": _("Completed"),
        "left": _("Started, and left"),
        "never_started": _("Never started"),
        "not_known": _("Not known"),
    }
)
"""How it went, three and six months after the service accepted."""
MONTHS: Final = (3, 6)


def why(onward: Any) -> str:
    """Why a service declined somebody, in its own voice, or why they were withdrawn; empty where neither was done."""
    declined = DECLINES.get(onward.decline_reason)
    return f"“{declined}”" if declined else str(WITHDRAWALS.get(onward.withdraw_reason, ""))
