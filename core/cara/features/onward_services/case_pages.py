"""What onward help adds to a case: services that were mentioned, and sending the person on to one with their consent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput, CaraError, Fault, NotFound
from cara.features.messages.render import Reader
from cara.features.messages.render_outbox import Writer, unqueued
from cara.features.messages.template_loader import Text
from cara.features.onward_services import actions, directory, queries
from cara.features.onward_services.actions import SENT_ON, Consent
from cara.features.onward_services.models import OnwardService
from cara.features.onward_services.states import COLOURS, LABELS
from cara.features.onward_services.states import state_of as onward_state
from cara.features.onward_services.vocabulary import COVERS, HOW, MOMENTS, NEEDS, NEEDS_OF, OFFENDER, why
from cara.features.referrals import queries as referrals
from cara.features.referrals.models import Referral
from cara.features.referrals.states import state_of
from cara.i18n import gettext
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages import unsaved_forms
from cara.web.pages.form_views import answers_of, once_or_again, one_form
from cara.web.pages.page import Asked, Form, Page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from cara.web.ui.fragments import Tag


def part(w: Work, referral: Referral) -> dict[str, Any] | None:
    """What stands on a case's page: services mentioned, onward referrals, and what may be done now."""
    if state_of(referral) not in SENT_ON:
        return None
    return {
        "template": "onward_services/part.html",
        "referral": referral,
        "signposts": [(str(MOMENTS[one.moment]), one.name, str(HOW[one.how]), one.noted_at) for one in queries.signposts(w, referral)],
        "onward": [(one.service, f"/onward-referrals/{one.reference}", tag(one), why(one)) for one in queries.of_case(w, referral)],
        "open": w.actor.may("onward_referral", "read"),
        "may_note": w.actor.may("signpost", "note"),
        "may_refer": w.actor.may("onward_referral", "make"),
    }  # fmt: skip


def tag(one: Any) -> Tag:
    """Where an onward referral stands, as a word."""
    state = onward_state(one)
    return Tag(str(LABELS[state]), COLOURS[state])


def _options(labels: Mapping[str, str], some: Sequence[str] | None = None) -> tuple[Option, ...]:
    return tuple(Option(one, str(labels[one])) for one in (some or labels))


def _signpost_questions(services: Sequence[OnwardService]) -> tuple[Question, ...]:
    return (
        Question("moment", gettext("When?"), "choice", options=_options(MOMENTS)),
        Question("services", gettext("Which services?"), "choices", options=tuple(Option(one.reference, one.name) for one in services)),
        Question("how", gettext("How?"), "choice", options=_options(HOW)),
    )  # fmt: skip


def _onward_questions(services: Sequence[OnwardService], areas: Mapping[str, str]) -> tuple[Question, ...]:
    """What is asked before somebody is sent on; services alone that can be written to."""
    reached = [one for one in services if one.email]
    where = (
        (Question("area", gettext("In which area does the person live?"), "choice", options=_options(areas)),)
        if areas
        else ()
    )
    return (
        Question("service", gettext("To which service?"), "choice", options=tuple(
            Option(one.reference, one.name, gettext("No routine step. %(who)s") % {"who": one.access} if one.escalation else one.access)
            for one in reached
        )),
        Question("need", gettext("What does the person need?"), "choice", options=_options(NEEDS, NEEDS_OF[OFFENDER])),
        *where,
        Question("language", gettext("In which language?"), "text", width="20", max_length=60),
        Question("consent_on", gettext("When did the person agree?"), "date"),
        Question("consent_by", gettext("Who asked them?"), "text", max_length=120),
        Question("covers", gettext("What do they agree that the service learns, or tells us?"), "choices", options=_options(COVERS)),
    )  # fmt: skip


def _nothing(services: Sequence[Any]) -> tuple[str, ...]:
    missing = gettext(
        "The force has no service here yet that could be written to. Ask its administrator to enter one, with an e-mail address."
    )
    return () if services else (missing,)


def _services(w: Work, referral: Referral) -> list[OnwardService]:
    return directory.services(w, referral.force_id, OFFENDER)


def _chosen(services: Sequence[OnwardService], references: Sequence[str]) -> list[OnwardService]:
    return [one for one in services if one.reference in references]


def _signpost_page(request: Asked, reference: str, sent: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = referrals.case(w, reference)
        _only_sent_on(referral)
        services = _services(w, referral)
        _opened(w, referral, "onward.signposts_opened")
    asked = _signpost_questions(services)
    return one_form(
        request, gettext("Note which services were mentioned"), f"/cases/{reference}/signposts", asked, back=f"/cases/{reference}",
        typed=form_binding.read(asked, sent).typed if sent else {}, error=error, button=gettext("Save"), told=_nothing(services),
    )  # fmt: skip


def _opened(w: Work, referral: Referral, verb: str) -> None:
    """Leave the entry of a page that was opened for a case."""
    w.record(
        verb,
        Act.CONSULTATION,
        subject=("referral", referral.id or 0),
        force=referral.force_id,
        provider=referral.provider_id,
    )


def _only_sent_on(referral: Referral) -> None:
    if state_of(referral) not in SENT_ON:
        raise NotFound


@get("/cases/{reference:str}/signposts", does=("signpost", "note"))
def ask_signposts(request: Asked, reference: str) -> Page:
    """Which services were mentioned, or given, at A, at B or at completion."""
    return _signpost_page(request, reference)


@post("/cases/{reference:str}/signposts", does=("signpost", "note"), opt=unsaved_forms.KEEPS)
def note_signposts(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        services = _services(w, referral)
        sent = answers_of(_signpost_questions(services), form)
        actions.signpost(w, referral, sent["moment"], sent["how"], _chosen(services, sent["services"]))
        return f"/cases/{reference}?done=moved"

    return once_or_again(request, form, act, lambda error: _signpost_page(request, reference, form, error))


def _onward_page(request: Asked, reference: str, sent: Form | None = None, error: CaraError | None = None) -> Page:
    with work(request) as w:
        referral, _offender = referrals.case(w, reference)
        _only_sent_on(referral)
        services = [one for one in _services(w, referral) if one.email]
        asked = _onward_questions(services, directory.areas(w, referral.force_id))
        known = {"language": referral.interpreter_language or gettext("English"), "consent_on": w.today.isoformat(),
                 "consent_by": w.actor.name, "area": queries.area_of(w, referral)}  # fmt: skip
        preview = _e_mail(request, w, referral) if services else None
        _opened(w, referral, "onward.form_opened")
    return one_form(
        request, gettext("Send the person on to a service"), f"/cases/{reference}/onward", asked, back=f"/cases/{reference}", error=error,
        typed=form_binding.read(asked, sent).typed if sent else form_binding.fill(asked, known), button=gettext("Write to the service"),
        template="onward_services/refer.html", preview=preview,
        told=_nothing(services) or (
            gettext("The service gets a link by e-mail. It shows who you are and where you work, the need, the area and the language; "
                "the person’s name and number only once the service has accepted. Tell the person so before they agree."),
        ),
    )  # fmt: skip


def _e_mail(request: Asked, w: Work, referral: Referral) -> Text | None:
    """What the service will read, before there is an onward referral and a link to it."""
    row = unqueued(w, referral, "onward_referral", "email", facts={"onward": gettext("(its reference)")})
    writer: Writer = request.app.state.writer
    matter = replace(writer.matter(row, referral), link=gettext("(a link that works for 14 days)"))
    return writer.words(matter, Reader())


@get("/cases/{reference:str}/onward", does=("onward_referral", "make"))
def ask_onward(request: Asked, reference: str) -> Page:
    """To which service, for what, and what the person agreed to."""
    return _onward_page(request, reference)


@post("/cases/{reference:str}/onward", does=("onward_referral", "make"), opt=unsaved_forms.KEEPS)
def make_onward(request: Asked, form: Form, reference: str) -> Page | Redirect:
    def act(w: Work) -> str:
        referral, _offender = referrals.case(w, reference)
        services = [one for one in _services(w, referral) if one.email]
        sent = answers_of(_onward_questions(services, directory.areas(w, referral.force_id)), form)
        chosen = _chosen(services, [sent["service"]])
        if not chosen:
            raise BadInput(faults=[Fault("service", "unknown", gettext("Select a service"))])
        consent = Consent(date.fromisoformat(sent["consent_on"]), sent["consent_by"], tuple(sent["covers"]))
        made = actions.refer(
            w, request.app.state.writer.secret, referral, chosen[0], need=sent["need"], area=sent.get("area", ""),
            language=sent["language"], consent=consent,
        )  # fmt: skip
        return f"/onward-referrals/{made}?done=written"

    return once_or_again(request, form, act, lambda error: _onward_page(request, reference, form, error))


ROUTES = (ask_signposts, note_signposts, ask_onward, make_onward)
