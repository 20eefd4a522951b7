"""A proposal as its page shows it. Names are read anew through the reader's own scope, and only of cases that they have."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from cara import dates
from cara.features.course.cohorts import actions, queries
from cara.features.course.proposals.constraints import Terms
from cara.features.course.proposals.facilitator_clashes import leading, shared_by_one_pair
from cara.features.course.proposals.models import ScheduleProposal
from cara.features.referrals.models import Offender, Referral
from cara.i18n import gettext, ngettext
from cara.i18n import lazy as _
from cara.platform.unit_of_work import Work

_r: Any = Referral
_o: Any = Offender
_NAMES = (
    select(_r.id, _r.reference, _r.complete_by, _o.surname, _o.forenames)
    .join(_o, _o.referral_id == _r.id)
    .where(_r.id.in_(bindparam("numbers", expanding=True)))
)
REFUSED: Mapping[str, str] = {
    "past": _("past"),
    "taken": _("a workshop while another is in the venue"),
    "unled": _("a workshop while fewer than two facilitators are free"),
    "holiday": _("a workshop on a bank holiday"),
    "licence": _("a workshop on a day that no licence covers"),
    "shut": _("a venue that is closed"),
}
"""Why a cohort was not looked at."""


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody in a plan."""

    number: str
    reference: str
    name: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cohort of a plan."""

    id: str
    new: bool
    reference: str
    title: str
    a: date
    b: date
    seats: int
    taken: int
    people: Sequence[Someone]
    warned: Sequence[str] = ()
    became: Mapping[str, Any] = field(default_factory=dict)
    """What it became, once it was accepted."""


def names(w: Work, numbers: Sequence[str]) -> dict[str, Someone]:
    """Number of a case → who it is, for the actor's own cases."""
    wanted = [int(one) for one in numbers if one.isdecimal()]
    rows = w.run(_NAMES, numbers=wanted) if wanted else ()
    return {str(row.id): Someone(str(row.id), row.reference, f"{row.surname.upper()}, {row.forenames}") for row in rows}


def everybody(row: ScheduleProposal) -> list[str]:
    """The numbers of all cases that a plan knows."""
    seated = [person for room in row.plan.get("rooms", ()) for person in room["people"]]
    return [*seated, *row.plan.get("unplaced", {})]


def rooms(w: Work, row: ScheduleProposal, known: Mapping[str, Someone]) -> list[Shown]:
    """The cohorts of a plan, the nearest first."""
    groups = actions.group_labels(w, row.force_id)
    kept = sorted(row.plan.get("rooms", ()), key=lambda one: (one["a"], one["venue"], one["group"]))
    ahead = [one for one in kept if one["new"] and one["id"] not in row.taken]
    terms = Terms.of(row.terms)
    venues, leaders = _warnings(w, ahead, terms), _leaders(w, ahead, terms)
    return [
        Shown(
            one["id"], one["new"], one["reference"], _title(one, groups), date.fromisoformat(one["a"]), date.fromisoformat(one["b"]),
            one["seats"], one["taken"], [known[person] for person in one["people"] if person in known],
            (*venues.get(one["id"], ()), *leaders.get(one["id"], ())), _became(row.taken.get(one["id"]), known),
        )
        for one in kept
    ]  # fmt: skip


def ticked(w: Work, row: ScheduleProposal, found: Sequence[Shown]) -> set[str]:
    """Cohorts to begin with, the nearest first: one pair of facilitators could lead all that are new."""
    new = [(one.id, frozenset({one.a, one.b})) for one in found if one.new and not one.became]
    led = leading(w, {day for _id, days in new for day in days}, Terms.of(row.terms))
    made = {one.id for one in found if not one.new and not one.became}
    return made | shared_by_one_pair(new, [*actions.facilitators(w)], led)


def left_out(w: Work, row: ScheduleProposal) -> dict[str, str]:
    """Cohorts that a coordinator left out: id → what they would have been."""
    venues = {one.reference: one.name for one in queries.venues(w)}
    groups = actions.group_labels(w, row.force_id)

    def words(name: str) -> str:
        venue, _dot, rest = name.partition(".")
        group, _dot, day = rest.partition(".")
        if venue not in venues or not day[:8].isdecimal():
            return gettext("Cohort %(reference)s") % {"reference": rest or name}
        return f"{groups.get(group, group)}: {venues[venue]}, {dates.absolute(date.fromisoformat(day[:8]))}"

    return {name: words(name) for name in row.terms["cohorts_out"]}


def _title(one: Mapping[str, Any], groups: Mapping[str, str]) -> str:
    where = f"{one['venue']}, {one['area']}" if one["area"] else one["venue"]
    return f"{groups.get(one['group'], one['group'])}: {where}"


def _became(kept: Mapping[str, Any] | None, known: Mapping[str, Someone]) -> dict[str, Any]:
    if kept is None:
        return {}
    failed = [Someone(known[one].number, known[one].reference, known[one].name, why)
              for one, why in kept["failed"].items() if one in known]  # fmt: skip
    return {"cohort": kept["cohort"], "seated": len(kept["seated"]), "failed": failed}


def _warnings(w: Work, kept: Sequence[Mapping[str, Any]], terms: Terms) -> dict[str, list[str]]:
    """Cohort → where it would meet another one, proposed or made, in the same venue."""
    venues = {one.reference: one.id or 0 for one in queries.venues(w)}
    days = [(one, part, date.fromisoformat(one[part.lower()])) for one in kept for part in ("A", "B")]
    uses = Counter((one["reference"], day) for one, _part, day in days)
    slots = {
        f"{part} {one['id']}": (day, terms.starts, terms.ends, venues.get(one["reference"], 0))
        for one, part, day in days
    }
    clashes = {key for key, what in queries.warnings(w, slots) if what == "clash"} if slots else set()
    text = _("Another workshop would be in this venue at the time of workshop %(part)s.")
    told: dict[str, list[str]] = {}
    for one, part, day in days:
        if uses[one["reference"], day] > 1 or f"{part} {one['id']}" in clashes:
            told.setdefault(one["id"], []).append(gettext(text) % {"part": part})
    return told


def _leaders(w: Work, kept: Sequence[Mapping[str, Any]], terms: Terms) -> dict[str, list[str]]:
    """Cohort → who cannot lead it, because they lead another one then."""
    days = {one["id"]: {date.fromisoformat(one[part]) for part in ("a", "b")} for one in kept}
    people = actions.facilitators(w)
    text = _("%(who)s leads cohort %(reference)s on %(day)s.")
    told: dict[str, list[str]] = {}
    for led in leading(w, {day for own in days.values() for day in own}, terms):
        for name in (name for name, own in days.items() if led.person in people and led.day in own):
            said = {"who": people[led.person], "reference": led.cohort, "day": dates.absolute(led.day)}
            told.setdefault(name, []).append(gettext(text) % said)
    return told


def unplaced(row: ScheduleProposal, known: Mapping[str, Someone]) -> list[Someone]:
    """Who has no place in a plan, and why."""
    return [
        Someone(number, known[number].reference, known[number].name, _of_somebody(why))
        for number, why in row.plan.get("unplaced", {}).items()
        if number in known
    ]


def _of_somebody(why: str) -> str:
    """The scheduler's reason as a sentence about a person."""
    said = re.sub(r"\bits (group|areas|deadline|caution)", r"their \1", why)
    said = re.sub(r"\d{4}-\d\d-\d\d", lambda day: dates.absolute(date.fromisoformat(day[0])), said)
    return said[:1].upper() + said[1:]


def pounds(text: str) -> str:
    """An amount as it is written: whole pounds without pence."""
    cost = Decimal(text)
    return f"£{cost:,.0f}" if cost == cost.to_integral_value() else f"£{cost:,.2f}"


def proof(figures: Mapping[str, Any]) -> str:
    """Whether a plan is proved the best, or how far off it may be."""
    if figures["optimal"]:
        return gettext("Proved: no plan places more people, costs less for that, or leaves more room for repeats.")
    if figures["placed"] < figures["most_placed"]:
        return gettext("Not proved: up to %(n)s people might be placed.") % {"n": figures["most_placed"]}
    if Decimal(figures["bound"]) < Decimal(figures["cost"]):
        told = gettext("Not proved: a plan that places as many people costs at least %(bound)s.")
        return told % {"bound": pounds(figures["bound"])}
    told = gettext("The cost is proved. Up to %(n)s people might have room for a repeat.")
    return told % {"n": figures["most_repeatable"]}


def compared(w: Work, row: ScheduleProposal) -> list[tuple[str, Mapping[str, Any] | None, str]]:
    """The plan and what was tried beside it: what it is called, its figures (None: not there yet), why there are none."""
    own = [(gettext("This plan"), row.plan["figures"], "")] if row.plan else []
    people = queries.people(w, [one["what"].get("facilitator") for one in row.what_ifs])
    return own + [(_called(one["what"], people), one["figures"], one["failure"]) for one in row.what_ifs]


def _called(what: Mapping[str, Any], people: Mapping[int, str]) -> str:
    if what["kind"] == "more":
        return gettext("%(n)s %% more people") % {"n": what["percent"]}
    days = {part: dates.absolute(date.fromisoformat(what[part])) for part in ("first", "last")}
    who = what.get("venue") or people.get(what.get("facilitator", 0), gettext("Somebody"))
    text = (
        _("%(who)s closed, %(first)s to %(last)s")
        if what["kind"] == "venue"
        else _("%(who)s ill, %(first)s to %(last)s")
    )
    return gettext(text) % {"who": who, **days}


def summary(figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A plan in a few lines."""
    cohorts = ngettext("%(num)d cohort", "%(num)d cohorts", figures["cohorts"]) % {"num": figures["cohorts"]}
    return [
        (gettext("New cohorts"), f"{cohorts}, {pounds(figures['cost'])}"),
        (gettext("Given a place"), str(figures["placed"])),
        (gettext("Left without"), str(figures["unplaced"])),
        (gettext("Could still repeat"), gettext("%(n)s of those with a place") % {"n": figures["repeatable"]}),
        (gettext("How good it is"), proof(figures)),
    ]
