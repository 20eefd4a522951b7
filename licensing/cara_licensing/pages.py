"""Pages of licences: who may deliver where, granting, renewing and ending."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cara.api import Option, Question
from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding
from litestar.response import Redirect

from cara_licensing import actions, queries
from cara_licensing.status import WARN, Standing

_FORCES = tuple(
    Option(slug, force.short_name) for slug, force in sorted(FORCES.items(), key=lambda item: item[1].short_name)
)
_PAPER = (
    Question("starts", lazy("First day"), "date", lazy("The first day on which people may be referred to the provider.")),
    Question("until", lazy("Last day"), "date", lazy("Leave it empty if the licence has no end."), required=False),
    Question(
        "reference", lazy("Reference of the agreement"), "text", lazy("As it stands on the paper."),
        max_length=actions.LONGEST_REFERENCE,
    ),
)  # fmt: skip
_FIELDS = ("provider", "force", *(field for question in _PAPER for field in form_binding.fields(question)))


def _questions(providers: Mapping[str, str]) -> tuple[Question, ...]:
    named = tuple(Option(key, name) for key, name in providers.items())
    return (
        Question("provider", lazy("Provider"), "choice", options=named),
        Question("force", lazy("Police force"), "choice", options=_FORCES),
        *_PAPER,
    )


@get("/licences", does=("licence", "list"))
def list_licences(request: Asked) -> Page:
    """Every licence and where it stands; those that are over stand apart."""
    with work(request) as w:
        held = queries.licences(w.session, w.today)
        actor = w.actor
    return page(
        request, "licensing/list.html",
        current=[one for one in held if one.open], over=[one for one in held if not one.open],
        running_out=sum(one.standing is Standing.RUNNING_OUT for one in held), warn=WARN.days,
        may_grant=actor.may("licence", "grant"),
        may_end=actor.may("licence", "end"),
    )  # fmt: skip


def _grant_page(
    request: Asked, questions: Sequence[Question], typed: Mapping[str, Sequence[str]], faults: Sequence[Fault] = ()
) -> Page:
    return page(
        request, "licensing/grant.html", status=422 if faults else 200, questions=questions, typed=typed, faults=faults,
        key=new_token(),
    )  # fmt: skip


@get("/licences/grant", does=("licence", "grant"))
def ask_grant(request: Asked, renews: int | None = None) -> Page:
    """An empty form; or, to renew a licence, one that begins where that licence ends."""
    with work(request) as w:
        questions = _questions(queries.providers(w.session))
        old = queries.licence(w.session, renews, w.today) if renews is not None else None
    return _grant_page(request, questions, form_binding.fill(questions, _renewal(old)) if old else {})


def _renewal(old: queries.Held) -> dict[str, Any]:
    known = {"provider": old.provider_id, "force": old.force_id}
    return known | ({"starts": (old.term.last + timedelta(days=1)).isoformat()} if old.term.last else {})


@post("/licences/grant", does=("licence", "grant"))
def grant(request: Asked, form: Form) -> Page | Redirect:
    form.only(*_FIELDS)
    with work(request) as w:
        questions = _questions(queries.providers(w.session))
    reading = form_binding.read(questions, form)
    faults = reading.faults
    if not faults:
        sent = reading.values

        def act(w: Work) -> str:
            until = sent.get("until")
            actions.grant(
                w, sent["provider"], sent["force"], date.fromisoformat(sent["starts"]),
                date.fromisoformat(until) if until else None, sent["reference"],
            )  # fmt: skip
            return "/licences?done=granted"

        try:
            return once(request, form, act)
        except BadInput as error:
            faults = faults_of(error)
    return _grant_page(request, questions, reading.typed, faults)


@get("/licences/{licence:int}/end", does=("licence", "end"))
def ask_end(request: Asked, licence: int) -> Page:
    """Which licence it is and what ending it means, before it is done."""
    with work(request) as w:
        held = queries.licence(w.session, licence, w.today)
    if held is None:
        raise NotFound
    if not held.open:
        raise NotNow(_("This licence is not in force any more. There is nothing to end."))
    return page(request, "licensing/end.html", licence=held, key=new_token())


@post("/licences/{licence:int}/end", does=("licence", "end"))
def end(request: Asked, form: Form, licence: int) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        actions.end(w, licence)
        return "/licences?done=ended"

    return once(request, form, act)


ROUTES = (list_licences, ask_grant, grant, ask_end, end)
