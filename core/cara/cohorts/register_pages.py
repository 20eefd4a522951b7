"""The register of a workshop: one page for a phone with poor signal, sent as often as it takes; and the same on paper."""

from typing import Any

from litestar.response import Redirect

from cara import kept_typing
from cara.cohorts import reading, register, views
from cara.cohorts.asking import once_or_again
from cara.cohorts.cohort_pages import part_of
from cara.cohorts.models import Cohort, Venue
from cara.cohorts.register import Line
from cara.errors import BadInput, CaraError, Fault
from cara.i18n import gettext
from cara.ledger.record import Act
from cara.referrals.models import Referral
from cara.routes import get, post
from cara.shell import Asked, Form, Page, faults_of, page
from cara.victims import holds
from cara.web.dates import absolute
from cara.work import Work, new_token, work


def _lines(w: Work, cohort: Cohort, part: str) -> tuple[Any, dict[int, Any], list[tuple[Referral, str, str, str]]]:
    """A workshop, its register as written, and who belongs on it: case, surname, forenames, phone."""
    room = reading.workshops(w, cohort.id)[part]
    written = register.written_lines(w, room)
    rows = [
        (referral, surname, forenames, phone)
        for place, referral, surname, forenames, phone in views.sitting(w, cohort)
        if place.booked_at and not (part == "A" and place.only_b)
    ]
    there = {row[0].id for row in rows}
    rows += [(r, s, f, p) for r, s, f, p in views.once_there(w, [n for n in written if n not in there])]
    return room, written, sorted(rows, key=lambda row: (row[1].casefold(), row[2].casefold(), row[0].id or 0))


def _register_page(
    request: Asked, reference: str, part: str, form: Form | None = None, error: CaraError | None = None
) -> Page:
    with work(request) as w:
        cohort = reading.cohort(w, reference)
        room, written, rows = _lines(w, cohort, part_of(part))
        held = holds.held_among(w, [row[0] for row in rows])
        care = holds.advice_among(w, [row[0] for row in rows]) if part == "b" else ()
        venue = w.session.get_one(Venue, room.venue_id)
        open_ = room.day <= w.today and not cohort.cancelled_at
        may = views.may(w, "register", "record")
        w.record("register.read", Act.CONSULTATION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id, shown=[row[0].id or 0 for row in rows])  # fmt: skip
    kept = kept_typing.take(request) if error is None else None
    sent = form or kept or {}
    values = {
        row[0].id: next(iter(sent.get(f"line-{row[0].id}", ())), views.attended(written.get(row[0].id or 0)))
        for row in rows
    }
    shown = page(
        request, "cohorts/register.html", status=error.status if error else 200, cohort=cohort, room=room, part=part_of(part), rows=rows,
        written=written, held=held, care=care, venue=venue, open=open_ and may, values=values, options=views.options, key=new_token(),
        day_text=absolute(room.day), faults=faults_of(error) if error else (), why=next(iter(sent.get("why", ())), ""),
        flashes=(kept_typing.notice(),) if kept else (),
    )  # fmt: skip
    return kept_typing.taken(request, shown) if kept else shown


@get("/cohorts/{reference:str}/{part:str}/register", does=("register", "read"))
def show_register(request: Asked, reference: str, part: str) -> Page:
    return _register_page(request, reference, part)


@post("/cohorts/{reference:str}/{part:str}/register", does=("register", "record"), opt=kept_typing.KEEPS)
def write_register(request: Asked, form: Form, reference: str, part: str) -> Page | Redirect:
    def act(w: Work) -> str:
        cohort = reading.cohort(w, reference)
        room, _written, rows = _lines(w, cohort, part_of(part))
        form.only("why", *(f"line-{row[0].id}" for row in rows))
        said = {row[0].id or 0: form.first(f"line-{row[0].id}").partition(".") for row in rows}
        lines = {number: Line(outcome, reason) for number, (outcome, _dot, reason) in said.items() if outcome}
        if not lines:
            raise BadInput(faults=[Fault("line", "missing", gettext("Say of at least one person what happened"))])
        new = register.record(w, cohort, room, lines, form.first("why")[:300])
        w.record("register.written", Act.COLLECTION, subject=("cohort", cohort.id or 0), force=cohort.force_id,
                 provider=cohort.provider_id, codes={"part": part_of(part), "new": new})  # fmt: skip
        return f"/cohorts/{reference}/{part}/register?done=register"

    return once_or_again(request, form, act, lambda error: _register_page(request, reference, part, form, error))


ROUTES = (show_register, write_register)
