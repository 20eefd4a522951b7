"""What a force says of a service: the questions, the answers as an entry's columns, and an entry as answers again. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from cara.api import Option, Question
from cara.clock import months_after
from cara.errors import BadInput, Fault
from cara.features.onward_services.models import OnwardService
from cara.features.onward_services.vocabulary import NEEDS, NEEDS_OF, OFFENDER
from cara.i18n import gettext
from cara.i18n import lazy as _

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_WEB = re.compile(r"https?://[^\s]+\.[^\s]+")
REVIEW = Question("review_by", _("When should somebody look at it again?"), "date")


def questions(audience: str, areas: Mapping[str, str]) -> tuple[Question, ...]:
    """What the force says of a service. Only to those for people on the course is anybody sent on by a link, or a place paid."""
    where = Question(
        "areas", gettext("Which areas does it cover?"), "choices", gettext("None selected: the whole force."), required=False,
        options=tuple(Option(value, label) for value, label in areas.items()),
    )  # fmt: skip
    sent_on = (
        Question("email", gettext("E-mail address for referrals"), "text", gettext("It gets a link that works for 14 days, and no name."),
                 required=False, max_length=200),
        Question("facts", gettext("Does any of this hold?"), "choices", required=False, options=(
            Option("paid", gettext("Somebody pays for each place"),
                   gettext("A place is then drawn from a budget when the service accepts.")),
            Option("escalation", gettext("No routine step"), gettext("For those alone whom the access note names.")),
        )),
    )  # fmt: skip
    written = (Question("email", gettext("E-mail address"), "text", required=False, max_length=200),)
    return (
        Question("name", gettext("Name"), "text", max_length=120),
        Question("needs", gettext("What does it help with?"), "choices",
                 options=tuple(Option(one, str(NEEDS[one])) for one in NEEDS_OF[audience])),
        *((where,) if areas else ()),
        Question("languages", gettext("Languages"), "long_text", gettext("One a line. None: English."), required=False, max_length=300),
        Question("access", gettext("Who can use it, and how?"), "long_text", gettext("Opening hours, steps, costs, for whom it is."),
                 required=False, max_length=1000),
        Question("phone", gettext("Telephone number"), "text", required=False, width="20", max_length=40),
        Question("web", gettext("Web address"), "text", required=False, max_length=200),
        *(sent_on if audience == OFFENDER else written),
        REVIEW,
    )  # fmt: skip


def entry(sent: Mapping[str, Any]) -> tuple[date, dict[str, Any]]:
    """The answers as the columns of an entry. Raises `BadInput`."""
    faults = []
    if sent.get("email") and not _MAIL.fullmatch(sent["email"]):
        faults.append(
            Fault("email", "not_an_address", gettext("Enter an e-mail address, like referrals@service.example"))
        )
    if sent.get("web") and not _WEB.fullmatch(sent["web"]):
        faults.append(Fault("web", "not_an_address", gettext("Enter a web address, like https://service.example")))
    if faults:
        raise BadInput(faults=faults)
    facts = sent.get("facts") or ()
    spoken = [line.strip() for line in (sent.get("languages") or "").splitlines()]
    return date.fromisoformat(sent["review_by"]), {
        "name": sent["name"], "needs": sent["needs"], "areas": sent.get("areas") or [], "languages": [one for one in spoken if one],
        **{name: sent.get(name) or "" for name in ("access", "phone", "web", "email")},
        "paid": "paid" in facts, "escalation": "escalation" in facts,
    }  # fmt: skip


def answers(one: OnwardService, today: date) -> dict[str, Any]:
    """An entry as answers, to open its page with."""
    facts = [name for name in ("paid", "escalation") if getattr(one, name)]
    known = {name: getattr(one, name) for name in ("name", "needs", "areas", "access", "phone", "web", "email")}
    return known | {
        "languages": "\n".join(one.languages),
        "facts": facts,
        "review_by": next_review(one.review_by, today),
    }


def next_review(review_by: date | None, today: date) -> str:
    """A day to propose for the next review: a year from now, unless one is set that lies ahead."""
    return (review_by if review_by and review_by > today else months_after(today, 12)).isoformat()
