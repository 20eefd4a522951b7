"""The pages of a case's steps, made from the table of them, and what the course adds to a case's own page."""

from datetime import date
from typing import Any

from litestar.response import Redirect

from cara.errors import CaraError, NotNow, Stale
from cara.features.course.bookings.separation import kept_apart
from cara.features.course.case_steps import definitions
from cara.features.course.case_steps.definitions import STEPS, Step
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.cohorts.page_helpers import place_tag
from cara.features.course.outcomes import breach, closure
from cara.features.course.records import queries as record_queries
from cara.features.course.records.event_models import Closing, FollowUp
from cara.features.course.records.models import Place, Workshop
from cara.features.course.records.rules import PUT_OFF
from cara.features.referrals import queries
from cara.features.referrals.models import Referral
from cara.features.referrals.states import IN_COURSE, state_of, transition
from cara.features.victims.wall import hold_gate
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again
from cara.web.pages.page import Asked, Form, Page, faults_of, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Tag


def _offer(step: Step) -> Any:
    @get(f"/cases/{{reference:str}}/{step.path}", does=step.does, name=f"offer_course_{step.path}")
    def offer(request: Asked, reference: str) -> Page:
        return _step_page(request, step, reference)

    return offer


def _take(step: Step) -> Any:
    @post(
        f"/cases/{{reference:str}}/{step.path}",
        does=step.does,
        name=f"take_course_{step.path}",
        opt=unsaved_forms.KEEPS,
    )
    def take(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            referral, _offender = queries.case(w, reference)
            if step.action:
                transition(step.action, referral)
            step.acts(w, referral, form.version, answers_of(step.asks(w, referral), form))
            return f"/cases/{reference}?done=moved"

        return once_or_again(request, form, act, lambda error: _step_page(request, step, reference, form, error))

    return take


def _step_page(request: Asked, step: Step, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    """The page of a step. `typed` is what was sent already, `error` why it was not taken."""
    with work(request) as w:
        referral, offender = queries.read_case(w, reference)
        moved = _moved_on(w, step, referral)
        questions = () if moved else step.asks(w, referral)
        told = step.tells(w, referral)
    kept = unsaved_forms.take(request) if typed is None else None
    if kept is not None and unsaved_forms.version(kept) != referral.version:
        error = Stale()
    error = moved or error
    shown = page(
        request, "course/step.html", status=error.status if error else 200, step=step, referral=referral, offender=offender,
        questions=questions, told=told, typed=form_binding.read(questions, kept or typed or {}).typed,
        faults=faults_of(error) if error else (), closed=bool(moved), overtaken_by_another=isinstance(error, Stale),
        key=unsaved_forms.key(kept), flashes=(unsaved_forms.notice(),) if kept and not moved else (),
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


def _moved_on(w: Work, step: Step, referral: Referral) -> NotNow | None:
    """Why the step cannot be taken from where the case stands, if it cannot."""
    try:
        if step.action:
            transition(step.action, referral)
        if step.path == "call" and record_queries.telephone(w, referral) is None:
            raise NotNow(str(_("This person does not go by telephone.")))
        if step.path == "off-the-list" and not _waits(record_queries.active_place(w, referral)):
            raise NotNow(str(_("This person is on no waiting list.")))
        if step.path == "confirm" and not _unconfirmed(record_queries.active_place(w, referral)):
            raise NotNow(str(_("There is no booked place that still has to be confirmed.")))
    except NotNow as error:
        return error
    return None


AFTERWARDS = ("completed", "closed", "breached")
_MAIN = {
    "accepted": "place", "offered": "place", "by_telephone": "call", "booked": "", "attended_a": "", "both_done": "complete",
    "breach_review": "decide",
}  # fmt: skip
"""State → the step that leads on from it."""
_SELDOM = ("close", "keep-apart", "apart-no-longer", "vary", "report")


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """What the course adds to a case's page: where it stands, what remains, and the steps that somebody may take now."""
    state = state_of(referral)
    if state not in (*IN_COURSE, *AFTERWARDS):
        return None
    running = state in IN_COURSE
    place = record_queries.active_place(w, referral)
    rooms = record_queries.workshops(w, place.cohort_id) if place else {}
    cohort = record_queries.cohort_by_id(w, place.cohort_id) if place else None
    open_ = [one for one in STEPS if w.actor.may(*one.does) and _possible(w, one, referral, place)]
    main = _MAIN.get(state, "")
    if state == "accepted" and referral.format_confirmed == "cti":
        main = "telephone"
    if state == "attended_a" and not (place and place.booked_at):
        main = "call" if referral.telephone_at else "place"
    return {
        "template": "course/part.html",
        "referral": referral,
        "held": running and hold_gate.held(w, referral),
        "put_off": PUT_OFF if w.actor.capacity == "provider" else "",
        "care": running and w.actor.capacity == "provider" and hold_gate.advice_before_b(w, referral),
        "tasks": _tasks(referral, rooms, place if running else None, running),
        "place": place,
        "cohort": cohort if w.actor.capacity == "provider" else None,
        "rooms": rooms,
        "days": definitions.safe_days(w, referral) if state in ("accepted", "offered") else (),
        "chances": record_queries.chances(w, referral)
        if running and not (referral.a_on or referral.telephone_at)
        else None,
        "main": [one for one in open_ if one.path == main],
        "others": [one for one in open_ if one.path != main and one.path not in _SELDOM],
        "seldom": [one for one in open_ if one.path != main and one.path in _SELDOM],
        "ask": state == "completed" and w.actor.may("feedback", "invite"),
        "record": w.actor.may("breach", "read") and breach.latest(w, referral) is not None,
        "decisions": [(one, breach.DECISIONS[one.decision]) for one in cohort_queries.decisions(w, referral)],
        "notes": cohort_queries.notes(w, referral) if _reads_notes(w) else (),
        "closing": w.session.get(Closing, referral.id) if not running else None,
        "kinds": closure.KINDS,
        "follow_up": w.session.get(FollowUp, referral.id) if w.actor.capacity == "force" else None,
        "follow_ups": closure.FOLLOW_UPS,
    }


def _reads_notes(w: Work) -> bool:
    """Notes of how somebody took part are the provider's own."""
    return w.actor.capacity == "provider" and w.actor.may("register", "read")


def _waits(place: Place | None) -> bool:
    """Whether somebody is on a waiting list."""
    return place is not None and not record_queries.seated(place)


def _unconfirmed(place: Place | None) -> bool:
    """Whether a place is booked and nobody has said yet that they will come."""
    return place is not None and place.booked_at is not None and place.confirmed_at is None


def _possible(w: Work, step: Step, referral: Referral, place: Place | None) -> bool:
    """Whether a step makes sense now. The verb itself says the last word."""
    placed = bool(referral.offered_at or referral.booked_at)
    telephone = referral.telephone_at is not None
    fits = {
        "place": not referral.booked_at and not telephone and referral.format_confirmed != "cti",
        "confirm": _unconfirmed(place),
        "refuse": placed, "release": placed, "off-the-list": _waits(place),
        "telephone": not telephone, "call": telephone and referral.b_on is None and state_of(referral) in IN_COURSE,
        "group-again": telephone,
        "note": state_of(referral) in IN_COURSE, "keep-apart": state_of(referral) in IN_COURSE,
    }  # fmt: skip
    if step.path == "follow-up":
        row = w.session.get(FollowUp, referral.id)
        return bool(row and not row.answered_at and row.due_on <= w.today)
    if step.path == "apart-no-longer":
        return kept_apart(w, referral)
    if not fits.get(step.path, True):
        return False
    try:
        if step.action:
            transition(step.action, referral)
    except NotNow:
        return False
    return True


def _tasks(referral: Referral, rooms: dict[str, Workshop], place: Place | None, running: bool) -> list[tuple[Any, ...]]:
    """What remains of a course, in order: title, no address, how far it is, and when. Of one that ended, what was not done."""

    def task(title: str, done: date | None, part: str) -> tuple[Any, ...]:
        if done or not running or not place or (part == "A" and place.only_b):
            return (title, "", Tag(str(_("Done")), "green") if done else waits, done)
        return (title, "", place_tag(place), rooms[part].day)

    by_telephone = _("By telephone") if referral.telephone_at else _("To be booked")
    waits = by_telephone if running else _("Not done")
    completed = Tag(str(_("Done")), "green") if referral.completed_at else None
    later = _("To do") if referral.b_on else _("Cannot be recorded yet")
    return [
        task(_("Workshop A"), referral.a_on, "A"),
        task(_("Workshop B"), referral.b_on, "B"),
        (_("Completion"), "", completed or (later if running else waits), None),
    ]


ROUTES = (*(_offer(step) for step in STEPS), *(_take(step) for step in STEPS))
