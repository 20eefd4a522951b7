"""Pages of organisations: the Trust's list of them all, and each administrator's settings of their own."""

from typing import Any

from litestar.response import Redirect

from cara.api import Option, Question
from cara.errors import BadInput
from cara.features.accounts import organisation_actions
from cara.i18n import lazy
from cara.platform.access.models import Organisation
from cara.platform.access.roles import CAPACITIES, ROLES
from cara.platform.reference_data.forces import FORCES
from cara.platform.unit_of_work import Work, new_token, work
from cara.web.pages.page import Asked, Form, Page, faults_of, once, page
from cara.web.routing import get, post
from cara.web.ui import form_binding

ORGANISATION = (
    Question("name", lazy("Name"), "text", max_length=120),
    Question("id", lazy("Short name"), "text", lazy("Lower case, such as kent_police."), width="20", max_length=40),
    Question("capacities", lazy("In which capacities does it act?"), "choices",
             options=tuple(Option(value, text) for value, text in CAPACITIES.items())),
    Question("force_id", lazy("Force"), "text", lazy("For a force or its commissioner: the force’s short name, such as kent."),
             required=False, width="20"),
    Question("mail_domains", lazy("Domains of its work addresses"), "text", lazy("Separated by spaces.")),
    Question("issuer", lazy("Address of its OpenID Connect issuer"), "text"),
    Question("client_id", lazy("Client id of CARA there"), "text"),
    Question("administrator", lazy("Work address of its first administrator"), "text"),
)  # fmt: skip
SETTINGS = (
    Question("just_in_time", lazy("May people whom you have not added get an account at their first sign-in?"), "yes_no",
             lazy("Only with an address of your organisation, and only with the roles that their groups give them.")),
    Question("groups_claim", lazy("Name of the claim that holds their groups"), "text", width="20", max_length=60),
    Question("group_lines", lazy("Which group gives which role?"), "long_text",
             lazy("One a line: the group as your sign-in service names it, =, capacity.role: cara-officers = force.referring_officer"),
             required=False, max_length=4000),
)  # fmt: skip


@get("/organisations", does=("organisation", "list"))
def list_organisations(request: Asked) -> Page:
    with work(request) as w:
        listed = organisation_actions.organisations(w)
    return page(
        request, "accounts/organisations.html", organisations=listed, names=CAPACITIES, forces=FORCES,
        questions=ORGANISATION, typed={}, faults=(), key=new_token(),
    )  # fmt: skip


@post("/organisations", does=("organisation", "add"))
def add_organisation(request: Asked, form: Form) -> Page | Redirect:
    form.only(*(question.name for question in ORGANISATION))
    reading = form_binding.read(ORGANISATION, form)
    faults = reading.faults
    if not faults:

        def act(w: Work) -> str:
            https = request.app.state.settings.https
            organisation_actions.add_organisation(w, reading.values, allow_http=not https)
            return "/organisations?done=added"

        try:
            return once(request, form, act)
        except BadInput as error:
            faults = faults_of(error)
    with work(request) as w:
        listed = organisation_actions.organisations(w)
    return page(
        request, "accounts/organisations.html", status=422, organisations=listed, names=CAPACITIES, forces=FORCES,
        questions=ORGANISATION, typed=reading.typed, faults=faults, key=new_token(),
    )  # fmt: skip


@post("/organisations/{organisation:str}/end", does=("organisation", "end"))
def end_organisation(request: Asked, form: Form, organisation: str) -> Redirect:
    form.only()

    def act(w: Work) -> str:
        organisation_actions.end_organisation(w, organisation)
        return "/organisations?done=ended"

    return once(request, form, act)


def _own(w: Work) -> dict[str, Any]:
    own = w.session.get_one(Organisation, w.actor.organisation)
    lines = "\n".join(f"{group} = {capacity}.{role}" for group, (capacity, role) in own.group_roles.items())
    return {"just_in_time": own.just_in_time, "groups_claim": own.groups_claim, "group_lines": lines}


@get("/organisation", does=("organisation", "settle"))
def show_settings(request: Asked) -> Page:
    with work(request) as w:
        kept = _own(w)
    return page(
        request,
        "accounts/settings.html",
        questions=SETTINGS,
        typed=form_binding.fill(SETTINGS, kept),
        faults=(),
        roles=ROLES,
        key=new_token(),
    )


@post("/organisation", does=("organisation", "settle"))
def save_settings(request: Asked, form: Form) -> Page | Redirect:
    form.only(*(question.name for question in SETTINGS))
    reading = form_binding.read(SETTINGS, form)
    faults = reading.faults
    if not faults:
        sent = reading.values

        def act(w: Work) -> str:
            organisation_actions.settle(w, sent["just_in_time"], sent["groups_claim"], sent.get("group_lines", ""))
            return "/organisation?done=saved"

        try:
            return once(request, form, act)
        except BadInput as error:
            faults = faults_of(error)
    with work(request):
        pass
    return page(
        request, "accounts/settings.html", status=422, questions=SETTINGS, typed=reading.typed, faults=faults, roles=ROLES,
        key=new_token(),
    )  # fmt: skip


ROUTES = (list_organisations, add_organisation, end_organisation, show_settings, save_settings)
