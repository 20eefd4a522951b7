"""Why somebody can, or cannot, do something: the policy read aloud. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cara.i18n import gettext as _
from cara.platform.access.policy import ACTIONS, POLICY, REACHES, RESOURCES, reach_of
from cara.platform.access.roles import CAPACITIES, ROLES


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the policy as people read it: all the roles of a capacity that may do the same to the same."""

    roles: tuple[str, ...]
    resource: str
    actions: tuple[str, ...]
    reach: str


def lines(capacity: str) -> tuple[Line, ...]:
    """The policy of one capacity, without what everybody may do: their own account, and reading the policy itself."""
    found: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for row in POLICY:
        if row.capacity == capacity and row.resource not in ("account", "policy"):
            may = tuple(str(text) for action, text in ACTIONS.items() if action in row.actions)
            same = found.setdefault((str(RESOURCES[row.resource]), may, str(REACHES[row.reach])), [])
            same.append(str(ROLES[capacity, row.role]))
    return tuple(Line(tuple(roles), *what) for what, roles in found.items())


def explanation(ended: bool, held: Mapping[str, Sequence[str]], resource: str, action: str) -> tuple[str, ...]:
    """Sentences that answer the question, the verdict first. `held` is capacity → roles of the person asked about."""
    what = {
        "what": _("{action} “{resource}”").format(
            action=ACTIONS.get(action, action), resource=RESOURCES.get(resource, resource)
        )
    }
    if ended:
        return (_("No: this person’s access has been ended."),)
    if not held:
        return (_("No: this person has no role at present."),)
    sentences: list[str] = []
    for capacity, roles in held.items():
        reach = reach_of(capacity, frozenset(roles), resource, action)
        acting = {
            "capacity": str(CAPACITIES[capacity]),
            "roles": ", ".join(str(ROLES[capacity, role]) for role in roles),
        }
        if reach:
            sentences.append(
                _("Yes, acting as {capacity} ({roles}): they may {what}, limited to {reach}.").format(
                    **acting, **what, reach=REACHES[reach]
                )
            )
        else:
            sentences.append(_("No, acting as {capacity} ({roles}): no row lets them {what}.").format(**acting, **what))
    others = [
        f"{name} ({', '.join(may)})"
        for capacity, name in CAPACITIES.items()
        if (
            may := [
                str(ROLES[capacity, row.role])
                for row in POLICY
                if row.capacity == capacity and row.resource == resource and action in row.actions
            ]
        )
    ]
    sentences.append(
        _("Roles that may: {roles}.").format(roles="; ".join(others))
        if others
        else _("No role on the platform may do that.")
    )
    return tuple(sentences)
