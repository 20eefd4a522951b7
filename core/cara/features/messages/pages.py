"""Pages of correspondence: the outbox, a case's messages, one message before and after it goes, and what people thought."""

from collections.abc import Callable
from datetime import date
from typing import Any

from litestar import Response
from litestar.response import Redirect

from cara import dates
from cara.errors import CaraError, NotFound, NotNow
from cara.features.messages import actions, feedback, queries, render_outbox, states
from cara.features.messages.message_types import BY_HAND, CHANNELS, FAILURES, KINDS, LANGUAGES, READERS
from cara.features.messages.models import OutboxMessage
from cara.features.referrals import queries as referrals
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.form_views import answers_of, once_or_again
from cara.web.pages.page import Asked, Form, Page, answered_before, faults_of, once, page, sending_of
from cara.web.rate_limit import LINK
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Row, Tag

COLUMNS = (lazy("Message"), lazy("Way"), lazy("Stands at"), lazy("When"), lazy("What to do"))
_FILES = {"letter": ("application/pdf", "letter.pdf"), "calendar": ("text/calendar", "appointment.ics")}


def _row(row: Any, case: str = "") -> Row:
    """A line of a list. `case`: its reference, where the list is of several cases."""
    shown, title = states.shown(row), _title(row)
    when = row.cancelled_at or row.failed_at or row.sent_at or row.due_at or row.queued_at
    return Row(
        f"/messages/{row.reference}",
        (f"{title} · {case}" if case else title, str(CHANNELS[row.channel]), Tag(str(states.LABELS[shown]), states.COLOURS[shown]),
         dates.moment(when), str(FAILURES.get(row.failure, "")) or _to_do(shown, row.channel)),
    )  # fmt: skip


def _title(row: Any) -> str:
    """What a message is; where it is about one workshop, of which day, for a person has one of each for A and B."""
    kind = KINDS[row.kind]
    title = str(kind.title)
    if row.facts.get("date") and kind.facts & {"place", "which"}:
        return f"{title}: {dates.plain(date.fromisoformat(row.facts['date']))}"
    return title


def _to_do(shown: str, channel: str) -> str:
    by_hand = _("Open it and hand it over") if channel == "calendar" else _("Print it, and post it or hand it over")
    return {"to_post": by_hand, "doubtful": _("Say whether it was sent")}.get(shown, "")


@get("/messages", does=("message", "list"))
def list_messages(request: Asked, before: int | None = None) -> Page:
    """What waits for a person, then everything else, newest first."""
    with work(request) as w:
        waiting = queries.waiting(w) if before is None else ()
        rows, following = queries.newest(w, before)
        cases = queries.people(w, sorted({row.referral_id for row in (*waiting, *rows)}))
        w.record("message.listed", Act.CONSULTATION, shown=[row.id for row in (*waiting, *rows)])

    def listed(some: Any) -> list[Row]:
        return [_row(row, cases[row.referral_id].reference) for row in some]

    return page(
        request, "messages/messages.html", waiting=listed(waiting), rows=listed(rows),
        columns=COLUMNS, following=following, first=before is not None, practice=request.app.state.settings.demo,
        sends=request.app.state.outbox is not None,
    )  # fmt: skip


@get("/cases/{reference:str}/messages", does=("message", "list"))
def case_messages(request: Asked, reference: str) -> Page:
    """What was, or will be, sent about one case."""
    with work(request) as w:
        referral, rows = queries.of_case(w, reference)
        may = {action for action in ("invite", "enter") if w.actor.may("feedback", action)}
    return page(
        request, "messages/case.html", referral=referral, rows=[_row(row) for row in rows], columns=COLUMNS,
        may=may if _on_the_course(referral) else set(),
    )  # fmt: skip


@get("/messages/{reference:str}", does=("message", "read"))
def read_message(request: Asked, reference: str) -> Page:
    """What a message says, to whom it goes, how it went, and what can be done about it."""
    with work(request) as w:
        message = queries.read_message(w, reference)
        matter, reader = render_outbox.of_message(w, request.app.state.writer, message)
        may = w.actor.may("message", "send")
    shown, state = states.shown(message), states.state_of(message)
    words = request.app.state.writer.words(_unlinked(matter), reader)
    deeds = [
        deed for deed, sources in DEEDS.items() if state in sources and (deed != "posted" or message.channel in BY_HAND)
    ]
    return page(
        request, "messages/message.html", message=message, kind=_title(message), channel=CHANNELS[message.channel],
        language=LANGUAGES[message.language], state=Tag(str(states.LABELS[shown]), states.COLOURS[shown]), shown=shown,
        case=matter.reference,
        to=reader.way(message.channel) if message.audience in ("offender", "service") else READERS[message.audience],
        words=words, kept=message.kept, failure=FAILURES.get(message.failure, ""), file=message.channel in BY_HAND and words,
        deeds=[(deed, BUTTONS[deed]) for deed in deeds] if may else (), key=new_token(),
    )  # fmt: skip


def _unlinked(matter: Any) -> Any:
    """A preview shows where the link stands, never the link: it is for its reader alone."""
    from dataclasses import replace

    return replace(matter, link=_("(a link that works once)"))


@get("/messages/{reference:str}/file", does=("message", "read"))
def message_file(request: Asked, reference: str) -> Response[bytes]:
    """A letter to print, or an entry for a calendar. The file's name says nothing."""
    with work(request) as w:
        message = queries.read_message(w, reference)
        matter, reader = render_outbox.of_message(w, request.app.state.writer, message)
    if message.channel not in _FILES:
        raise NotNow(_("This message is no letter. There is nothing to print."))
    kind, name = _FILES[message.channel]
    content = request.app.state.writer.file(matter, reader)
    headers = {"Content-Disposition": f'{"inline" if kind.endswith("pdf") else "attachment"}; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


DEEDS: dict[str, tuple[str, ...]] = {
    "posted": ("waiting",),
    "was_sent": ("doubtful",),
    "again": ("doubtful", "failed"),
    "cancel": ("waiting", "failed", "doubtful"),
}
"""What can be done about a message, and from which states."""
BUTTONS = {
    "posted": lazy("I have posted it, or handed it over"), "was_sent": lazy("It was sent"), "again": lazy("Send it again"),
    "cancel": lazy("Do not send it"),
}  # fmt: skip
_VERBS: dict[str, Callable[[Work, OutboxMessage, int], None]] = {
    "posted": actions.posted, "was_sent": actions.was_sent, "again": actions.again, "cancel": actions.cancel,
}  # fmt: skip


def _deed(name: str) -> Any:
    @post(f"/messages/{{reference:str}}/{name}", does=("message", "send"), name=f"message_{name}")
    def deed(request: Asked, form: Form, reference: str) -> Redirect:
        form.only()

        def act(w: Work) -> str:
            _VERBS[name](w, queries.message(w, reference), form.version)
            return f"/messages/{reference}?done=saved"

        return once(request, form, act)

    return deed


@get("/cases/{reference:str}/invitation", does=("feedback", "invite"))
def preview_invitation(request: Asked, reference: str) -> Page:
    """What would be sent, before it is."""
    with work(request) as w:
        referral, offender = referrals.case(w, reference)
        shown = _invitation(request, w, referral)
        w.record("message.previewed", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id)  # fmt: skip
    return page(request, "messages/invitation.html", referral=referral, offender=offender, shown=shown, key=new_token())


def _invitation(request: Asked, w: Work, referral: Any) -> list[tuple[str, str, Any]]:
    """(way, to whom, words) of each message that an invitation would be."""
    case = queries.people(w, [referral.id])[referral.id]
    reader, made = queries.reader(w, case, "offender"), []
    for channel in KINDS["feedback_invitation"].ways[0]:
        if to := reader.way(channel):
            spoken = queries.language(w, referral.force_id, referral.interpreter_language)
            row = render_outbox.unqueued(w, referral, "feedback_invitation", channel, spoken)
            matter = _unlinked(request.app.state.writer.matter(row, case))
            made.append((str(CHANNELS[channel]), to, request.app.state.writer.words(matter, reader)))
            break
    return made


@post("/cases/{reference:str}/invitation", does=("feedback", "invite"))
def send_invitation(request: Asked, form: Form, reference: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        _only_accepted(referral)
        if referral.b_on is None:
            raise NotNow(_("People are asked what they thought once both workshops are done."))
        feedback.invite(w, request.app.state.writer.secret, referral)
        return f"/cases/{reference}/messages?done=saved"

    return once(request, form, act)


def _on_the_course(referral: Any) -> bool:
    over = (referral.withdrawn_at, referral.superseded_at, referral.closed_at, referral.breached_at)
    return bool(referral.accepted_at) and not any(over)


def _only_accepted(referral: Any) -> None:
    if not _on_the_course(referral):
        raise NotNow(_("Only somebody on the course is asked what they thought of it."))


STAFF = (feedback.WAY, *feedback.QUESTIONS)


@get("/cases/{reference:str}/feedback", does=("feedback", "enter"))
def ask_feedback(request: Asked, reference: str) -> Page:
    """The form that somebody filled in on paper, to type in; or to hand over on a tablet."""
    return _staff_page(request, reference)


def _staff_page(request: Asked, reference: str, form: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = referrals.case(w, reference)
        w.record("feedback.opened", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id)  # fmt: skip
    return page(
        request, "messages/feedback.html", status=error.status if error else 200, action=f"/cases/{reference}/feedback",
        questions=STAFF, typed=form_binding.read(STAFF, form or {}).typed, faults=faults_of(error) if error else (),
        key=new_token(), back=f"/cases/{reference}/messages", staff=True,
    )  # fmt: skip


@post("/cases/{reference:str}/feedback", does=("feedback", "enter"))
def enter_feedback(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        _only_accepted(referral)
        answers = answers_of(STAFF, form)
        feedback.enter(w, request.app.state["keys"], referral, answers, answers["way"])
        return f"/cases/{reference}/messages?done=saved"

    return once_or_again(request, form, act, lambda error: _staff_page(request, reference, form, error))


@get("/feedback/{token:str}", public="whoever holds a link says what they thought, without a name", opt=LINK)
def open_feedback(request: Asked, token: str) -> Page:
    """The four questions, for whoever holds the link."""
    try:
        feedback.open_link(request.app.state.store, token)
    except NotFound as error:
        return _ended(request, error)
    return _public_page(request, token, {}, ())


def _ended(request: Asked, error: NotFound) -> Page:
    """A link that was used, has ended, or never was: said without the course's name, for it is read on somebody's telephone."""
    return page(request, "messages/ended.html", status=error.status, why=error.message)


def _public_page(request: Asked, token: str, typed: Any, faults: Any) -> Page:
    return page(
        request, "messages/feedback.html", status=422 if faults else 200, action=f"/feedback/{token}",
        questions=feedback.QUESTIONS, typed=typed, faults=faults, key=new_token(), back="", staff=False,
    )  # fmt: skip


@post("/feedback/{token:str}", public="whoever holds a link says what they thought, without a name", opt=LINK)
def give_feedback(request: Asked, form: Form, token: str) -> Page | Redirect:
    form.only(*(question.name for question in feedback.QUESTIONS))
    reading, sending = form_binding.read(feedback.QUESTIONS, form), sending_of(request, form)
    try:
        if reading.faults:
            feedback.open_link(request.app.state.store, token)
            return _public_page(request, token, reading.typed, reading.faults)
        feedback.give(request.app.state.store, request.app.state["keys"], token, reading.values, sending)
    except NotFound as error:
        if answered_before(request, sending) is None:
            return _ended(request, error)
    return Redirect("/feedback", status_code=303)


@get("/feedback", public="says thank you, and names nobody")
def thanks(request: Asked) -> Page:
    """Where a link leads once it was used."""
    return page(request, "messages/thanks.html")


ROUTES = (
    list_messages, case_messages, read_message, message_file, *(_deed(name) for name in DEEDS), preview_invitation, send_invitation,
    ask_feedback, enter_feedback, open_feedback, give_feedback, thanks,
)  # fmt: skip
