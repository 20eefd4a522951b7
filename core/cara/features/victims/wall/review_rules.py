"""The rules of a disclosure review, as data. Pure: no session, no clock.

A disclosure or concern opens it and holds the case; views are gathered; police decide. "Police and Hampton Trust" look at what
was disclosed (overview 2021); with a local provider that provider and police do, and the Trust is consulted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cara.bank_holidays import add_working_days
from cara.clock import LONDON, london_day
from cara.errors import Forbidden, NotNow
from cara.i18n import gettext
from cara.i18n import lazy as _

SOURCES: Mapping[str, str] = {
    "victim": _("The victim told somebody"),
    "room": _("A concern from the course"),
    "police": _("The police"),
    "answer": _("An answer that somebody recorded"),
}
RISKS: Mapping[str, str] = {
    "unknown": _("Not assessed yet"), "standard": _("Standard"), "medium": _("Medium"), "high": _("High"),
}  # fmt: skip
"""In rising order. What is not assessed counts as the least, so that the first assessment stands."""
QUESTIONS: Mapping[str, str] = {
    "before_a": _("May workshop A take place?"),
    "before_b": _("May workshop B take place?"),
    "after_b": _("Both workshops are over. Is anything to be done before the course ends?"),
}
"""What the views are asked for."""
VIEWS: Mapping[str, str] = {
    "proceed": _("Proceed"),
    "managed": _("Proceed, with care"),
    "stop": _("Stop"),
}
"""What a side can think, and what police can decide."""
NO_NEW_RISK = "no_new_risk"
DECISIONS: Mapping[str, str] = {**VIEWS, NO_NEW_RISK: _("No new risk")}
"""What police can decide. That there is no new risk a supervisor decides alone, where nothing but recorded answers opened it."""
SIDES: Mapping[str, str] = {
    "police": _("Police"),
    "victim_service": _("Victim service"),
    "provider": _("Provider"),
    "trust": _("Hampton Trust"),
}
SIDE_OF: Mapping[str, str] = {"force": "police", "victim_service": "victim_service", "provider": "provider"}
"""Capacity → the side for which somebody speaks. The Trust, in its national capacity, answers a consultation instead."""


@dataclass(frozen=True, slots=True)
class Account:
    """What somebody said, and what whoever wrote it down knows beside it."""

    words: str
    risk: str = "unknown"
    child: bool | None = None
    danger: bool | None = None
    """Whether somebody is in danger at this moment."""
    causes: tuple[str, ...] = ()
    """The recorded answers that made it: words of `answers.CAUSES`. What was written down or heard has none."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides which prompts are raised: the accounts of a review, taken together."""

    risk: str
    child: bool
    danger: bool
    encompass: bool
    """Whether the local authority of the case's area agreed to Operation Encompass."""
    check_encompass: bool = False
    """Whether some authority of the force did, and the case's area is not known."""
    mash_first: bool = False
    """Whether all high risk goes to the MASH before MARAC in this area, or may, its area not being known."""


@dataclass(frozen=True, slots=True)
class Local:
    """What is settled in the area of a case."""

    encompass: bool = False
    check_encompass: bool = False
    mash_first: bool = False


def facts(accounts: Iterable[Account], risk: str, local: Local) -> Facts:
    """The facts of a review whose risk is `risk`; one yes among its accounts is a yes."""
    known = list(accounts)
    return Facts(
        risk, any(one.child for one in known), any(one.danger for one in known), local.encompass, local.check_encompass,
        local.mash_first,
    )  # fmt: skip


def worst(one: str, other: str) -> str:
    """The graver of two words for the risk."""
    order = list(RISKS)
    return max(one, other, key=order.index)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, or to tell, beside deciding. `raised` says from the facts when to prompt it; None: never by itself."""

    label: str
    raised: Callable[[Facts], bool] | None = None


STEPS: Mapping[str, Step] = {
    "call_999": Step(_("Call 999: somebody is in danger now"), lambda f: f.danger),
    "marac": Step(_("Refer to MARAC"), lambda f: f.risk == "high"),
    "mash": Step(_("Tell the MASH"), lambda f: f.child or (f.risk == "high" and f.mash_first)),
    "safeguarding": Step(_("Safeguarding: a referral for each child"), lambda f: f.child),
    "encompass": Step(
        _("Operation Encompass: tell the child’s school before its next day, where the local authority agreed"),
        lambda f: f.child and f.encompass,
    ),
    "check_encompass": Step(
        _("Operation Encompass: the case names no area. Check whether the child’s local authority agreed; if so, tell the school "
          "before its next day"),
        lambda f: f.child and f.check_encompass,
    ),
    "mappa": Step(
        _("Tell who manages the person, if they are under MAPPA or IOM already"), lambda f: f.risk in ("medium", "high")
    ),
    "told_victim": Step(_("Told the victim")),
    "told_worker": Step(_("Told the victim’s worker")),
    "told_provider": Step(_("Told the provider")),
    "told_officer": Step(_("Told the officer in the case")),
    "told_other": Step(_("Told somebody else")),
}  # fmt: skip
"""What can be recorded beside views and decision, in the order in which it matters."""
OUTCOMES: Mapping[str, str] = {"done": _("Done"), "not_needed": _("Not needed, and I say why")}
ANOTHER = "account"
"""The step that is another account: what was disclosed or heard while the review stood open."""


def prompts(known: Facts) -> tuple[str, ...]:
    """Which steps are prompted, the most urgent first: the MASH before MARAC where the area's order is so."""
    order = [*STEPS]
    if known.mash_first:
        marac, mash = order.index("marac"), order.index("mash")
        order[marac], order[mash] = order[mash], order[marac]
    return tuple(name for name in order if (raised := STEPS[name].raised) and raised(known))


@dataclass(frozen=True, slots=True)
class Transition:
    """From these states, by this action, to that one; `who` are the capacities that may. A test holds the verbs to it."""

    action: str
    sources: tuple[str, ...]
    to: str
    who: tuple[str, ...]


_OPEN = ("open", "views")
_EVERYBODY = ("force", "victim_service", "provider")
TRANSITIONS: tuple[Transition, ...] = (
    Transition("open", ("", "proceeded"), "open", _EVERYBODY),
    Transition("account", (*_OPEN, "stopped"), "open", _EVERYBODY),
    Transition("view", _OPEN, "views", _EVERYBODY),
    Transition("consult", _OPEN, "views", ("force", "victim_service")),
    Transition("ask_provider", _OPEN, "", ("force",)),
    Transition("step", (*_OPEN, "proceeded", "stopped"), "", ("force", "victim_service")),
    Transition("proceed", ("views",), "proceeded", ("force",)),
    Transition("managed", ("views",), "proceeded", ("force",)),
    Transition(NO_NEW_RISK, _OPEN, "proceeded", ("force",)),
    Transition("stop", _OPEN, "stopped", ("force",)),
)
"""An empty source: there is no review yet. An empty target: the state stays. Another account on what was stopped leaves it so."""
STATES: Mapping[str, str] = {
    "open": _("Open: views are needed"),
    "views": _("Open: views are coming in"),
    "proceeded": _("Decided"),
    "stopped": _("Stopped"),
}


def state_of(decision: str, *, views: bool) -> str:
    """Where a review stands; `views`: whether somebody's view counts."""
    if decision:
        return "stopped" if decision == "stop" else "proceeded"
    return "views" if views else "open"


def check(action: str, state: str, capacity: str) -> None:
    """Whether this can be done now, by this side.

    Raises:
        Forbidden: never by this side.
        NotNow: not from where the review stands.
    """
    one = next(one for one in TRANSITIONS if one.action == action)
    if capacity not in one.who:
        raise Forbidden(gettext("Only the police decide about a review, and release what it holds."))
    if state not in one.sources:
        if state in _OPEN:
            raise NotNow(gettext("A review cannot be decided so before there is a view."))
        raise NotNow(gettext("This review is decided. What is disclosed now opens another."))


def question(*, a: bool, b: bool) -> str:
    """What is asked, by which workshops were attended."""
    return "after_b" if b else "before_b" if a else "before_a"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is there to decide on. `views` are the sides whose view counts: it was given after the last account came in."""

    views: frozenset[str]
    consulted: bool
    """Whether the Trust was asked since the last account; it need not have answered."""
    danger_unanswered: bool = False
    answers_alone: bool = False
    """Whether nothing but recorded answers opened it: nobody disclosed anything, and nobody raised a concern."""


NEEDS: Mapping[str, str] = {
    "view.police": _("the view of the police"),
    "view.provider": _("the view of the provider"),
    "view.trust": _("the view of the Hampton Trust"),
    "consulted.trust": _("that the Hampton Trust is consulted; it need not have answered"),
    "answers.alone": _("that nothing but recorded answers opened it: it is also about what somebody said or heard"),
    "step.call_999": _("what came of the call to 999: an account says that somebody is in danger now"),
}
OTHER_SIDE: Mapping[str, tuple[str, ...]] = {
    "trust_delivers": ("view.provider",),
    "local_provider": ("view.provider", "consulted.trust"),
    "nobody_asked": ("view.trust",),
}
"""Who stands beside the police: the Trust where it delivers; a local provider, the Trust being consulted; and the Trust alone
where the provider is not asked, or there is none yet."""


def other_side(*, asked: bool, delivers: bool, provider: bool) -> str:
    """Which of `OTHER_SIDE` it is. `asked`: the force's arrangement has the provider asked; `delivers`: the Trust is it."""
    if not (asked and provider):
        return "nobody_asked"
    return "trust_delivers" if delivers else "local_provider"


def missing(decision: str, other: str, standing: Standing) -> tuple[str, ...]:
    """What is still needed before this can be decided. To stop nothing is: that can be decided at once."""
    if decision == "stop":
        return ()
    if decision == NO_NEW_RISK:
        return () if standing.answers_alone else ("answers.alone",)
    there = {f"view.{side}" for side in standing.views}
    there |= {"consulted.trust"} if standing.consulted or "trust" in standing.views else set()
    wanted = ("view.police", *OTHER_SIDE[other])
    urgent = ("step.call_999",) if standing.danger_unanswered else ()
    return tuple(one for one in wanted if one not in there) + urgent


HIGH_WITHIN = timedelta(hours=24)
"""How soon a high risk is decided on, every day of the week [our default]."""
WORKING_DAYS = 3
"""Within how many working days any other is [our default]."""


def due_at(opened_at: datetime, risk: str, risk_at: datetime, workshop: date | None) -> datetime:
    """By when a decision is needed: the limit of its grade, or the end of the day before the next workshop, whichever is earlier. A
    risk that rose counts from when it did. The clock of 16 weeks runs on beside it."""
    limits = [end_of(add_working_days(london_day(opened_at), WORKING_DAYS))]
    if risk == "high":
        limits.append(risk_at + HIGH_WITHIN)
    if workshop is not None:
        limits.append(end_of(workshop - timedelta(days=1)))
    return min(limits)


def end_of(day: date) -> datetime:
    """The last minute of a day in London."""
    return datetime.combine(day, time(23, 59), LONDON)


TOLD: Mapping[str, Callable[[datetime, datetime], datetime]] = {
    "review_waits": lambda opened, due: opened + max(due - opened, timedelta(0)) / 2,
    "review_overdue": lambda _opened, due: due,
}
"""Who is written to about a review that nobody has decided, and from when: every supervisor of the force once half of the time is
gone, its cover address once all of it is [our default]."""
