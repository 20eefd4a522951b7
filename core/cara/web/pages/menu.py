"""The menu: its entries in order, and which of them a person sees."""

from typing import Final

from cara.i18n import lazy
from cara.platform.access.actor import Actor
from cara.web.ui.layout import Group, Place

ENTRIES: Final[tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...]] = (
    ("", (
        (lazy("What needs me"), "/work", "referral", "list"),
        (lazy("Who needs contact"), "/victims", "victim", "list"),
        (lazy("Cases"), "/cases", "referral", "list"),
        (lazy("Deadlines"), "/deadlines", "course", "list"),
        (lazy("Cohorts"), "/cohorts", "cohort", "list"),
        (lazy("Reviews"), "/reviews", "review", "list"),
        (lazy("Consultations"), "/consultations", "consultation", "list"),
        (lazy("Drafts"), "/drafts", "draft", "list"),
    )),
    (lazy("Cases and the course"), (
        (lazy("Check eligibility"), "/eligibility", "eligibility", "use"),
        (lazy("Import"), "/imports", "import", "run"),
        (lazy("Messages"), "/messages", "message", "list"),
        (lazy("Venues"), "/venues", "venue", "list"),
        (lazy("Group work"), "/group-work", "group_work", "read"),
    )),
    (lazy("Help afterwards"), (
        (lazy("Onward referrals"), "/onward-referrals", "onward_referral", "list"),
        (lazy("Services for people on the course"), "/services/for-people-on-the-course", "service", "list"),
        (lazy("Services for victims"), "/services/for-victims", "victims_service", "list"),
        (lazy("Budgets for people on the course"), "/budgets/for-people-on-the-course", "budget", "list"),
        (lazy("Budgets for victims"), "/budgets/for-victims", "victims_budget", "list"),
    )),
    (lazy("Rules and records"), (
        (lazy("Licences"), "/licences", "licence", "list"),
        (lazy("Figures"), "/figures", "figures", "read"),
        (lazy("Instruments"), "/instruments", "instrument", "read"),
        (lazy("Operation Encompass"), "/encompass", "agreement", "list"),
        (lazy("Duty supervisor and cover"), "/force-contacts", "force_contact", "list"),
        (lazy("Forces"), "/forces", "arrangement", "read"),
        (lazy("Records to look at"), "/retention", "retention", "list"),
        (lazy("Keeping periods"), "/retention-periods", "retention_period", "read"),
    )),
    (lazy("People and access"), (
        (lazy("People"), "/people", "people", "list"),
        (lazy("Sign-in settings"), "/organisation", "organisation", "settle"),
        (lazy("Organisations"), "/organisations", "organisation", "list"),
        (lazy("Who may do what"), "/policy", "policy", "read"),
    )),
)  # fmt: skip
"""The menu, in order: under each heading text, address, and what one must be allowed to do to see it. What is done every day has no
heading and stands in the menu itself; the rest is behind its last entry."""
ADDRESSES: Final = frozenset(href for _heading, entries in ENTRIES for _text, href, _resource, _action in entries)
FEW: Final = 6
"""So many entries stand in the menu side by side, whatever their heading."""


def menu_of(actor: Actor, path: str) -> tuple[tuple[Place, ...], tuple[Group, ...]]:
    """Return the entries of a person's menu, and the groups behind its last entry."""
    groups = tuple(
        Group(str(heading), found)
        for heading, entries in ENTRIES
        if (found := tuple(
            Place(str(text), href, current=path == href)
            for text, href, resource, action in entries
            if actor.may(resource, action)
        ))
    )  # fmt: skip
    every = tuple(place for group in groups for place in group.places)
    if len(every) <= FEW:
        return every, ()
    if groups[0].title:  # an administrator, who works on no case
        return groups[-1].places, groups[:-1]
    return groups[0].places, groups[1:]
