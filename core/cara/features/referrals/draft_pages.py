"""Pages of a draft: start, task list, one page of questions after another, check your answers, refer."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, Conflict, Fault, ForceSuspended, KeyReused, NotFound, NotLicensed, NotNow, Stale
from cara.features.eligibility.answer import Answer
from cara.features.referrals import actions, draft_actions, queries
from cara.features.referrals.answer_validation import contradictions
from cara.features.referrals.deadlines import deadlines
from cara.features.referrals.eligibility_check import decide
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.mapping import answers_again
from cara.features.referrals.models import Draft
from cara.features.referrals.providers import chosen, cleared
from cara.features.referrals.questions import Step, find, steps
from cara.features.referrals.warnings import advice, named
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform import telemetry
from cara.platform.ledger.writer import Act
from cara.platform.plugins import Forces
from cara.platform.reference_data import offence_codes
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages import unsaved_forms
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Row, Tag

SOURCES = {"officer": lazy("Officer"), "import": lazy("Import"), "amendment": lazy("Earlier referral")}
SEARCH = ("find", "offence_code_found")
"""Buttons of the offence page: look for what the words fit; take one of the offences found."""
MOST_WORDS = 100
"""Characters of a search for an offence: its title is no longer, and a database does not take what somebody pastes."""
COLUMNS = (lazy("Draft"), lazy("Person"), lazy("Steps done"), lazy("From"), lazy("Saved"))


def local_questions(request: Asked, force: str) -> tuple[tuple[Question, ...], str]:
    """The force's own questions, and why they cannot be had (empty if they can): a suspended force keeps its drafts."""
    forces: Forces = request.app.state.forces
    try:
        return forces.extra_questions(force), ""
    except ForceSuspended as error:
        return (), error.message


@get("/drafts", does=("draft", "list"))
def list_drafts(request: Asked, before: int | None = None) -> Page:
    with work(request) as w:
        rows, following = queries.page_of_drafts(w, before)
        force = w.actor.force or ""
    total = len(steps(local_questions(request, force)[0]))
    listed = [
        Row(
            f"/drafts/{row.reference}",
            (
                row.reference,
                _person(row.answers),
                _("{done} of {total}").format(done=len(row.done), total=total),
                str(SOURCES[row.source]),
                row.saved_at,
            ),
        )
        for row in rows
    ]
    return page(
        request,
        "referrals/drafts.html",
        rows=listed,
        columns=COLUMNS,
        following=following,
        first=before is not None,
        key=new_token(),
    )


def _person(answers: Any) -> str:
    surname, forenames = answers.get("surname"), answers.get("forenames")
    return f"{surname.upper()}, {forenames or ''}".rstrip(", ") if surname else _("No name yet")


@post("/drafts", does=("draft", "write"))
def start_draft(request: Asked, form: Form) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        draft = draft_actions.start(w, w.actor.force or "")
        return f"/drafts/{draft.reference}"

    return once(request, form, act)


@post("/cases/{reference:str}/amend", does=("referral", "amend"))
def amend(request: Asked, form: Form, reference: str) -> Redirect:
    """Start again from the answers of a referral that was returned or not authorised."""
    form.only()

    def act(w: Work) -> str:
        referral, offender = queries.case(w, reference)
        kept = queries.decision(w, referral)
        answers = answers_again(referral, offender, kept) if kept else {}
        whole = [
            step.slug
            for step in steps(local_questions(request, referral.force_id)[0])
            if all(
                question.name in answers for question in step.questions if question.required and question.when is None
            )
        ]
        actions.start_again(w, referral, form.version)
        draft = draft_actions.start(w, referral.force_id, answers=answers, done=whole, source="amendment")
        return f"/drafts/{draft.reference}"

    return once(request, form, act)


@get("/drafts/{reference:str}", does=("draft", "read"))
def show_draft(request: Asked, reference: str) -> Page:
    """The task list of a draft."""
    with work(request) as w:
        draft = _read(w, reference)
    local, suspended = local_questions(request, draft.force_id)
    todo = _("To do")
    tasks = [
        (
            str(step.title),
            f"/drafts/{reference}/{step.slug}",
            Tag(_("Done"), "green")
            if step.slug in draft.done
            else Tag(_("Has mistakes"), "red")
            if step.slug in draft.typed
            else Tag(todo, "grey"),
        )
        for step in steps(local)
    ]
    return page(
        request, "referrals/draft.html", draft=draft, tasks=tasks, person=_person(draft.answers), suspended=suspended,
        ready=len(draft.done) >= len(tasks), key=new_token(),
    )  # fmt: skip


def _read(w: Work, reference: str) -> Draft:
    draft = draft_actions.open_draft(w, reference)
    w.record("draft.read", Act.CONSULTATION, subject=("draft", draft.id or 0))
    return draft


def _step(request: Asked, draft: Draft, slug: str) -> Step:
    step = find(slug, local_questions(request, draft.force_id)[0])
    if step is None:
        raise NotFound
    return step


def _question_page(
    request: Asked,
    draft: Draft,
    step: Step,
    typed: Any,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    found: Any = (),
    again: Mapping[str, Sequence[str]] | None = None,
    closed: bool = False,
) -> Page:
    """`again`: what was kept while the person signed in, and is shown. `closed`: it cannot be saved, only copied."""
    return page(
        request, "referrals/step.html", status=status, draft=draft, step=step, questions=step.questions, typed=typed,
        faults=tuple(faults), found=found, closed=closed, person=_person(draft.answers), key=unsaved_forms.key(again),
        overtaken_by_another=status == Stale.status, flashes=(unsaved_forms.notice(),) if again else (),
    )  # fmt: skip


@get("/drafts/{reference:str}/{slug:str}", does=("draft", "read"))
def show_step(request: Asked, reference: str, slug: str) -> Page:
    with work(request) as w:
        draft = _read(w, reference)
        step = _step(request, draft, slug)
        mistaken = _reading(w, draft, step, draft.typed[slug]) if slug in draft.typed else None
    kept = unsaved_forms.take(request)
    if kept is not None:
        typed = form_binding.read(step.questions, _picked(kept)).typed
        faults = () if unsaved_forms.version(kept) == draft.version else faults_of(Stale())
        return unsaved_forms.taken(request, _question_page(request, draft, step, typed, faults, again=kept))
    if mistaken:
        return _question_page(request, draft, step, draft.typed[slug], mistaken.faults)
    return _question_page(request, draft, step, form_binding.fill(step.questions, draft.answers))


@post("/drafts/{reference:str}/{slug:str}", does=("draft", "write"), opt=unsaved_forms.KEEPS)
def save_step(request: Asked, form: Form, reference: str, slug: str) -> Page | Redirect:
    """Save a page of questions. With faults it comes back with them; what was typed is kept either way."""
    shown: list[Page] = []

    def act(w: Work) -> str:
        draft = draft_actions.open_draft(w, reference)
        step = _step(request, draft, slug)
        form.only(*SEARCH, *(field for question in step.questions for field in form_binding.fields(question)))
        searching = slug == "offence" and "find" in form
        reading = _reading(w, draft, step, _picked(form), searching=searching)
        draft_actions.save_step(w, draft, form.version, step, reading, finished=not searching)
        if searching:
            found = _search(w, reading) or ("nothing",)
            shown.append(_question_page(request, draft, step, reading.typed, found=found))
            return f"/drafts/{reference}/{slug}"
        if reading.faults:
            shown.append(_question_page(request, draft, step, reading.typed, reading.faults, status=422))
            return f"/drafts/{reference}/{slug}"
        return _after(request, draft, slug)

    try:
        answered = once(request, form, act)
    except (Stale, NotNow) as error:
        return _not_saved(request, form, reference, slug, error)
    return shown[0] if shown else answered


def _not_saved(request: Asked, form: Form, reference: str, slug: str, error: Stale | NotNow) -> Page:
    """Somebody was quicker: the page as it would be now, with what was typed."""
    with work(request) as w:
        draft = draft_actions.find(w, reference)
        w.record("draft.read", Act.CONSULTATION, subject=("draft", draft.id or 0))
    step = _step(request, draft, slug)
    typed = form_binding.read(step.questions, _picked(form)).typed
    closed = isinstance(error, NotNow)
    return _question_page(request, draft, step, typed, faults_of(error), status=error.status, closed=closed)


def _picked(form: form_binding.Typed) -> form_binding.Typed:
    """The form, with the code of the search result whose button was pressed."""
    return {**form, "offence_code": form["offence_code_found"]} if "offence_code_found" in form else form


def _reading(
    w: Work, draft: Draft, step: Step, form: form_binding.Typed, *, searching: bool = False
) -> form_binding.Reading:
    """What a page of questions says, held against the other pages, and its offence code against the list."""
    names = {question.name for question in step.questions}
    others = {name: value for name, value in draft.answers.items() if name not in names}
    reading = form_binding.read(step.questions, form, others)
    if step.slug == "offence" and not searching:
        reading = _offence(w, reading)
    faults = (*reading.faults, *contradictions(step.questions, reading.values, others, w.today))
    return form_binding.Reading(reading.values, reading.typed, faults)


def _search(w: Work, reading: form_binding.Reading) -> Sequence[Any]:
    """Offences that fit the words typed as a code."""
    return offence_codes.find(w.session, " ".join(reading.typed.get("offence_code", ()))[:MOST_WORDS])


def _offence(w: Work, reading: form_binding.Reading) -> form_binding.Reading:
    """Look the offence code up."""
    given = reading.values.get("offence_code")
    if not given:
        return reading
    if offence_codes.category_of(w.session, given) is None:
        fault = Fault(
            "offence_code", "unknown", _("No offence has this code. Find it by words of its title, or leave it empty")
        )
        return form_binding.Reading(reading.values, reading.typed, (*reading.faults, fault))
    return form_binding.Reading({**reading.values, "offence_code": given.upper()}, reading.typed, reading.faults)


def _after(request: Asked, draft: Draft, slug: str) -> str:
    """The page after this one: the next that is not done, else the check."""
    slugs = [step.slug for step in steps(local_questions(request, draft.force_id)[0])]
    rest = [one for one in slugs[slugs.index(slug) + 1 :] if one not in draft.done]
    return f"/drafts/{draft.reference}/{rest[0]}" if rest else f"/drafts/{draft.reference}/check"


def _decide(request: Asked, w: Work, draft: Draft, local: Sequence[Question]) -> tuple[dict[str, Any], Answer]:
    facts = facts_of(draft.answers, w.today)
    own = {question.name: draft.answers.get(question.name) for question in local}
    return facts, decide(w, request.app.state.forces, draft.force_id, facts, own)


@get("/drafts/{reference:str}/check", does=("draft", "read"))
def check_draft(request: Asked, reference: str) -> Page:
    """Check your answers, with what the rules say of them and why."""
    return _check_page(request, reference)


def _check_page(request: Asked, reference: str, faults: Sequence[Fault] = (), status: int = 200) -> Page:
    with work(request) as w:
        draft = _read(w, reference)
        local = request.app.state.forces.extra_questions(draft.force_id)
        _facts, given = _decide(request, w, draft, local)
        open_to = cleared(w, request.app.state.forces, draft.force_id, w.today)
        profile = request.app.state.forces.profile(draft.force_id)
        listed = offence_codes.offence(w.session, draft.answers.get("offence_code") or "")
        mistaken = {
            step.slug: _reading(w, draft, step, draft.typed[step.slug])
            for step in steps(local)
            if step.slug in draft.typed
        }
    missing = [step for step in steps(local) if step.slug not in draft.done]
    caution, offended, assessed = (
        date.fromisoformat(draft.answers[name]) if draft.answers.get(name) else None
        for name in ("caution_date", "offence_date", "risk_assessed_on")
    )
    values = dict(draft.answers)
    if values.get("offence_code"):
        values["offence_code"] = named(values["offence_code"], listed)
    return page(
        request, "referrals/check.html", status=status, draft=draft, steps=steps(local), missing=missing, given=given.as_dict(),
        providers=open_to, faults=tuple(faults),
        needs_authorising=profile.authorisation.required or bool(draft.answers.get("victim_overridden")),
        values=values, mistaken=mistaken, advice=tuple(advice(listed, values.get("offence_category"), offended, assessed)),
        dates=deadlines(caution) if caution else None, key=new_token(), person=_person(draft.answers),
        choose=Question("provider", lazy("Which provider should get the case?"), "choice",
                        options=tuple(Option(key, name) for key, name in open_to.items())),
    )  # fmt: skip


@post("/drafts/{reference:str}/refer", does=("referral", "refer"))
def refer(request: Asked, form: Form, reference: str) -> Page | Redirect:
    """The officer decides: the case is referred, or goes to an authorising officer."""
    form.only("provider")
    done: list[tuple[str, bool]] = []

    def act(w: Work) -> str:
        forces: Forces = request.app.state.forces
        draft = draft_actions.open_draft(w, reference)
        if draft.version != form.version:
            raise Stale
        local = forces.extra_questions(draft.force_id)
        missing = [step for step in steps(local) if step.slug not in draft.done]
        if missing:
            raise BadInput(
                faults=[
                    Fault("", "incomplete", _("Complete “{step}” first").format(step=step.title)) for step in missing
                ]
            )
        facts, given = _decide(request, w, draft, local)
        provider = chosen(w, forces, draft.force_id, w.today, form.first("provider"))
        second = forces.profile(draft.force_id).authorisation.required or bool(draft.answers.get("victim_overridden"))
        code = draft.answers.get("offence_code") or ""
        made = actions.refer(
            w, draft, facts=facts, answer=given, provider=provider, authorisation_needed=second,
            mapped_category=(offence_codes.category_of(w.session, code) or "") if code else "", local=local,
        )  # fmt: skip
        done.append((draft.force_id, second))
        return f"/cases/{made}?done={'proposed' if second else 'sent'}"

    try:
        answered = once(request, form, act)
    except (BadInput, Conflict, NotLicensed) as error:
        if isinstance(error, (NotNow, KeyReused)):
            raise  # the draft is not open any more, so there is no page to show this on
        return _check_page(request, reference, faults_of(error), error.status)
    for force, second in done:
        telemetry.referral_moved(force, "referral.proposed" if second else "referral.referred")
    return answered


@post("/drafts/{reference:str}/discard", does=("draft", "discard"))
def discard_draft(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        draft_actions.discard(w, draft_actions.open_draft(w, reference), form.version)
        return "/drafts?done=discarded"

    return once(request, form, act)


ROUTES = (list_drafts, start_draft, amend, show_draft, check_draft, refer, discard_draft, show_step, save_step)
