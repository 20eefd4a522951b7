"""Pages of victims' records: who needs contact, one record, and the forms of it."""

from typing import Any

from litestar import Response
from litestar.response import Redirect

from cara.errors import BadInput, CaraError, Forbidden
from cara.features.victims import emergency_access
from cara.features.victims.contact import contact_refusals, refusal_worklists
from cara.features.victims.contact.actions import see
from cara.features.victims.contact.record_detail import Whole, whole
from cara.features.victims.contact.worklist import Line, lines, shown
from cara.features.victims.data_rights.subject_access import copy
from cara.features.victims.disclosure_reviews import hold_pages
from cara.features.victims.pages import leaflets, officer, policy, quick_exit, second_officer
from cara.features.victims.pages.record_forms import SHEETS, Ask, Sheet
from cara.features.victims.survey import actions, pages
from cara.features.victims.wall import queries, record_keeper
from cara.features.victims.wall import review_triggers as rule
from cara.features.victims.wall.vocabulary import ANSWERED, COMPANY, METHODS, NEWS, POINTS
from cara.features.victims.wall.vocabulary import REFUSED as REFUSED_BY
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, form_page, once_or_again
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui.fragments import Deadline, Row, Tag

COLUMNS = (lazy("Record"), lazy("Name"), lazy("Force"), lazy("Contact"), lazy("By"), lazy("Stands at"))
LATER, REST, REFUSED = lazy("Due later"), lazy("Nothing is due"), lazy("Do not want to be contacted")


def _row(line: Line) -> Row:
    facts, due = line.facts, line.due
    what = str(POINTS[due.point]) if due else ""
    if line.reassess:
        what = _("New risk assessment") if not due else f"{what}; {_('new risk assessment')}"
    return Row(
        f"/victims/{line.reference}",
        (
            line.reference,
            line.name,
            FORCES[line.force].short_name,
            what,
            Deadline(due.by, near=3) if due else None,
            _tag(facts),
        ),
    )


def _tag(facts: Any) -> Any:
    """The one thing that matters most about a record."""
    if facts.closed:
        return Tag(_("Do not contact"), "red")
    if facts.changing:
        return Tag(_("Details in doubt"), "red")
    if facts.review:
        return Tag(_("Review open"), "red")
    if facts.held:
        return Tag(_("On hold"), "orange")
    return Tag(_("Ended"), "grey") if facts.course.over else ""


SAYS = {**NEWS, ANSWERED: lazy("They said what they thought of the contact")}
"""What stands first until somebody has seen it."""


@get("/victims", does=("victim", "list"))
def list_victims(request: Asked) -> Page:
    """Who needs contact, by when: unseen alerts first."""
    with work(request) as w:
        found = lines(w, request.app.state["keys"])
        flash = emergency_access.told(w)
        due_lists = [one for one in refusal_worklists.listed(w) if one.rows]
        w.record("victim.listed", Act.CONSULTATION, shown=shown(found))
    alerts = [
        (line, [(SAYS[one.what], one.day, one.at) for one in line.facts.unseen]) for line in found if line.facts.unseen
    ]
    opened = [line for line in found if line.facts.opened]
    waiting = [line for line in found if line.waits(w.today)]
    later = [line for line in found if line.due and line not in waiting]
    refused = [line for line in found if line.facts.closed and line not in waiting]
    rest = [line for line in found if not any(line in some for some in (waiting, later, refused))]
    return page(
        request, "victims/list.html", rows=[_row(line) for line in waiting], columns=COLUMNS, alerts=alerts,
        folded=[
            (title, [_row(line) for line in some]) for title, some in ((LATER, later), (REST, rest), (REFUSED, refused)) if some
        ],
        due_lists=due_lists,
        opened=opened if flash else (), flashes=(flash,) if flash else (),
    )  # fmt: skip


@get("/victims/{reference:str}", does=("victim", "read"))
def read_victim(request: Asked, reference: str) -> Page:
    """One record, opened. The reading is logged."""
    with work(request) as w:
        person = queries.find(w, reference)
        record = whole(w, request.app.state["keys"], person)
        shown_record(w, person)
        may = {
            action
            for action in ("contact", "change", "check", "survey", "export", "erase", "review_emergency", "police_risk")
            if w.actor.may("victim", action)
        }  # fmt: skip
        if w.actor.may("review", "read"):
            may.add("read_review")
        mine = record.changing is not None and record.changing.proposed_by == w.actor.id
    return page(request, "victims/record.html", **on_page(record), may=may, mine=mine, key=new_token())


def shown_record(w: Work, person: queries.Person) -> None:
    """The entry of a consultation."""
    w.record("victim.read", Act.CONSULTATION, subject=("victim", person.id), force=person.victim.force_id)


def on_page(record: Whole) -> dict[str, Any]:
    """What a record's page is drawn from."""
    return {
        "record": record, "reference": record.person.link.reference, "case": record.person.link.case_reference,
        "force": FORCES[record.person.link.force_id], "methods": METHODS, "news": SAYS, "points": POINTS,
        "refused_words": REFUSED_BY, "company_words": COMPANY,
        "newest": max((one.id for one in record.facts.news), default=0),
    }  # fmt: skip


@post("/victims/{reference:str}/show", does=("victim", "contact"))
def show_number(request: Asked, form: Form, reference: str) -> Redirect:
    """Show the number and address of a victim who refused contact, in one step. The reason is owed from then on."""
    form.only()

    def act(w: Work) -> str:
        contact_refusals.show_details(w, queries.find(w, reference))
        return f"/victims/{reference}#reach"

    return once(request, form, act)


@post("/victims/{reference:str}/seen", does=("victim", "contact"))
def mark_seen(request: Asked, form: Form, reference: str) -> Redirect:
    """Say that the news was seen."""
    newest = _newest(form.only("newest", "answered"))

    def act(w: Work) -> str:
        person = queries.find(w, reference)
        see(w, person, newest)
        if form.first("answered"):
            actions.seen(w, person)
        return f"/victims/{reference}?done=saved"

    return once(request, form, act)


def _newest(form: Form) -> int:
    """The last of what the page showed. Raises `BadInput` if the form names none."""
    newest = form.first("newest")
    if not newest.isdecimal() or len(newest) > 15:
        raise BadInput(_("The form does not say what was seen. Open the page again and send it from there."))
    return int(newest)


@get("/victims/{reference:str}/copy", does=("victim", "export"))
def give_copy(request: Asked, reference: str) -> Response[bytes]:
    """All that is kept of somebody, for them. The file's name says nothing of them."""
    with work(request) as w:
        made = copy(w, request.app.state["keys"], request.app.state.templates, queries.find(w, reference))
    headers = {"Content-Disposition": 'attachment; filename="copy.zip"'}
    return Response(made, media_type="application/zip", headers=headers)


def _open(sheet: Sheet) -> Any:
    @get(f"/victims/{{reference:str}}/{sheet.path}", does=("victim", sheet.action), name=f"victim_open_{sheet.path}")
    def opened(request: Asked, reference: str) -> Page:
        return _sheet_page(request, sheet, reference)

    return opened


def _take(sheet: Sheet) -> Any:
    @post(
        f"/victims/{{reference:str}}/{sheet.path}", does=("victim", sheet.action), name=f"victim_take_{sheet.path}",
        opt=unsaved_forms.KEEPS,
    )  # fmt: skip
    def take(request: Asked, form: Form, reference: str) -> Page | Redirect:
        def act(w: Work) -> str:
            person = queries.find(w, reference)
            answers = answers_of(sheet.accepts, form, *(["newest"] if sheet.newest else []))
            ask = Ask(
                w, request.app.state["keys"], person, form.version if sheet.versioned else 0, _newest(form) if sheet.newest else 0
            )  # fmt: skip
            return sheet.acts(ask, answers) or f"/victims/{reference}?done=saved"

        def again(error: CaraError) -> Page:
            return _sheet_page(request, sheet, reference, form, error)

        try:
            return once_or_again(request, form, act, again)
        except Forbidden as error:
            if sheet.path != "check":
                raise
            return again(error)  # whoever proposed a change may not look at it a second time

    return take


def _sheet_page(
    request: Asked, sheet: Sheet, reference: str, typed: Any = None, error: CaraError | None = None
) -> Page:
    """The page of a form. `typed` is what was sent already, `error` why it was not taken."""
    keys = request.app.state["keys"]
    with work(request) as w:
        person = queries.find(w, reference)
        record, ask = whole(w, keys, person), Ask(w, keys, person)
        number = record_keeper.duty_supervisor(w, person.link.force_id)
        told, newest = sheet.tells(ask), sheet.newest(ask) if sheet.newest else None
        mine = sheet.path == "check" and record.changing is not None and record.changing.proposed_by == w.actor.id
        hidden = sheet.details and record.folded
        shown_record(w, person)
    if hidden:
        told = [
            (_("Details"), _("Folded away. Show the number and the address on the record first, then change them."))
        ]
    return form_page(
        request, "victims/form.html", sheet.shows(typed, faults_of(error) if error else ()), typed=typed, error=error,
        version=person.victim.version if sheet.versioned else None,
        starts=sheet.starts(record), heading=sheet.title, action=f"/victims/{reference}/{sheet.path}", back=f"/victims/{reference}",
        told=told, newest=newest, warns=sheet.warns, button_text=sheet.button, beside=record if sheet.beside else None,
        closed=mine or hidden or isinstance(error, Forbidden), holding=rule.told(sheet.weighs) if sheet.weighs else (),
        unprotected=rule.unprotected(number), record=record, may=(), refused_words=REFUSED_BY, company_words=COMPANY,
    )  # fmt: skip


ROUTES = (
    list_victims, read_victim, show_number, mark_seen, give_copy, *(_open(one) for one in SHEETS), *(_take(one) for one in SHEETS),
    *officer.ROUTES, *second_officer.ROUTES, *hold_pages.ROUTES,
    *pages.ROUTES, *quick_exit.ROUTES, *leaflets.ROUTES, *policy.ROUTES,
)  # fmt: skip
