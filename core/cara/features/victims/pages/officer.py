"""What an officer of the force does from a case: hands over who was harmed, and in an emergency opens the record for an hour."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from litestar.response import Redirect

from cara.api import Question
from cara.errors import BadInput, CaraError, Conflict, Fault, NotFound
from cara.features.referrals import queries
from cara.features.referrals.models import Referral
from cara.features.victims import emergency_access, second_officers
from cara.features.victims.contact.record_detail import whole
from cara.features.victims.pages import latest_risk
from cara.features.victims.pages.record_forms import safe_contact
from cara.features.victims.wall import actions, questions
from cara.features.victims.wall import queries as wall_queries
from cara.features.victims.wall.review_rules import RISKS
from cara.features.victims.wall.vocabulary import COMPANY, METHODS, NEWS, POINTS, REFUSED
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, form_page, once_or_again
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post

RECORD = (
    questions.KNOWN, Question("name", questions.NAME.label, "text", required=False, max_length=200), questions.ADDRESS, *questions.SAFE,
)  # fmt: skip


@get("/cases/{reference:str}/victim", does=("victim", "record"))
def ask_victim(request: Asked, reference: str) -> Page:
    return _form_page(request, reference, RECORD, "victim")


@post("/cases/{reference:str}/victim", does=("victim", "record"), opt=unsaved_forms.KEEPS)
def hand_over(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Hand over who was harmed. What is recorded is not shown again to whoever recorded it."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        values = answers_of(RECORD, form)
        known = values.get("known", "").upper()
        if known:
            _link(w, referral, known)
        elif not values.get("name"):
            raise BadInput(
                faults=[
                    Fault("name", "missing", _("Enter their name, or the reference that the contact team gave you"))
                ]
            )
        else:
            actions.record_victim(
                w, request.app.state["keys"], referral, name=values["name"], contact=str(safe_contact(values)),
                address=values.get("address", ""),
            )  # fmt: skip
        return f"/cases/{reference}?done=handed_over"

    return _once(request, form, act, reference, RECORD, "victim")


def _link(w: Work, referral: Referral, known: str) -> None:
    """Whether there is such a reference is all that the answer says; it leads to no name."""
    try:
        person = wall_queries.find(w, known)
        actions.link(w, person.id, referral)
    except (NotFound, Conflict):
        raise BadInput(faults=[Fault("known", "unknown", _("The contact team has no such reference"))]) from None


@get("/cases/{reference:str}/emergency", does=("victim", "open_in_emergency"))
def ask_emergency(request: Asked, reference: str) -> Page:
    return _emergency_page(request, reference)


@post("/cases/{reference:str}/emergency", does=("victim", "open_in_emergency"))
def open_record(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """Open the record for an hour. Everybody who watches over it in the force is told."""

    def act(w: Work) -> str:
        referral, _offender = queries.case(w, reference)
        # The condition may have ended since the page was opened: a name too many never keeps a record shut.
        answers = answers_of(_emergency_questions(w), form, questions.SECOND.name)
        opened = emergency_access.open_case(
            w, request.app.state["keys"], referral, answers["reason"], answers.get("second", "")
        )
        return f"/victims/{opened}/emergency"

    return once_or_again(request, form, act, lambda error: _emergency_page(request, reference, form, error))


def _emergency_questions(w: Work) -> tuple[Question, ...]:
    """What is asked before a record opens: of an officer under a condition, the second officer too, where there is anybody to name."""
    if not second_officers.under_condition(w):
        return questions.EMERGENCY
    can = second_officers.candidates(w)
    return (
        (*questions.EMERGENCY, replace(questions.SECOND, options=questions.options(can)))
        if can
        else questions.EMERGENCY
    )


def _emergency_page(request: Asked, reference: str, typed: Any = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        asked = _emergency_questions(w)
        w.record("victim.emergency_asked", Act.CONSULTATION)
    return _form_page(request, reference, asked, "emergency", typed, error)


@get("/victims/{reference:str}/emergency", does=("victim", "open_in_emergency"))
def read_in_emergency(request: Asked, reference: str) -> Page:
    """The record, as long as the hour lasts: who they are, how to reach them, and what endangers them."""
    with work(request) as w:
        person = wall_queries.find(w, reference)
        opened = emergency_access.must_be_open(w, person)
        record = whole(w, request.app.state["keys"], person, unfold=True)
        reviewed = latest_risk.reviews(w, person)
        risk = latest_risk.latest(w, request.app.state["keys"], person, reviewed)
        w.record(
            "victim.read_in_emergency", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id
        )
    return page(
        request, "victims/opened.html", record=record, reference=reference, case=person.link.case_reference, opened=opened,
        force=FORCES[person.link.force_id], methods=METHODS, news=NEWS, points=POINTS, risk=risk, reviewed=reviewed, risks_of=RISKS,
        may=(), refused_words=REFUSED, company_words=COMPANY,
    )  # fmt: skip


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """What this room adds to a case's page: two ways in for officers. Of who it is nothing is said but that somebody is on record."""
    may = {one for one in ("record", "open_in_emergency") if w.actor.may("victim", one)}
    if w.actor.capacity != "force" or not may:
        return None
    return {
        "template": "victims/part.html",
        "referral": referral,
        "may": may,
        "recorded": wall_queries.recorded(w, referral),
    }


TITLES = {"victim": lazy("Hand over who was harmed"), "emergency": lazy("Open the victim’s record in an emergency")}
TOLD = {
    "victim": lazy(
        "Only those who speak with victims can read this. You cannot read it back, and nobody on the course’s side ever sees it."
    ),
    "emergency": lazy("If somebody is in danger now, ring 999 first."),
}
BUTTONS = {"victim": lazy("Hand over"), "emergency": lazy("Open for one hour")}


def _once(
    request: Asked, form: Form, act: Callable[[Work], str], reference: str, asked: tuple[Question, ...], path: str
) -> Page | Redirect:
    return once_or_again(request, form, act, lambda error: _form_page(request, reference, asked, path, form, error))


def _form_page(
    request: Asked,
    reference: str,
    asked: tuple[Question, ...],
    path: str,
    typed: Any = None,
    error: CaraError | None = None,
) -> Page:
    with work(request) as w:
        referral, _offender = queries.case(w, reference)
        w.record(
            "victim.form_opened", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id
        )
    return form_page(
        request, "victims/form.html", asked, typed=typed, error=error, heading=TITLES[path], action=f"/cases/{reference}/{path}",
        back=f"/cases/{reference}", told=(), newest=None, warns=TOLD[path], button_text=BUTTONS[path], beside=None, closed=False,
        holding=(), record=None,
    )  # fmt: skip


ROUTES = (ask_victim, hand_over, ask_emergency, open_record, read_in_emergency)
