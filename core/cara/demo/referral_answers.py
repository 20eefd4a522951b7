"""What an officer answers about one invented case, question by question. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from cara.api import Question
from cara.demo.fake_people import person
from cara.platform.reference_data.forces import FORCES

_OFFENCES: Final = (
    ("common_assault", "CJ88001", 8),
    ("battery", "CJ88116", 9),
    ("criminal_damage", "CD71039", 6),
    ("harassment", "PH97004", 3),
    ("threatening_behaviour", "PU86116", 3),
    ("domestic_theft", "", 2),
)
_LANGUAGES: Final = ("Polish", "Welsh", "Urdu", "Portuguese", "Gujarati", "British Sign Language")
_NEEDS: Final = (("interpreter", 6), ("learning_disability", 4), ("health", 4), ("gender_identity", 1))
_ACCESS: Final = ("Works nights: ring after midday.", "Needs step-free access.", "Hears better on the left side.")


def whole(
    rng: Random, force: str, local: Sequence[Question], number: int, decided_on: date, *, wider: bool, override: bool
) -> dict[str, Any]:
    """Answers to every question, such that the rules find the case eligible on `decided_on`.

    `wider`: the force holds instruments for medium risk and family members, so some cases use them. `override`: the
    victim does not agree and an authorising officer decides against their wish.
    """
    sex = rng.choices(("male", "female", "other"), (74, 24, 2))[0]
    relationship = rng.choices(("intimate", "family"), (80, 20))[0] if wider else "intimate"
    category, code, _weight = rng.choices(_OFFENCES, [weight for *_, weight in _OFFENCES])[0]
    offence_date = decided_on - timedelta(rng.randint(3, 24))
    caution_date = decided_on - timedelta(rng.randint(0, 2))
    answers: dict[str, Any] = {
        "admits_offence": True,
        "bail_or_investigation": False,
        "coercive_control_evidence": False,
        "earlier_disposals": (earlier := rng.random() < 0.12),
        **person(rng, number, sex, offence_date),
        "crime_reference": f"{FORCES[force].codes[0]}/TEST{number:05}/{offence_date:%y}",
        "offence_category": category,
        "offence_date": offence_date.isoformat(),
        "relationship": relationship,
        "risk": rng.choices(("standard", "medium"), (70, 30))[0] if wider else "standard",
        "risk_tool": rng.choice(("DASH", "DARA")),
        "risk_assessor": f"PC T{rng.randrange(1000, 9999)}",
        "risk_assessed_on": (offence_date + timedelta(rng.randint(0, 2))).isoformat(),
        "caution_date": caution_date.isoformat(),
        "conditions": _conditions(rng, sex, relationship),
        "format_proposed": "as_the_rules",
    }
    if earlier:
        answers["da_disposals"] = [(decided_on - timedelta(rng.randint(800, 4000))).isoformat()]
    if code and rng.random() < 0.8:
        answers["offence_code"] = code
    if rng.random() < 0.7:
        answers["risk_count"] = rng.randint(1, 11)
    return answers | _victim(rng, override=override) | _needs(rng) | {q.name: _local(rng, q) for q in local}


def _conditions(rng: Random, sex: str, relationship: str) -> list[str]:
    main = "juno" if sex == "female" and relationship == "family" else "cara"
    return [main, *(other for other in ("signposting", "compensation") if rng.random() < 0.3)]


def _victim(rng: Random, *, override: bool) -> dict[str, Any]:
    if not override:
        return {"victim_contacted": True, "victim_agrees": True, "victim_overridden": False}
    return {
        "victim_contacted": True,
        "victim_agrees": False,
        "victim_overridden": True,
        "override_officer": f"Insp T{rng.randrange(1000, 9999)} Specimen",
        "override_reason": "Invented reason: early help is in the public interest, and no further charge is likely.",
    }


def _needs(rng: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if rng.random() < 0.16:
        need = rng.choices([need for need, _ in _NEEDS], [weight for _, weight in _NEEDS])[0]
        found["needs"] = [need]
        if need == "interpreter":
            found["interpreter_language"] = rng.choice(_LANGUAGES)
    if rng.random() < 0.15:
        found["access_needs"] = rng.choice(_ACCESS)
    return found


def _local(rng: Random, question: Question) -> Any:
    """An answer to a force's own question, whatever it is."""
    match question.kind:
        case "choice":
            return rng.choice(question.options).value
        case "choices":
            return [rng.choice(question.options).value]
        case "yes_no" | "yes_no_unknown":
            return rng.random() < 0.8
        case "whole_number":
            return rng.randint(0, 9)
        case "date" | "dates":
            return None
        case _:
            return "Sample team"
