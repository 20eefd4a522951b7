"""A synthetic case that passes every national rule, to be changed one fact at a time: for tests, docs and the demo."""

from copy import deepcopy
from typing import Any

_PASSES: dict[str, Any] = {
    "decided_on": "2026-05-01",
    "referred_by": "police",
    "offence": {"category": "common_assault", "date": "2026-04-20"},
    "offender": {
        "date_of_birth": "1990-02-03",
        "sex": "male",
        "admits_offence": True,
        "bail_or_investigation": False,
        "coercive_control_evidence": False,
        "da_disposals": ["2021-06-01"],
    },
    "relationship": "intimate",
    "risk": "standard",
    "victim": {"contacted": True, "agrees": True, "override": None},
    "needs": {"interpreter": False, "learning_disability": False, "gender_identity": False, "health": False},
    "conditions": ["cara"],
}


def example(**changes: object) -> dict[str, Any]:
    """The case as plain data, with changes: `example(risk="medium", offender__sex="female")`."""
    case = deepcopy(_PASSES)
    for path, value in changes.items():
        *parts, last = path.split("__")
        inside = case
        for part in parts:
            inside = inside[part]
        inside[last] = value
    return case
