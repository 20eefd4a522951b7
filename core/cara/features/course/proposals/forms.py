"""What the pages of proposals ask, and how it is read."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from cara.api import Option, Question
from cara.errors import BadInput, Fault
from cara.features.course.cohorts import actions, queries
from cara.features.course.cohorts.actions import areas
from cara.features.course.proposals.accept import Chosen
from cara.features.course.proposals.constraints import MOST_CANDIDATES, TRAVEL, Terms
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.course.proposals.what_ifs import KINDS
from cara.features.course.records import rules
from cara.features.course.records.models import Venue
from cara.i18n import gettext, ngettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work
from cara.web.pages.page import Form
from cara.web.ui import form_binding

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
GAPS = tuple(str(days) for days in (rules.SHORTEST, rules.LONGEST))
LONGEST_LOOK = 366
"""Days from the first to the last first workshop that one plan may cover."""


def venues(w: Work, force: str) -> list[Venue]:
    """The actor's venues in use in one force."""
    return [one for one in queries.venues(w) if one.force_id == force]


def questions(w: Work, force: str) -> tuple[Question, ...]:
    """Which cohorts could be run."""
    labels = areas(w, force)
    halls = tuple(
        Option(one.reference, one.name, _holds(one, labels.get(one.area, one.area))) for one in venues(w, force)
    )
    groups = tuple(Option(key, str(label)) for key, label in actions.groups(w, force).items())
    return (
        Question("venues", _("In which venues?"), "choices", options=halls),
        Question("groups", _("For which groups?"), "choices", options=groups),
        Question("weekdays", _("On which days of the week?"), "choices",
                 options=tuple(Option(str(at), str(label)) for at, label in enumerate(WEEKDAYS))),
        Question("starts", _("Workshops start at"), "text", _("Such as 09:30"), width="5"),
        Question("ends", _("Workshops end at"), "text", width="5"),
        Question("first", _("First workshops from"), "date"),
        Question("last", _("First workshops until"), "date"),
        Question("gaps", _("How long after workshop A is workshop B?"), "choices",
                 options=tuple(Option(days, gettext("%(n)s days") % {"n": days}) for days in GAPS)),
        Question("capacity", _("How many seats has a cohort?"), "whole_number", _("No more than its venue holds.")),
        Question("cost", _("What does a cohort cost, in pounds?"), "text", _("Such as 2500"), width="10", max_length=12),
        Question("travel", _("How far can people be asked to come?"), "choice",
                 options=tuple(Option(key, str(label)) for key, label in TRAVEL.items())),
    )  # fmt: skip


def _holds(venue: Venue, area: str) -> str:
    seats = ngettext("Holds %(num)d person", "Holds %(num)d people", venue.capacity) % {"num": venue.capacity}
    return f"{area}. {seats}" if area else seats


def usual(w: Work, force: str) -> dict[str, Any]:
    """What the form proposes to begin with: every venue and group, Saturdays of the next three months."""
    return {
        "venues": [one.reference for one in venues(w, force)], "groups": [*actions.groups(w, force)], "weekdays": ["5"], "starts": "09:30",
        "ends": "15:00", "first": (w.today + timedelta(14)).isoformat(), "last": (w.today + timedelta(98)).isoformat(),
        "gaps": [GAPS[0]], "capacity": 10, "cost": "2500", "travel": "small",
    }  # fmt: skip


def asked(terms: Terms) -> dict[str, Any]:
    """Terms as answers, to open the form with."""
    kept = terms.as_json()
    return {**kept, "weekdays": [str(one) for one in terms.weekdays], "gaps": [str(one) for one in terms.gaps]}


def read_terms(answers: Mapping[str, Any], today: date) -> Terms:
    """Answers as terms. Raises `BadInput` naming what does not fit."""
    faults: list[Fault] = []
    starts, ends = _time("starts", answers["starts"], faults), _time("ends", answers["ends"], faults)
    first, last = date.fromisoformat(answers["first"]), date.fromisoformat(answers["last"])
    if starts and ends and ends <= starts:
        faults.append(Fault("ends", "order", gettext("It must end after it starts")))
    if not today < first <= today + timedelta(2 * LONGEST_LOOK):
        faults.append(Fault("first-day", "range", gettext("The day must be after today, and within two years")))
    elif not first <= last <= first + timedelta(LONGEST_LOOK):
        faults.append(Fault("last-day", "order", gettext("The last day must follow the first within a year")))
    if not 0 < answers["capacity"] <= actions.MOST_SEATS:
        faults.append(Fault("capacity", "range", gettext("Enter how many seats a cohort has, 30 at most")))
    cost = _pounds(answers["cost"], faults)
    if faults or starts is None or ends is None:
        raise BadInput(faults=faults)
    terms = Terms(
        tuple(answers["venues"]), tuple(answers["groups"]), tuple(int(one) for one in answers["weekdays"]), starts, ends, first,
        last, tuple(int(one) for one in answers["gaps"]), answers["capacity"], cost, answers["travel"],
    )  # fmt: skip
    if terms.most > MOST_CANDIDATES:
        told = gettext(
            "This describes %(n)s cohorts; a plan looks at %(most)s at most. Choose a shorter time or fewer days."
        )
        raise BadInput(
            faults=[Fault("last-day", "too_many", told % {"n": f"{terms.most:,}", "most": f"{MOST_CANDIDATES:,}"})]
        )
    return terms


def _time(field: str, typed: str, faults: list[Fault]) -> time | None:
    try:
        return time.fromisoformat(typed if len(typed) == 5 else f"0{typed}").replace(tzinfo=None)
    except ValueError:
        faults.append(Fault(field, "not_a_time", gettext("Enter a time such as 09:30")))
        return None


def _pounds(typed: str, faults: list[Fault]) -> Decimal:
    try:
        cost = Decimal(typed.replace(",", "").removeprefix("£").strip())
    except InvalidOperation:
        cost = Decimal(-1)
    if not cost.is_finite() or not 0 <= cost <= 1_000_000 or cost * 100 % 1:
        faults.append(Fault("cost", "not_pounds", gettext("Enter pounds, such as 2500")))
        return Decimal(0)
    return cost


def what_if_questions(w: Work, force: str) -> tuple[Question, ...]:
    """What a coordinator can try beside a plan."""
    halls = tuple(Option(one.name, one.name) for one in venues(w, force))
    people = tuple(Option(str(number), name) for number, name in actions.facilitators(w).items())
    return (
        Question("kind", _("What if…"), "choice", options=tuple(Option(key, str(label)) for key, label in KINDS.items())),
        Question("venue", _("Which venue is closed?"), "choice", options=halls, when=("kind", "venue")),
        *_between("venue"),
        Question("facilitator", _("Who is ill?"), "choice", options=people, when=("kind", "facilitator"),
                 hint=_("The cohorts that they lead cannot be held; whoever sits there needs another place.")),
        *_between("facilitator"),
        Question("percent", _("How many per cent more?"), "whole_number", _("Such as 20"), when=("kind", "more")),
    )  # fmt: skip


def _between(kind: str) -> tuple[Question, ...]:
    return (
        Question(f"{kind}_first", _("From"), "date", when=("kind", kind)),
        Question(f"{kind}_last", _("Until"), "date", when=("kind", kind)),
    )


def read_what_if(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be tried, as it is kept. Raises `BadInput` naming what does not fit."""
    kind = answers["kind"]
    if kind == "more":
        if not 0 < answers["percent"] <= 200:
            raise BadInput(faults=[Fault("percent", "range", gettext("Enter a number from 1 to 200"))])
        return {"kind": kind, "percent": answers["percent"]}
    first, last = answers[f"{kind}_first"], answers[f"{kind}_last"]
    if last < first:
        raise BadInput(
            faults=[Fault(f"{kind}_last-day", "order", gettext("The last day must not be before the first"))]
        )
    who = int(answers[kind]) if kind == "facilitator" else answers[kind]
    return {"kind": kind, kind: who, "first": first, "last": last}


LEADING = ("lead", "second", "cover")


def facilitator_questions(w: Work) -> tuple[Question, ...]:
    """Who leads the cohorts that are accepted, and how their places are given."""
    named = tuple(Option(str(number), name) for number, name in actions.facilitators(w).items())
    labels = (_("First facilitator"), _("Second facilitator"), _("Cover, if anybody"))
    return (
        *(Question(name, label, "choice", options=named, required=False) for name, label in zip(LEADING, labels, strict=True)),
        Question("way", _("What happens with the places?"), "choice", options=(
            Option("offer", _("Offer them"), _("Each seat is kept until the person answers.")),
            Option("book", _("Book them"), _("The people have agreed.")),
        )),
    )  # fmt: skip


def read_chosen(w: Work, row: ScheduleProposal, form: Form) -> Chosen:
    """What is taken of a plan. Raises `BadInput` if the form holds what the page does not."""
    asked_ = facilitator_questions(w)
    rooms = [one["id"] for one in row.plan.get("rooms", ())]
    form.only("take", *(one.name for one in asked_), *(f"{name}.{room}" for room in rooms for name in LEADING))
    found = form_binding.read(asked_, form)
    if found.faults:
        raise BadInput(faults=found.faults)
    common = [found.values.get(name, "") for name in LEADING]

    def led(room: str) -> tuple[int | None, ...]:
        own = [form.first(f"{name}.{room}") for name in LEADING]
        chosen = own if any(own) else common
        return tuple(int(one) if one.isdecimal() else None for one in chosen)

    return Chosen({room: led(room) for room in form.get("take", ())}, found.values["way"])


def read_pins(row: ScheduleProposal, form: Form) -> tuple[dict[str, str], list[str], list[str]]:
    """Who is pinned where, who is left out, and which cohorts are. Raises `BadInput` if the form holds what the page does not."""
    people = {
        *(person for room in row.plan.get("rooms", ()) for person in room["people"]),
        *row.plan.get("unplaced", {}),
    }
    form.only("out", *(f"person-{one}" for one in people))
    before = Terms.of(row.terms)
    rooms = {room["id"] for room in row.plan.get("rooms", ())} | {*before.pins.values(), *before.cohorts_out}
    said = {one: form.first(f"person-{one}") for one in sorted(people)}
    pins = {one: room for one, room in said.items() if room in rooms}
    out = [one for one in form.get("out", ()) if one in rooms]
    return pins, [one for one, room in said.items() if room == "out"], out
