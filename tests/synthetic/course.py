"""Venues, cohorts and what happened in them, for every force and each of its providers; each text a canary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from synthetic.canaries import canary
from synthetic.cases import CASE_ROWS, CASES, NOW, TODAY, Case, coordinator, officer
from synthetic.people import FORCES, SERVES

PLACED = {
    "offered": "offered",
    "booked": "booked",
    "attended_a": "booked",
    "both_done": "booked",
    "completed": "booked",
}
"""State of a case → how far its place has come."""
AFTER_A = ("attended_a", "both_done", "completed")
PARTS = ("A", "B")
COURSE_TABLES = (
    "venue", "cohort", "workshop", "workshop_change", "place", "kept_apart", "attendance", "engagement_note",
    "telephone_intervention", "telephone_session", "non_compliance", "breach_decision", "closing", "follow_up", "schedule_proposal",
)  # fmt: skip
PAUSE = {"id": 1, "force_id": "hampshire", "provider_id": "hampton_trust", "reason": "Synthetic reason", "begun_at": NOW,
         "begun_by": "", "ended_at": None, "ended_by": ""}  # fmt: skip
"""Group work is suspended for one provider in one force."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort, its venue and its two workshops: A was eight days ago and B is to come, or both are `ahead`."""

    id: int
    force: str
    provider: str
    ahead: bool = False

    def mark(self, table: str, column: str) -> str:
        return canary(self.force, table, column, provider=self.provider, case=f"cohort-{self.id}")

    @property
    def reference(self) -> str:
        return self.mark("cohort", "reference")

    @property
    def venue(self) -> str:
        return self.mark("venue", "reference")

    def day(self, part: str) -> date:
        return TODAY + timedelta((10 if self.ahead else -8) + (0 if part == "A" else 28))

    def workshop(self, part: str) -> int:
        return 2 * self.id - (part == "A")


COHORTS: tuple[Cohort, ...] = tuple(
    Cohort(number, force, provider, ahead)
    for number, (force, provider, ahead) in enumerate(
        ((f, p, ahead) for f in FORCES for p in SERVES[f] for ahead in (False, True)), start=1
    )
)


def cohort_of(force: str, provider: str, *, ahead: bool = False) -> Cohort:
    """The one cohort like that."""
    return next(c for c in COHORTS if (c.force, c.provider, c.ahead) == (force, provider, ahead))


def _by(provider: str) -> str:
    return str(coordinator(provider).number)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Table → rows, in the order in which they can be inserted."""
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in COURSE_TABLES}
    for cohort in COHORTS:
        for name, found in _rooms(cohort).items():
            made[name] += found
        people = {c.state: c for c in CASES if (c.force, c.provider) == (cohort.force, cohort.provider)}
        for name, rows_ in _people(cohort, people).items():
            made[name] += rows_
    for table, found in made.items():
        for number, row in enumerate(found, start=1):
            if table not in ("closing", "follow_up"):
                row.setdefault("id", number)
    return made


def _rooms(c: Cohort) -> Mapping[str, list[dict[str, Any]]]:
    own = {"force_id": c.force, "provider_id": c.provider}
    by = _by(c.provider)
    times = {"starts": time(9, 30), "ends": time(15), "venue_id": c.id}
    return {
        "venue": [own | {
            "id": c.id, "reference": c.venue, "version": 1, "name": c.mark("venue", "name"), "area": c.mark("venue", "area"),
            "address": c.mark("venue", "address"), "access": c.mark("venue", "access"), "capacity": 12, "added_at": NOW,
            "added_by": by, "ended_at": None, "ended_by": "",
        }],
        "cohort": [own | {
            "id": c.id, "reference": c.reference, "version": 1, "group": "male", "area": c.mark("cohort", "area"), "capacity": 10,
            "taken": 1 if c.ahead else len(PLACED) - 1, "lead_id": None, "second_id": None, "cover_id": None,
            "interpreter_language": c.mark("cohort", "interpreter_language"), "gap_reason": c.mark("cohort", "gap_reason"),
            "made_at": NOW, "made_by": by, "cancelled_at": None, "cancelled_by": "", "cancel_reason": c.mark("cohort", "cancel_reason"),
        }],
        "workshop": [own | times | {"id": c.workshop(p), "cohort_id": c.id, "version": 1, "part": p, "day": c.day(p), "sequence": 0}
                     for p in PARTS],
        "workshop_change": [own | times | {
            "workshop_id": c.workshop("B"), "day": c.day("B") + timedelta(1), "reason": c.mark("workshop_change", "reason"),
            "changed_at": NOW, "changed_by": by,
        }],
    }  # fmt: skip


def _of(case: Case) -> dict[str, Any]:
    return {"referral_id": case.id, "force_id": case.force, "provider_id": case.provider}


def _people(c: Cohort, people: Mapping[str, Case]) -> Mapping[str, Iterable[dict[str, Any]]]:
    by, police = _by(c.provider), str(officer(c.force).number)
    if c.ahead:
        return {
            "place": [_place(c, people["offered"], "offered")],
            "schedule_proposal": [_proposal(c, people["accepted"])],
        }
    pair = sorted((people["accepted"].id, people["booked"].id))
    reported, telephoned, over = people["breach_review"], people["by_telephone"], people["breached"]
    return {
        "place": [_place(c, people[state], far) for state, far in PLACED.items() if far == "booked"],
        "kept_apart": [{"force_id": c.force, "provider_id": c.provider, "referral_id": pair[0], "other_id": pair[1],
                        "entered_at": NOW, "entered_by": police, "ended_at": None, "ended_by": ""}],
        "attendance": [_of(people[state]) | {
            "workshop_id": c.workshop("A"), "part": "A", "outcome": "attended", "reason_code": "", "happened_on": c.day("A"),
            "gap_reason": people[state].mark("attendance", "gap_reason"), "recorded_at": NOW, "recorded_by": by, "corrects": None,
            "correction_reason": people[state].mark("attendance", "correction_reason"),
        } for state in AFTER_A],
        "engagement_note": [_of(people["attended_a"]) | {
            "workshop_id": c.workshop("A"), "text": people["attended_a"].mark("engagement_note", "text"), "written_at": NOW,
            "written_by": by,
        }],
        "telephone_intervention": [_of(telephoned) | {
            "id": c.id, "reasons": ["language"], "other_reason": telephoned.mark("telephone_intervention", "other_reason"),
            "facilitator_id": None, "begun_at": NOW, "begun_by": by, "ended_at": None, "ended_by": "",
        }],
        "telephone_session": [_of(telephoned) | {
            "intervention_id": c.id, "happened_on": TODAY, "outcome": "no_answer", "covers": "", "recorded_at": NOW, "recorded_by": by,
        }],
        "non_compliance": [_of(one) | {
            "id": 2 * c.id - (one is reported), "ground": "missed", "account": one.mark("non_compliance", "account"),
            "evidence": {"missed": [one.mark("non_compliance", "evidence")]}, "reported_at": NOW, "reported_by": by,
        } for one in (reported, over)],
        "breach_decision": [_of(over) | {
            "report_id": 2 * c.id, "decision": "prosecute", "reason": over.mark("breach_decision", "reason"),
            "complete_by_before": TODAY + timedelta(102), "complete_by": TODAY + timedelta(102), "decided_at": NOW, "decided_by": police,
        }],
        "closing": [_of(people["closed"]) | {
            "kind": "withdrew", "note": people["closed"].mark("closing", "note"), "happened_on": TODAY, "closed_at": NOW, "closed_by": by,
        }],
        "follow_up": [_of(people["completed"]) | {
            "due_on": TODAY - timedelta(1), "outcome": "", "answered_at": None, "answered_by": "",
        }],
    }  # fmt: skip


def _proposal(c: Cohort, case: Case) -> dict[str, Any]:
    """A plan that runs one new cohort with one case in it, and leaves another out."""
    marks = {
        name: c.mark("schedule_proposal", name)
        for name in ("reference", "terms", "plan", "what_ifs", "taken", "failure")
    }
    days = {part.lower(): c.day(part).isoformat() for part in PARTS}
    figures = {"cohorts": 1, "cost": "2500", "placed": 1, "unplaced": 1, "repeatable": 1, "optimal": True, "bound": "2500",
               "most_placed": 1, "most_repeatable": 1}  # fmt: skip
    return {
        "force_id": c.force, "provider_id": c.provider, "reference": marks["reference"], "version": 1,
        "terms": {"venues": [c.venue], "groups": ["male"], "weekdays": [5], "starts": "09:30", "ends": "15:00",
                  "first": c.day("A").isoformat(), "last": c.day("B").isoformat(), "gaps": [28], "capacity": 10, "cost": "2500",
                  "travel": "small", "pins": {}, "people_out": [], "cohorts_out": [marks["terms"]]},
        "plan": {"figures": figures, "refused": {}, "unplaced": {str(case.id): marks["plan"]}, "rooms": [
            days | {"id": f"{c.venue}.male", "new": True, "reference": c.venue, "group": "male", "area": "", "venue": marks["plan"],
                    "seats": 10, "taken": 0, "people": [str(case.id)]}]},
        "what_ifs": [{"what": {"kind": "more", "percent": 20}, "figures": None, "failure": marks["what_ifs"]}],
        "taken": {"gone": {"cohort": marks["taken"], "seated": [], "failed": {}}},
        "asked_at": NOW, "asked_by": _by(c.provider), "planned_at": NOW, "failure": marks["failure"],
    }  # fmt: skip


def proposal_of(cohort: Cohort) -> str:
    """The reference of the plan that was made where this cohort is ahead."""
    return cohort.mark("schedule_proposal", "reference")


def _place(c: Cohort, case: Case, far: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for step in ("waiting", "offered", "booked", "confirmed", "refused", "released"):
        reached = step == far
        made |= {f"{step}_at": NOW if reached else None, f"{step}_by": _by(c.provider) if reached else ""}
    return made | _of(case) | {
        "cohort_id": c.id, "version": 1, "only_b": False, "gap_reason": case.mark("place", "gap_reason"), "release_reason": "",
    }  # fmt: skip


CASE_ROWS.update(rows())
"""So that whoever sweeps over cases sweeps over these too."""
