"""The policy for victims' data on one page: every row of it with its reason, made from the policy itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cara.i18n import gettext
from cara.i18n import lazy as _
from cara.identity.policy import ACTIONS, POLICY, REACHES
from cara.identity.policy import RESOURCES as NAMES
from cara.identity.roles import CAPACITIES, ROLES
from cara.routes import get
from cara.shell import Asked, Page, page
from cara.work import work

RESOURCES: Final = ("victim", "disclosure_review", "hold", "concern", "consultation")
"""Resources behind the victim wall, or that lead through its door."""

SAYS: Final[Mapping[str, tuple[str, str]]] = {
    "list": (_("See who is to be contacted, and by when"), _("Nobody who should be rung may be forgotten.")),
    "read": (_("Read a record"), _("To reach somebody safely, and not to ask them twice. Each reading is logged.")),
    "record": (_("Hand over who was harmed, from a case"), _("The officer knows it. They cannot read it back.")),
    "contact": (
        _("Speak with the person, and write down what they say"),
        _("It is their work. What was said stands where it was said."),
    ),
    "change": (_("Say that an address or number has changed"), _("A stale one kills. The old one is hidden at once.")),
    "check": (_("Confirm or reject such a change"), _("A second look, and never by whoever proposed it.")),
    "export": (
        _("Give the person a copy of what is kept of them"),
        _("It is their right. Nothing of anybody else goes along."),
    ),
    "erase": (
        _("Erase a record and its key"),
        _("It is the person’s right where nothing in law stands against it. It cannot be undone."),
    ),
    "open_in_emergency": (
        _("Open one record for an hour, with a reason"),
        _("Life before procedure. The force is told at once."),
    ),
    "review_emergency": (_("Review such an opening"), _("Each is looked at by somebody who did not make it.")),
    "survey": (_("Ask the person whether contact helped"), _("It is for them to say, by free choice.")),
}
"""Action on victims' records → what it is in plain words, and why anybody may do it."""

NEVER: Final = (
    _("Nobody who delivers the course: no coordinator, facilitator, quality lead or manager of a provider."),
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
        if row.resource in RESOURCES:
            for action in sorted(row.actions, key=[*ACTIONS].index):
                roles = found.setdefault((row.capacity, row.reach, row.resource, action), [])
                roles.append(str(ROLES[row.capacity, row.role]))
    made: dict[tuple[str, str], list[Line]] = {}
    for (capacity, reach, resource, action), roles in found.items():
        does, why = _words(resource, action)
        made.setdefault((str(CAPACITIES[capacity]), str(REACHES[reach])), []).append(Line(does, ", ".join(roles), why))
    return made


def _words(resource: str, action: str) -> tuple[str, str]:
    if resource == "victim":
        does, why = SAYS[action]
        return str(does), str(why)
    return gettext("%(action)s: %(resource)s") % {"action": ACTIONS[action], "resource": NAMES[resource]}, ""


@get("/policy/victims", does=("policy", "read"))
def victims_policy(request: Asked) -> Page:
    """Who may do what with victims' data, and why: one page to sign."""
    with work(request):
        pass
    return page(request, "victims/policy.html", tables=rows(), never=NEVER)


ROUTES = (victims_policy,)
