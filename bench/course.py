"""The rows of a country at work: live cases in the course, in cohorts with their registers, for both sides."""

import hashlib
import random
from datetime import date, datetime, time, timedelta
from typing import Any

from cara.platform.plugins import Forces
from cases import FORCE, FORCES, OFFICERS, PROVIDERS, Rows, Size, rows, token

SEATS = 10
TABLES = ("force_arrangement", "venue", "cohort", "workshop", "place", "attendance")
REGISTER = "C000-0000"
"""Reference of the cohort whose register is read: workshop A was four weeks ago, B is today."""


def country(live: int, forces: Forces, now: datetime) -> Rows:
    """`live` cases, spread evenly over the forces; of each force's provider as many facilitators as there are officers.

    Of ten cases one waits for its first booking, four are booked, three have attended A, one goes by telephone, one is reported.
    """
    made = rows(Size(1, 0), forces, now)
    patterns = {row["force_id"]: (row, made["offender"][n]) for n, row in enumerate(made["referral"])}
    made |= {"referral": [], "offender": [], "eligibility_decision": []} | {name: [] for name in TABLES}
    _facilitators(made)
    made["force_arrangement"] = [
        {"force_id": force, "profile": {"chances_at_a": 1}, "distribution": "", "version": "", "loaded_at": now}
        for force in FORCES
    ]
    chance, today = random.Random(1601), now.date()
    for number in range(live):
        force = FORCES[number % len(FORCES)]
        _case(made, chance, number, *patterns[force], today, now)
    return made


def _facilitators(made: Rows) -> None:
    people, members, sessions = made["person"], made["membership"], made["browser_session"]
    for officer in range(OFFICERS):
        number = OFFICERS + officer
        people.append(people[officer] | {"id": number + 1, "organisation_id": PROVIDERS[0], "subject": f"s{number}",
                                         "name": f"Facilitator {number} Invented"})  # fmt: skip
        members.append(
            members[officer]
            | {"id": number + 1, "person_id": number + 1, "capacity": "provider", "role": "facilitator"}
        )
        sessions.append(sessions[officer] | {"token_hash": hashlib.sha256(token(number).encode()).hexdigest(),
                                             "person_id": number + 1, "capacity": "provider"})  # fmt: skip


def _case(
    made: Rows,
    chance: random.Random,
    number: int,
    referral: dict[str, Any],
    offender: dict[str, Any],
    today: date,
    now: datetime,
) -> None:
    case_id, kind = number + 1, number // len(FORCES) % 10
    own = {"force_id": referral["force_id"], "provider_id": referral["provider_id"]}
    complete_by = today + timedelta(chance.randint(-3, 111))
    crime = f"{own['force_id'][:2].upper()}/{number:06}/26"
    times = dict.fromkeys(("asked_at", "returned_at", "withdrawn_at", "superseded_at", "declined_at"))
    made["referral"].append(referral | times | {
        "id": case_id, "reference": f"R{case_id // 10000:03}-{case_id % 10000:04}", "crime_reference": crime, "accepted_at": now,
        "complete_by": complete_by, "caution_date": complete_by - timedelta(112), "booked_at": now if 1 <= kind <= 7 else None,
        "a_on": today - timedelta(28) if 5 <= kind <= 7 else None, "telephone_at": now if kind == 8 else None,
        "reported_at": now if kind == 9 else None, "offered_at": None, "b_on": None, "breached_at": None, "closed_at": None,
        "completed_at": None,
    })  # fmt: skip
    made["offender"].append(offender | {"referral_id": case_id, "identity_key": hashlib.sha256(crime.encode()).hexdigest(),
                                        "surname": chance.choice(("Testcase", "O’Sample", "Example-Jones", "Specimen"))})  # fmt: skip
    if 1 <= kind <= 7:
        _seat(made, case_id, own, today, now, attended=kind >= 5)


def _seat(made: Rows, case_id: int, own: dict[str, Any], today: date, now: datetime, *, attended: bool) -> None:
    """A place in the open cohort of the case's force: one of those under way, or one of those to come."""
    cohort = _open_cohort(made, own, today, now, attended=attended)
    cohort["taken"] += 1
    steps = {f"{step}_{end}": None if end == "at" else "" for step in ("waiting", "offered", "confirmed", "refused", "released")
             for end in ("at", "by")}  # fmt: skip
    made["place"].append(own | steps | {
        "id": len(made["place"]) + 1, "referral_id": case_id, "cohort_id": cohort["id"], "version": 1, "only_b": False,
        "gap_reason": "", "booked_at": now, "booked_by": "1", "release_reason": "",
    })  # fmt: skip
    if attended:
        made["attendance"].append(own | {
            "id": len(made["attendance"]) + 1, "referral_id": case_id, "workshop_id": 2 * cohort["id"] - 1, "part": "A",
            "outcome": "attended", "reason_code": "", "gap_reason": "", "happened_on": today - timedelta(28), "recorded_at": now,
            "recorded_by": "1", "corrects": None, "correction_reason": "",
        })  # fmt: skip


def _open_cohort(made: Rows, own: dict[str, Any], today: date, now: datetime, *, attended: bool) -> dict[str, Any]:
    part = f"{own['force_id']}/{attended}"
    found = next(
        (one for one in made["cohort"][-4 * len(FORCES) :] if one["area"] == part and one["taken"] < SEATS), None
    )
    return found or _cohort(made, own, part, today - timedelta(28) if attended else today + timedelta(7), now)


def _cohort(made: Rows, own: dict[str, Any], area: str, a_day: date, now: datetime) -> dict[str, Any]:
    venue = next((one["id"] for one in made["venue"] if one["force_id"] == own["force_id"]), None)
    if venue is None:
        venue = len(made["venue"]) + 1
        made["venue"].append(own | {
            "id": venue, "reference": f"V000-{venue:04}", "version": 1, "name": "Made-up hall", "area": "", "address": "Nowhere",
            "access": "", "capacity": 30, "added_at": now, "added_by": "1", "ended_at": None, "ended_by": "",
        })  # fmt: skip
    number = len(made["cohort"]) + 1
    first = (
        own["force_id"] == FORCE
        and area.endswith("True")
        and not any(c["reference"] == REGISTER for c in made["cohort"][:99])
    )
    made["cohort"].append(own | {
        "id": number, "reference": REGISTER if first else f"C{number // 10000 + 1:03}-{number % 10000:04}", "version": 1,
        "group": "male", "area": area, "capacity": SEATS, "taken": 0, "lead_id": None, "second_id": None, "cover_id": None,
        "interpreter_language": "", "gap_reason": "", "made_at": now, "made_by": "1", "cancelled_at": None, "cancelled_by": "",
        "cancel_reason": "",
    })  # fmt: skip
    for part, day in (("A", a_day), ("B", a_day + timedelta(28))):
        made["workshop"].append(own | {
            "id": len(made["workshop"]) + 1, "cohort_id": number, "version": 1, "part": part, "day": day, "starts": time(9, 30),
            "ends": time(15), "venue_id": venue, "sequence": 0,
        })  # fmt: skip
    return made["cohort"][-1]
