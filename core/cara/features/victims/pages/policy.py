"""The policy for victims' data on one page: every row of it with its reason, made from the policy itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.platform.access.policy import ACTIONS, POLICY, REACHES
from cara.platform.access.policy import RESOURCES as NAMES
from cara.platform.access.roles import CAPACITIES, ROLES
from cara.platform.unit_of_work import work
from cara.web.pages.page import Asked, Page, page
from cara.web.routing import get

SAYS: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "victim": {
        "list": (_("See who is to be contacted, and by when"), _("Nobody who should be rung may be forgotten.")),
        "read": (_("Read a record"), _("To reach somebody safely, and not to ask them twice. Each reading is logged.")),
        "record": (_("Hand over who was harmed, from a case"), _("The officer knows it. They cannot read it back.")),
        "contact": (
            _("Speak with the person, and write down what they say"),
            _("It is their work. What was said stands where it was said."),
        ),
        "change": (
            _("Say that an address or number has changed"),
            _("A stale one kills. The old one is hidden at once."),
        ),
        "check": (_("Confirm or reject such a change"), _("A second look, and never by whoever proposed it.")),
        "export": (
            _("Give the person a copy of what is kept of them"),
            _("It is their right. Nothing of anybody else goes along."),
        ),
        "erase": (
            _("Erase a record and its key"),
            _("The person’s right, where nothing in law stands against it. It cannot be undone."),
        ),
        "open_in_emergency": (
            _("Open one record for an hour, with a reason"),
            _("Life before procedure. The force is told at once."),
        ),
        "review_emergency": (
            _("Review an opening in an emergency"),
            _("Each is looked at by somebody who did not make it."),
        ),
        "police_risk": (
            _("Grade the risk from police information"),
            _("The victim refuses contact, and the risk must be known before workshop B."),
        ),
        "second_emergency": (
            _("Answer as the second officer for emergency access"),
            _("An officer whose access was not justified does not act alone for 30 days."),
        ),
        "survey": (_("Ask the person whether contact helped"), _("It is for them to say, by free choice.")),
    },
    "review": {
        "list": (_("See which disclosure reviews are open"), _("A case is held meanwhile, and its clock runs on.")),
        "read": (
            _("Read a disclosure and its review"),
            _("Whoever decides, and whoever was told, must know what was said."),
        ),
        "open": (_("Write down a disclosure, which holds the case"), _("It is told to them, and waits for nothing.")),
        "view": (_("Give their side’s view"), _("Two sides look at every disclosure.")),
        "step": (_("Record what was done, and who was told"), _("Each prompt is answered by somebody.")),
        "consult": (_("Ask the Trust, of nobody in particular"), _("The question names no case and no person.")),
        "decide": (_("Decide, and release the hold"), _("Only police release a hold.")),
    },
    "hold": {
        "read": (_("Read why police hold a case themselves"), _("What is behind a hold can be about a victim.")),
        "place": (
            _("Hold a case, with a cause and a reason"),
            _("It waits for nothing: no workshop takes place meanwhile."),
        ),
        "release": (_("Release such a hold"), _("Only police release a hold, and a supervisor answers for it.")),
    },
    "concern": {
        "raise": (
            _("Pass on a concern, which holds the case"),
            _("In it goes, and never comes out again on their side."),
        )
    },
    "asked_review": {
        "read": (
            _("Read what their side is asked: a question, and the risk as one word"),
            _("They never learn what was said, nor by whom."),
        ),
        "view": (_("Answer it"), _("Whoever knows the group can say whether it can be managed.")),
    },
    "consultation": {
        "list": (_("See what the Trust is asked"), _("It names nobody.")),
        "read": (_("Read the question and one word for the risk"), _("It leads to no case.")),
        "answer": (_("Answer in general words"), _("They know no case.")),
    },
}
"""Resource behind the victim wall, or that leads through its door → action → what it is in plain words, and why."""

NEVER: Final = (
    _(
        "Nobody who delivers the course reads a record or a disclosure: no coordinator, facilitator, quality lead or manager."
    ),
    _("Nobody at the Trust in its national capacity, and no commissioner."),
    _("No officer of another force, and no victim service on records that it does not keep."),
    _("No analyst and no administrator, of any organisation."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody may do: what, which roles, why."""

    does: str
    roles: str
    why: str


def rows() -> dict[tuple[str, str], list[Line]]:
    """Every row for victims' data, by capacity and reach; those that differ in role alone are one."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in POLICY:
        if row.resource in SAYS:
            for action in sorted(row.actions, key=[*SAYS[row.resource], *ACTIONS].index):
                roles = found.setdefault((row.capacity, row.reach, row.resource, action), [])
                roles.append(str(ROLES[row.capacity, row.role]))
    made: dict[tuple[str, str], list[Line]] = {}
    for (capacity, reach, resource, action), roles in found.items():
        does, why = _words(resource, action)
        made.setdefault((str(CAPACITIES[capacity]), str(REACHES[reach])), []).append(Line(does, ", ".join(roles), why))
    return made


def _words(resource: str, action: str) -> tuple[str, str]:
    said = SAYS[resource].get(action)
    if said is None:
        return gettext("%(action)s: %(resource)s") % {"action": ACTIONS[action], "resource": NAMES[resource]}, ""
    return str(said[0]), str(said[1])


@get("/policy/victims", does=("policy", "read"))
def victims_policy(request: Asked) -> Page:
    """Who may do what with victims' data, and why: one page to sign."""
    with work(request):
        pass
    return page(request, "victims/policy.html", tables=rows(), never=NEVER)


ROUTES = (victims_policy,)
