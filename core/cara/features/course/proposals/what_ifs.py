"""What if a venue were closed, a facilitator ill, or more people referred: each turned into another problem to plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from cara.features.course.cohorts import queries
from cara.features.course.proposals.constraints import Hall, Terms
from cara.features.course.proposals.problem_builder import Shut, gather, nothing_shut
from cara.features.course.proposals.result import Gathered
from cara.features.scheduling.what_if import more_referrals
from cara.i18n import lazy as _
from cara.platform.plugins import Forces
from cara.platform.unit_of_work import Work

KINDS: Mapping[str, str] = {
    "venue": _("A venue is closed"),
    "facilitator": _("A facilitator is ill"),
    "more": _("More people are referred"),
}


def gather_what_if(w: Work, forces: Forces, force: str, terms: Terms, what: Mapping[str, Any]) -> Gathered:
    """The problem as it would be. Whoever sits in a cohort that could not be held needs another place; pins there fall away."""
    found = gather(w, forces, force, terms, _shut(what))
    if what["kind"] != "more":
        return found
    more = more_referrals(_planned(found), what["percent"])
    return replace(found, problem=replace(found.problem, people=(*found.problem.people, *_added(found, more))))


def _planned(found: Gathered) -> Any:
    """The problem without those who sit already: nobody is drawn after them."""
    return replace(found.problem, people=tuple(one for one in found.problem.people if one.id not in found.seated))


def _added(found: Gathered, more: Any) -> Any:
    known = {one.id for one in found.problem.people}
    return tuple(one for one in more.people if one.id not in known)


def _shut(what: Mapping[str, Any]) -> Shut:
    if what["kind"] == "more":
        return nothing_shut
    first, last = date.fromisoformat(what["first"]), date.fromisoformat(what["last"])

    def closed(hall: Hall | None, room: queries.Room | None, day: date) -> bool:
        if not first <= day <= last:
            return False
        if what["kind"] == "facilitator":
            return room is not None and what["facilitator"] in (room.cohort.lead_id, room.cohort.second_id)
        return (hall.name if hall else _held_in(room, day)) == str(what["venue"])

    return closed


def _held_in(room: queries.Room | None, day: date) -> str:
    parts = room.workshops.items() if room else ()
    return next((room.venues[part] for part, one in parts if room and one.day == day), "")
