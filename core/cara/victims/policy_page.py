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

WHY: Final[Mapping[str, str]] = {
    "list": _("To know who is to be contacted, and by when."),
    "read": _("To reach somebody safely, and not to ask them twice. Each reading is logged."),
    "record": _("The officer knows who was harmed, hands that over, and cannot read it back."),
    "contact": _("Speaking with victims is their work; what was said stands where it was said to."),
    "change": _("A stale address or number kills. The old one is hidden at once."),
    "check": _("A new address or number needs a second look, never by whoever proposed it."),
    "export": _("The person has a right to a copy of what is kept of them."),
    "erase": _("The person has a right to be forgotten where nothing in law stands against it. It cannot be undone."),
    "open_in_emergency": _("Life before procedure: for one hour, with a reason, and the force is told at once."),
    "review_emergency": _("Each emergency opening is looked at by somebody who did not make it."),
    "survey": _("Whether contact helped is for the person to say, by free choice."),
}
"""Action → why anybody may do it."""

NEVER: Final = (
    _("Nobody who delivers the course: no coordinator, facilitator, quality lead or manager of a provider."),
    _("Nobody at the Trust in its national capacity, and no commissioner."),
    _("No officer of another force, and no victim service on records that it does not keep."),
    _("No analyst and no administrator, of any organisation."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the policy, in words."""

    who: str
    does: str
    reach: str
    why: str


def rows() -> tuple[Line, ...]:
    """Every row for victims' data; rows that differ in role alone are one."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for row in POLICY:
        if row.resource not in RESOURCES:
            continue
        for action in ACTIONS:
            if action in row.actions:
                key = (row.capacity, row.resource, action, row.reach)
                found.setdefault(key, []).append(str(ROLES[row.capacity, row.role]))
    return tuple(
        Line(f"{CAPACITIES[capacity]}: {', '.join(dict.fromkeys(roles))}", _said(resource, action), str(REACHES[reach]),
             str(WHY.get(action, "")) if resource == "victim" else "")
        for (capacity, resource, action, reach), roles in found.items()
    )  # fmt: skip


def _said(resource: str, action: str) -> str:
    return gettext("%(action)s: %(resource)s") % {"action": ACTIONS[action], "resource": NAMES[resource]}


@get("/policy/victims", does=("policy", "read"))
def victims_policy(request: Asked) -> Page:
    """Who may do what with victims' data, and why: one page to sign."""
    with work(request):
        pass
    return page(request, "victims/policy.html", rows=rows(), never=NEVER)


ROUTES = (victims_policy,)
