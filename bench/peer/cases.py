"""The peer's list page: columns, not objects; 25 rows by key; the reading in the ledger."""

from cara import __version__
from cara.platform.access.policy import reach_of
from cara.web.ui.layout import Frame, Place, Who
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import get_template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from peer.models import Referral
from peer.unit import Actor, work

PAGE = 25
PLACES = (
    (lazy("What needs me"), "/work", "referral", "list"),
    (lazy("Cases"), "/cases", "referral", "list"),
    (lazy("Deadlines"), "/deadlines", "course", "list"),
    (lazy("Cohorts"), "/cohorts", "cohort", "list"),
    (lazy("Venues"), "/venues", "venue", "list"),
    (lazy("Drafts"), "/drafts", "draft", "list"),
    (lazy("Messages"), "/messages", "message", "list"),
    (lazy("Check eligibility"), "/eligibility", "eligibility", "use"),
    (lazy("Import"), "/imports", "import", "run"),
    (lazy("Licences"), "/licences", "licence", "list"),
    (lazy("Figures"), "/figures", "figures", "read"),
    (lazy("Instruments"), "/instruments", "instrument", "read"),
    (lazy("Group work"), "/group-work", "group_work", "read"),
    (lazy("People"), "/people", "people", "list"),
    (lazy("Sign-in settings"), "/organisation", "organisation", "settle"),
    (lazy("Organisations"), "/organisations", "organisation", "list"),
    (lazy("Forces"), "/forces", "arrangement", "read"),
    (lazy("Who may do what"), "/policy", "policy", "read"),
)
STATES = (
    ("superseded_at", "superseded"),
    ("withdrawn_at", "withdrawn"), ("returned_at", "returned"), ("declined_at", "declined"), ("accepted_at", "accepted"),
    ("asked_at", "information_requested"), ("referred_at", "referred"),
)  # fmt: skip
LABELS = {
    "awaiting_authorisation": lazy("Waiting for authorisation"),
    "declined": lazy("Not authorised"),
    "referred": lazy("Waiting for the provider"),
    "information_requested": lazy("Information asked for"),
    "accepted": lazy("Accepted"),
    "returned": lazy("Returned"),
    "withdrawn": lazy("Withdrawn"),
    "superseded": lazy("Started again"),
}
COLOURS = {
    "awaiting_authorisation": "yellow", "declined": "grey", "referred": "teal", "information_requested": "orange",
    "accepted": "green", "returned": "red", "withdrawn": "grey", "superseded": "grey",
}  # fmt: skip
CATEGORIES = {
    "common_assault": lazy("Common assault"), "battery": lazy("Battery"), "criminal_damage": lazy("Criminal damage"),
    "harassment": lazy("Harassment"), "domestic_theft": lazy("Domestic theft"), "threatening_behaviour": lazy("Threatening behaviour"),
}  # fmt: skip
ROLES = {"force": ("Referring officer", "Police force"), "provider": ("Facilitator", "Provider")}
COLUMNS = (lazy("Case"), lazy("Person"), lazy("Offence"), lazy("Stands at"), lazy("Answer by"), lazy("Complete by"))
SELECTED = (
    "id",
    "reference",
    "offence_category",
    "accept_by",
    "complete_by",
    "offender__surname",
    "offender__forenames",
)
TIMES = tuple(column for column, _state in STATES)


def list_cases(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    if state and state not in LABELS:
        raise Http404
    before = request.GET.get("before", "")
    with work(request, "referral", "list") as actor:
        found = Referral.objects.filter(force_id=actor.force).order_by("-id")
        if state:
            found = found.filter(**_in_state(state))
        if before:
            found = found.filter(id__lt=int(before))
        rows = list(found.values(*SELECTED, *TIMES)[: PAGE + 1])
        shown = rows[:PAGE]
        actor.record(
            "consultation", "referral.listed", shown=[str(row["id"]) for row in shown], codes={"found": len(shown)}
        )
        may_search = reach_of(actor.capacity, actor.roles, "referral", "search")
    for row in shown:
        row["state"] = next((state for column, state in STATES if row[column]), "awaiting_authorisation")
    context = {
        "frame": frame(request, actor), "rows": shown, "columns": COLUMNS, "labels": LABELS, "colours": COLOURS,
        "categories": CATEGORIES, "state": state, "following": shown[-1]["id"] if len(rows) > PAGE else None,
        "first": bool(before), "may_search": may_search,
    }  # fmt: skip
    return HttpResponse(get_template("cases.html").render(context))


def _in_state(state: str) -> dict[str, bool]:
    wanted: dict[str, bool] = {}
    for column, one in STATES:
        wanted[f"{column}__isnull"] = one != state
        if one == state:
            break
    return wanted


def frame(request: HttpRequest, actor: Actor) -> Frame:
    """What stands around every page."""
    places = tuple(
        Place(str(text), href, current=request.path == href)
        for text, href, resource, action in PLACES
        if reach_of(actor.capacity, actor.roles, resource, action)
    )
    role, side = ROLES[actor.capacity]
    who = Who(actor.name, actor.organisation_name, _(role), _(side), "/account")
    return Frame(who=who, places=places, csrf=get_token(request), version=__version__)
