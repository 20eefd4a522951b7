"""The same invented rows for both sides, from one seed: organisations, officers with sessions, referrals, ready drafts.

Rows are plain dictionaries by table, in CARA's column names; the peer's tables have the same ones.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cara.features.eligibility.engine import answer
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.name_matching import fold, identity_key
from cara.features.referrals.questions import steps
from cara.platform.plugins import Forces

FORCE = "leicestershire"
"""Whose officers ask: a force with a plugin and two questions of its own."""
FORCES = (FORCE, "hampshire", "thames_valley", "kent")
PROVIDERS = ("bench_north", "bench_middle", "bench_south")
"""All licensed somewhere, the first for `FORCE`."""
OFFICERS = 16
_SURNAMES = ("Testcase", "O’Sample", "Example-Jones", "Ŵynne-Made-Up", "Specimen", "Pretend")
_FORENAMES = ("Alex", "Sam", "Jo", "Chris", "Pat", "Robin", "Kim")
_TABLES = ("organisation", "organisation_capacity", "person", "membership", "browser_session", "referral", "offender",
           "eligibility_decision", "local_answer", "draft", "licence")  # fmt: skip
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Size:
    """How much is there before anybody asks: referrals in each force, and ready drafts in `FORCE`."""

    referrals: int
    drafts: int


def token(officer: int) -> str:
    """The session cookie of an officer."""
    return f"bench-officer-{officer:02}-0123456789abcdef"


def draft_reference(number: int) -> str:
    """The reference of the nth ready draft."""
    return f"D{number // 10000:03}-{number % 10000:04}"


def rows(size: Size, forces: Forces, now: datetime) -> Rows:
    """Every row of the start, by table."""
    chance = random.Random(1959)
    made: Rows = {name: [] for name in _TABLES}
    _people(made, now)
    for force in FORCES:
        for number in range(size.referrals):
            _case(made, chance, force, number, now, forces)
    local = forces.extra_questions(FORCE)
    done = [step.slug for step in steps(local)]
    for number in range(size.drafts):
        made["draft"].append(
            {
                "id": number + 1, "reference": draft_reference(number), "force_id": FORCE, "provider_id": None, "version": 1,
                "answers": _answers(chance, f"DR/{number:06}/26", now.date()), "typed": {}, "done": done,
                "source": "officer", "identity_key": None, "fingerprint": None, "started_at": now, "started_by": "1",
                "saved_at": now, "referral_id": None, "discarded_at": None, "discarded_by": "",
            }
        )  # fmt: skip
    return made


def _people(made: Rows, now: datetime) -> None:
    def organisation(slug: str, force: str | None, capacity: str) -> None:
        made["organisation"].append(
            {
                "id": slug, "name": f"{slug.replace('_', ' ').title()} (invented)", "force_id": force, "mail_domains": [],
                "issuer": None, "client_id": "", "client_auth": "none", "entra": False, "groups_claim": "groups",
                "group_roles": {}, "just_in_time": False, "added_at": now, "ended_at": None,
            }
        )  # fmt: skip
        made["organisation_capacity"].append({"organisation_id": slug, "capacity": capacity})

    for force in FORCES:
        organisation(f"{force}_police", force, "force")
    for provider in PROVIDERS:
        organisation(provider, None, "provider")
    for number, force in enumerate(FORCES):
        made["licence"].append(
            {
                "id": number + 1, "provider_id": PROVIDERS[number % len(PROVIDERS)], "force_id": force, "starts": date(2020, 1, 1),
                "until": None, "reference": "invented", "granted_at": now, "granted_by": "1", "ended_at": None, "ended_by": "",
            }
        )  # fmt: skip
    for officer in range(OFFICERS):
        made["person"].append(
            {
                "id": officer + 1, "organisation_id": f"{FORCE}_police", "kind": "person", "name": f"PC {1000 + officer} Invented",
                "work_address": f"officer{officer}@example.test", "subject": f"s{officer}", "added_at": now, "added_by": "",
                "ended_at": None, "ended_by": "",
            }
        )  # fmt: skip
        made["membership"].append(
            {
                "id": officer + 1, "person_id": officer + 1, "capacity": "force", "role": "referring_officer", "by_group": False,
                "added_at": now, "added_by": "", "ended_at": None, "ended_by": "",
            }
        )  # fmt: skip
        made["browser_session"].append(
            {
                "token_hash": hashlib.sha256(token(officer).encode()).hexdigest(), "person_id": officer + 1, "capacity": "force",
                "started_at": now, "seen_at": now, "ends_at": now + timedelta(hours=12), "ended_at": None,
            }
        )  # fmt: skip


def _answers(chance: random.Random, crime: str, today: date) -> dict[str, Any]:
    """The answers of a whole draft of an eligible case."""
    caution = today - timedelta(days=chance.randint(0, 60))
    offence = caution - timedelta(days=chance.randint(3, 40))
    return {
        "admits_offence": True, "bail_or_investigation": False, "coercive_control_evidence": False, "earlier_disposals": False,
        "surname": chance.choice(_SURNAMES), "forenames": chance.choice(_FORENAMES),
        "date_of_birth": (today - timedelta(days=chance.randint(7000, 20000))).isoformat(), "sex": chance.choice(("male", "female")),
        "phone": f"+44 7700 900{chance.randint(0, 999):03}", "email": "invented@example.test", "address": "1 Made-Up Street\nNowhere",
        "postcode": "ZZ99 9ZZ", "crime_reference": crime, "offence_code": "CJ88116", "offence_category": "common_assault",
        "offence_date": offence.isoformat(), "relationship": "intimate", "risk": "standard", "risk_tool": "DARA", "risk_count": 3,
        "risk_assessor": "PC 1 Invented", "risk_assessed_on": offence.isoformat(), "victim_contacted": True, "victim_agrees": True,
        "victim_overridden": False, "caution_date": caution.isoformat(), "conditions": ["cara", "signposting"],
        "format_proposed": "as_the_rules", "local_authority": "city", "told_of_jenkins_centre": True,
    }  # fmt: skip


def _times(chance: random.Random, created: datetime) -> dict[str, Any]:
    """When what happened: a mix of all states, most cases accepted or waiting for the provider."""
    later = created + timedelta(days=chance.randint(1, 4))
    column = chance.choice((None, None, "accepted_at", "accepted_at", "asked_at", "returned_at", "withdrawn_at"))
    names = ("authorised_at", "declined_at", "asked_at", "accepted_at", "returned_at", "withdrawn_at", "superseded_at")
    return {"referred_at": created} | {name: later if name == column else None for name in names}


def _case(made: Rows, chance: random.Random, force: str, number: int, now: datetime, forces: Forces) -> None:
    a = _answers(chance, f"{force[:2].upper()}/{number:06}/26", now.date())
    case_id = len(made["referral"]) + 1
    caution = date.fromisoformat(a["caution_date"])
    created = datetime.combine(caution, datetime.min.time(), UTC) + timedelta(hours=10)
    provider = PROVIDERS[FORCES.index(force) % len(PROVIDERS)]
    shared = {"referral_id": case_id, "force_id": force, "provider_id": provider}
    as_answered = ("crime_reference", "offence_code", "offence_category", "relationship", "risk", "risk_tool", "risk_count",
                   "risk_assessor", "victim_contacted", "victim_agrees", "victim_overridden", "conditions")  # fmt: skip
    made["referral"].append(
        {name: a[name] for name in as_answered}
        | {
            "id": case_id, "reference": f"R{case_id // 10000:03}-{case_id % 10000:04}", "force_id": force, "provider_id": provider,
            "version": 1, "category_corrected": False, "offence_date": date.fromisoformat(a["offence_date"]),
            "risk_assessed_on": date.fromisoformat(a["risk_assessed_on"]), "regime": "conditional_caution", "caution_date": caution,
            "complete_by": caution + timedelta(112), "pathway": "group", "format_proposed": "group", "format_confirmed": "",
            "needs": [], "interpreter_language": "", "access_needs": "", "created_at": created, "created_by": "1",
            "authorisation_needed": False, "proposed_provider": provider, "accept_by": caution + timedelta(7),
            "authorised_by": "", "declined_by": "", "declined_reason": "", "accepted_by": "", "returned_by": "",
            "return_reason": "", "return_note": "", "withdrawn_by": "",
        }
        | _times(chance, created)
    )  # fmt: skip
    made["offender"].append(
        shared
        | {name: a[name] for name in ("surname", "forenames", "sex", "phone", "email", "address", "postcode")}
        | {
            "folded": fold(f"{a['surname']} {a['forenames']}"), "date_of_birth": date.fromisoformat(a["date_of_birth"]),
            "identity_key": identity_key(force, a["crime_reference"], a["surname"], a["forenames"], a["date_of_birth"]),
        }
    )  # fmt: skip
    facts = facts_of(a, now.date())
    decided = answer(facts_from(facts), force, forces, ())
    made["eligibility_decision"].append(
        shared
        | {
            "id": case_id, "provider_id": None, "rule_pack": decided.rule_pack, "facts": facts, "answer": decided.as_dict(),
            "outcome": decided.outcome, "override_officer": "", "override_reason": "", "decided_at": created, "decided_by": "1",
        }
    )  # fmt: skip


def drafts(first: int, count: int) -> Iterator[str]:
    """References of ready drafts, each to be referred once."""
    return (draft_reference(number) for number in range(first, first + count))
