"""The register of a workshop: one page for a phone with poor signal, sent as often as it takes; and the same on paper."""

import re
from collections.abc import Collection

from litestar.response import Redirect

from cara.dates import absolute
from cara.errors import BadInput, CaraError, Fault
from cara.features.course.attendance import actions
from cara.features.course.attendance import queries as attendance_queries
from cara.features.course.attendance.actions import Line
from cara.features.course.cohorts import queries as cohort_queries
from cara.features.course.cohorts.pages import part_of
from cara.features.course.records import queries
from cara.features.course.records.rules import PUT_OFF
from cara.features.victims.wall import hold_gate
from cara.i18n import gettext
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import once_or_again
from cara.web.pages.page import Asked, Form, Page, faults_of, page
from cara.web.routing import get, post

_LINE = re.compile(r"line-[0-9]{1,9}")


def _register_page(
    request: Asked, reference: str, part: str, form: Form | None = None, error: CaraError | None = None
) -> Page:
    with work(request) as w:
        room = attendance_queries.workshop(w, reference, part_of(part))
        people, written = attendance_queries.people(w, room), attendance_queries.written(w, room.id)
        over = room.day < w.today
        cautions = hold_gate.cautions_among(w, people, attendance_queries.began(room) if over else None)
        open_ = room.day <= w.today and bool(written or not room.cancelled_at) and w.actor.may("register", "record")
        w.record("register.read", Act.CONSULTATION, subject=("cohort", room.cohort_id), force=room.force_id,
                 provider=room.provider_id, shown=[one.id for one in people])  # fmt: skip
    kept = unsaved_forms.take(request) if error is None else None
    sent = form or kept or {}
    values = {
        one.id: next(iter(sent.get(f"line-{one.id}", ())), cohort_queries.attended(written.get(one.id)))
        for one in people
    }
    shown = page(
        request, "course/register.html", status=error.status if error else 200, room=room, people=people, written=written,
        put_off=PUT_OFF, held=cautions.held, care=cautions.advice_before_b if room.part == "B" and not over else (), over=over,
        open=open_, values=values, options=cohort_queries.options,
        key=unsaved_forms.key(kept), day_text=absolute(room.day), faults=faults_of(error) if error else (),
        why=next(iter(sent.get("why", ())), ""), flashes=(unsaved_forms.notice(),) if kept else (),
    )  # fmt: skip
    return unsaved_forms.taken(request, shown) if kept else shown


@get("/cohorts/{reference:str}/{part:str}/register", does=("register", "read"))
def show_register(request: Asked, reference: str, part: str) -> Page:
    return _register_page(request, reference, part)


def _lines(form: Form, people: Collection[int]) -> dict[int, Line]:
    """What the form says of whom. Somebody may have been taken off since the page was opened: that costs nobody else's line."""
    sent = {name: form.first(name) for name in form if _LINE.fullmatch(name)}
    form.only("why", *sent)
    said = {int(name.removeprefix("line-")): text.partition(".") for name, text in sent.items() if text}
    if said.keys() - people:
        told = gettext(
            "Somebody whose line you filled in has no place here any more. The other lines are kept: save them now"
        )
        raise BadInput(
            faults=[Fault("", "gone", told)]
        )  # their lines are on the page no more: nothing there to lead to
    return {number: Line(outcome, reason) for number, (outcome, _dot, reason) in said.items()}


@post("/cohorts/{reference:str}/{part:str}/register", does=("register", "record"), opt=unsaved_forms.KEEPS)
def write_register(request: Asked, form: Form, reference: str, part: str) -> Page | Redirect:
    def act(w: Work) -> str:
        cohort = queries.cohort(w, reference)
        room = queries.workshops(w, cohort.id)[part_of(part)]
        people = [one.id for one in attendance_queries.people(w, room)]
        lines = _lines(form, people)
        if not lines:
            first = f"line-{people[0]}" if people else ""
            raise BadInput(faults=[Fault(first, "missing", gettext("Say of at least one person what happened"))])
        new = actions.record(w, cohort, room, lines, form.first("why")[:300])
        w.record("register.written", Act.COLLECTION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id, codes={"part": part_of(part), "new": new})  # fmt: skip
        return f"/cohorts/{reference}/{part}/register?done=register"

    return once_or_again(request, form, act, lambda error: _register_page(request, reference, part, form, error))


ROUTES = (show_register, write_register)
