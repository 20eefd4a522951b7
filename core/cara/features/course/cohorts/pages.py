"""Pages of cohorts: planning them, moving their dates, and who sits where."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Fault, NotFound
from cara.features.course.cohorts import actions
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.cohorts.actions import Slot
from cara.features.course.cohorts.page_helpers import place_tag
from cara.features.course.records import queries
from cara.features.course.records.models import Cohort, Place, Venue
from cara.features.course.records.rules import GROUPS
from cara.features.referrals.models import Referral
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Deadline, Row, Tag

LANGUAGE = Question(
    "interpreter_language",
    _("Language of an interpreter"),
    "text",
    _("Leave empty for none."),
    required=False,
    width="20",
)
GAP = Question(
    "gap_reason",
    _("Why is B not 28 to 35 days after A?"),
    "text",
    _("Only if it is not."),
    required=False,
    max_length=300,
)
WHY = Question("reason", _("Why?"), "text", _("Kept with the change. No victim’s details."), max_length=300)
COLUMNS = (_("Cohort"), _("Group"), _("Area"), _("Workshop A"), _("Workshop B"), _("Seats"))


def _day_questions(part: str, venues: Mapping[str, str]) -> tuple[Question, ...]:
    low = part.lower()
    return (
        Question(f"day_{low}", gettext("Day of workshop %(part)s") % {"part": part}, "date"),
        Question(f"starts_{low}", gettext("%(part)s starts at") % {"part": part}, "text", gettext("Such as 09:30"), width="5"),
        Question(f"ends_{low}", gettext("%(part)s ends at") % {"part": part}, "text", width="5"),
        Question(f"venue_{low}", gettext("Venue of workshop %(part)s") % {"part": part}, "choice",
                 options=tuple(Option(key, name) for key, name in venues.items())),
    )  # fmt: skip


def _venues(w: Work, force: str = "") -> dict[str, str]:
    return {
        one.reference: f"{one.name} ({FORCES[one.force_id].short_name})"
        for one in cohort_queries.venues(w)
        if force in ("", one.force_id)
    }


def _where(cohort: Cohort, areas: Mapping[str, str]) -> str:
    """The force of a cohort, and its area in words."""
    force, area = FORCES[cohort.force_id].short_name, areas.get(cohort.area, cohort.area)
    return f"{force}: {area}" if area else force


def _cohort_row(room: cohort_queries.Room, groups: Mapping[str, str], areas: Mapping[str, str]) -> Row:
    cohort = room.cohort
    seats = gettext("%(taken)s of %(capacity)s") % {"taken": cohort.taken, "capacity": cohort.capacity}
    return Row(
        f"/cohorts/{cohort.reference}",
        (cohort.reference, groups.get(cohort.group, cohort.group), _where(cohort, areas),
         room.workshops["A"].day, room.workshops["B"].day, Tag(seats, "green" if room.left else "grey")),
    )  # fmt: skip


DUE = (_("Register"), _("Day"), _("Venue"), _("People"))


def _due_row(one: Any) -> Row:
    """A register that is still to be written; its day alone says how late it is."""
    title = gettext("Workshop %(part)s of %(cohort)s") % {"part": one.part, "cohort": one.reference}
    return Row(
        f"/cohorts/{one.reference}/{one.part.lower()}/register", (title, Deadline(one.day), one.name, str(one.people))
    )


@get("/cohorts", does=("cohort", "list"))
def list_cohorts(request: Asked) -> Page:
    with work(request) as w:
        found = cohort_queries.rooms(w)
        groups = {key: str(label) for key, label in GROUPS.items()}
        forces = {room.cohort.force_id for room in found}
        areas = {force: actions.areas(w, force) for force in forces}
        for force in forces:
            groups |= actions.group_labels(w, force)
        w.record("cohort.listed", Act.CONSULTATION, codes={"found": len(found)})
        due = [_due_row(one) for one in cohort_queries.unwritten(w)] if w.actor.may("register", "record") else []
        may = {action: w.actor.may("cohort", action) for action in ("make",)} | {
            "venues": w.actor.may("venue", "list"),
            "schedule": w.actor.may("schedule", "list"),
        }
    return page(
        request, "course/cohorts.html", rows=[_cohort_row(room, groups, areas[room.cohort.force_id]) for room in found],
        columns=COLUMNS, may=may,
        due=due, due_columns=DUE,
    )  # fmt: skip


def _cohort_questions(w: Work) -> tuple[Question, ...]:
    venues = _venues(w)
    people = {str(number): name for number, name in actions.facilitators(w).items()}
    groups: dict[str, str] = {}
    for force in {one.force_id for one in cohort_queries.venues(w)}:
        groups |= {key: str(label) for key, label in actions.groups(w, force).items()}
    named = tuple(Option(key, name) for key, name in people.items())
    return (
        Question("group", _("For which group?"), "choice", options=tuple(Option(k, v) for k, v in (groups or GROUPS).items())),
        Question("capacity", _("How many seats?"), "whole_number", _("About 10.")),
        *_day_questions("A", venues),
        *_day_questions("B", venues),
        GAP,
        Question("lead", _("First facilitator"), "choice", options=named),
        Question("second", _("Second facilitator"), "choice", options=named),
        Question("cover", _("Cover"), "choice", options=named, required=False),
        LANGUAGE,
    )  # fmt: skip


def _time(field: str, typed: str) -> time:
    try:
        return time.fromisoformat(typed if len(typed) == 5 else f"0{typed}").replace(tzinfo=None)
    except ValueError:
        raise BadInput(faults=[Fault(field, "not_a_time", gettext("Enter a time such as 09:30"))]) from None


def _slot(w: Work, sent: Mapping[str, Any], part: str) -> Slot:
    low = part.lower()
    return Slot(
        date.fromisoformat(sent[f"day_{low}"]), _time(f"starts_{low}", sent[f"starts_{low}"]),
        _time(f"ends_{low}", sent[f"ends_{low}"]), queries.venue(w, sent[f"venue_{low}"]),
    )  # fmt: skip


def _new_page(request: Asked, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        questions = _cohort_questions(w)
        w.record("cohort.listed", Act.CONSULTATION, codes={"found": 0})
    typed = form_binding.read(questions, form).typed if form else {}
    return one_form(
        request, str(_("Make a cohort")), "/cohorts/new", questions, back="/cohorts", typed=typed, error=error
    )


@get("/cohorts/new", does=("cohort", "make"))
def new_cohort(request: Asked) -> Page:
    return _new_page(request)


@post("/cohorts/new", does=("cohort", "make"), opt=unsaved_forms.KEEPS)
def make_cohort(request: Asked, form: Form) -> Page | Redirect:
    def act(w: Work) -> str:
        sent = answers_of(_cohort_questions(w), form)
        slots = {part: _slot(w, sent, part) for part in ("A", "B")}
        people = [int(sent[name]) if sent.get(name) else None for name in ("lead", "second", "cover")]
        made = actions.make_cohort(
            w, request.app.state.forces, force=slots["A"].venue.force_id, group=sent["group"], area=slots["A"].venue.area,
            capacity=sent["capacity"], slots=slots, facilitators=people, interpreter_language=sent.get("interpreter_language", ""),
            gap_reason=sent.get("gap_reason", ""),
        )  # fmt: skip
        return f"/cohorts/{made.reference}?done=made"

    return once_or_again(request, form, act, lambda error: _new_page(request, form, error))


WARNED = {
    "holiday": _("Workshop %(part)s is on a bank holiday."),
    "clash": _("Another workshop is planned in this venue at the time of workshop %(part)s."),
}


SITTING = (_("Person"), _("Case"), _("Place"), _("To note"))


def _sitting_row(place: Place, referral: Referral, name: str, held: bool) -> Row:
    """Somebody with a seat in a cohort, or who waits for one."""
    note = Tag(str(_("On hold")), "red") if held else str(_("Workshop B only")) if place.only_b else None
    return Row(f"/cases/{referral.reference}", (name, referral.reference, place_tag(place), note))


@get("/cohorts/{reference:str}", does=("cohort", "read"))
def read_cohort(request: Asked, reference: str) -> Page:
    with work(request) as w:
        cohort = queries.cohort(w, reference)
        room = cohort_queries.whole_room(w, cohort)
        people = cohort_queries.sitting(w, cohort)
        history = cohort_queries.changes(w, room)
        days = {part: (one.day, one.starts, one.ends, one.venue_id) for part, one in room.workshops.items()}
        ahead = {part: slot for part, slot in days.items() if slot[0] >= w.today}
        warned = [
            gettext(WARNED[what]) % {"part": part}
            for part, what in sorted({*cohort_queries.warnings(w, ahead, cohort.id)})
        ]
        last = room.workshops["B"].day
        if late := sum(one[1].b_on is None and one[1].complete_by < last for one in people if queries.seated(one[0])):
            told = gettext(
                "Workshop B falls after the last day of %(n)s people who sit here. Move it, or find them another place."
            )
            warned.append(told % {"n": late})
        names = cohort_queries.people(w, [cohort.lead_id, cohort.second_id, cohort.cover_id])
        held = hold_gate.held_among(w, [one[1] for one in people])
        groups = actions.group_labels(w, cohort.force_id)
        where = _where(cohort, actions.areas(w, cohort.force_id))
        may = {action: w.actor.may("cohort", action) for action in ("change", "cancel")}
        may["register"] = w.actor.may("register", "read")
        today = w.today
        w.record("cohort.read", Act.CONSULTATION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id, shown=[one[1].id or 0 for one in people])  # fmt: skip
    rows = {
        there: [
            _sitting_row(place, referral, f"{surname.upper()}, {forenames}", referral.id in held)
            for place, referral, surname, forenames, _phone in people
            if queries.seated(place) is there
        ]
        for there in (True, False)
    }
    return page(
        request, "course/cohort.html", cohort=cohort, room=room, seated=rows[True], waiting=rows[False], columns=SITTING,
        history=history, warned=warned, names=names,
        group=str(groups.get(cohort.group, cohort.group)), may=may, where=where, today=today,
    )  # fmt: skip


def _date_questions(w: Work, cohort: Cohort, part: str) -> tuple[Question, ...]:
    return (*_day_questions(part, _venues(w, cohort.force_id)), WHY, GAP)


def part_of(part: str) -> str:
    if part not in ("a", "b"):
        raise NotFound
    return part.upper()


def _date_page(
    request: Asked, reference: str, part: str, form: Form | None = None, error: CaraError | None = None
) -> Page:
    with work(request) as w:
        cohort = queries.cohort(w, reference)
        room = queries.workshops(w, cohort.id)[part_of(part)]
        questions = _date_questions(w, cohort, part_of(part))
        venue = w.session.get_one(Venue, room.venue_id)
        told = gettext("Everybody with a place goes along and is told: %(n)s people.") % {"n": cohort.taken}
        w.record("cohort.read", Act.CONSULTATION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id)  # fmt: skip
    own = {f"day_{part}": room.day.isoformat(), f"starts_{part}": f"{room.starts:%H:%M}", f"ends_{part}": f"{room.ends:%H:%M}",
           f"venue_{part}": venue.reference}  # fmt: skip
    typed = form_binding.read(questions, form).typed if form else form_binding.fill(questions, own)
    title = gettext("Move workshop %(part)s") % {"part": part_of(part)}
    return one_form(request, title, f"/cohorts/{reference}/{part}/date", questions, back=f"/cohorts/{reference}", typed=typed,
                      version=room.version, error=error, told=(told,))  # fmt: skip


@get("/cohorts/{reference:str}/{part:str}/date", does=("cohort", "change"))
def show_date(request: Asked, reference: str, part: str) -> Page:
    return _date_page(request, reference, part)


@post("/cohorts/{reference:str}/{part:str}/date", does=("cohort", "change"), opt=unsaved_forms.KEEPS)
def change_date(request: Asked, form: Form, reference: str, part: str) -> Page | Redirect:
    def act(w: Work) -> str:
        cohort = queries.cohort(w, reference)
        sent = answers_of(_date_questions(w, cohort, part_of(part)), form)
        actions.change_workshop(
            w, request.app.state.forces, cohort, part_of(part), form.version, _slot(w, sent, part_of(part)), sent["reason"],
            sent.get("gap_reason", ""),
        )  # fmt: skip
        return f"/cohorts/{reference}?done=date"

    return once_or_again(request, form, act, lambda error: _date_page(request, reference, part, form, error))


def _cancel_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        cohort = queries.cohort(w, reference)
        told = gettext("Everybody’s place is taken back, and they are told: %(n)s people.") % {"n": cohort.taken}
        w.record("cohort.read", Act.CONSULTATION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id)  # fmt: skip
    typed = form_binding.read((WHY,), form).typed if form else {}
    return one_form(request, str(_("Cancel this cohort")), f"/cohorts/{reference}/cancel", (WHY,), back=f"/cohorts/{reference}",
                      typed=typed, version=cohort.version, error=error, told=(told,))  # fmt: skip


@get("/cohorts/{reference:str}/cancel", does=("cohort", "cancel"))
def show_cancel(request: Asked, reference: str) -> Page:
    return _cancel_page(request, reference)


@post("/cohorts/{reference:str}/cancel", does=("cohort", "cancel"), opt=unsaved_forms.KEEPS)
def cancel_cohort(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        cohort = queries.cohort(w, reference)
        actions.cancel_cohort(w, cohort, form.version, answers_of((WHY,), form)["reason"])
        return "/cohorts?done=cancelled"

    return once_or_again(request, form, act, lambda error: _cancel_page(request, reference, form, error))


ROUTES = (list_cohorts, new_cohort, make_cohort, read_cohort, show_date, change_date, show_cancel, cancel_cohort)
