"""Victims of each force, their records and reviews, in ciphertext. What stands in them must appear on no page but their own."""

import json
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from cara.features.victims.wall.review_encryption import written as account
from cara.features.victims.wall.review_rules import Account
from cara.platform.crypto.keyring import Keyring
from cara.platform.one_time_links import hash_token

from synthetic.canaries import canary
from synthetic.cases import NOW, TODAY, Case, case_of
from synthetic.people import FORCES, SERVES

HELD = ("accepted", "referred")
"""In these states each force's first case has a victim with a record; the first of them is also held, and under review."""
KEEPERS: Mapping[str, str | None] = MappingProxyType(
    {"hampshire": "hampton_trust", "leicestershire": "hampton_trust", "thames_valley": None, "kent": "hampton_trust"}
)
"""Who keeps the records, as the forces' arrangements say."""
SEALED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "victim": ("name", "contact", "address"),
        "victim_details_change": ("before", "after"),
        "victim_attempt": ("note",),
        "victim_conversation": ("said",),
        "victim_risk": ("assessed",),
        "victim_broken_glass": ("reason",),
        "victim_details_shown": ("words",),
        "victim_hold": ("cause",),
        "disclosure_review": ("account", "reasons"),
        "disclosure_view": ("words",),
        "disclosure_step": ("words",),
    }
)
"""Table → its columns that are ciphertext, each with a canary in every force."""


def victim_canary(force: str, table: str, column: str) -> str:
    """What stands, encrypted, in a victim's column."""
    return canary(f"victim:{force}", table, column)


def kept(force: str, table: str, column: str) -> str:
    """What is sealed in a victim's column: its canary, in the shape that the room reads."""
    mark = victim_canary(force, table, column)
    shapes: dict[tuple[str, str], Any] = {
        ("victim", "contact"): {"method": "phone", "note": mark},
        ("victim_details_change", "before"): {"contact": json.dumps({"note": mark}), "address": mark},
        ("victim_details_change", "after"): {"contact": json.dumps({"note": mark}), "address": mark},
        ("victim_conversation", "said"): {"together": "apart", "risk_now": mark},
        ("victim_risk", "assessed"): {"tool": "Synthetic tool", "grade": "standard", "count": 3, "assessor": mark},
    }
    return json.dumps(shapes[table, column]) if (table, column) in shapes else mark


def keeper_of(force: str) -> str:
    """The organisation that keeps a force's records, or nothing: the force itself."""
    return KEEPERS[force] or ""


def reference_of(force: str, state: str) -> str:
    """How the victims' side calls somebody. Like a case's, it stands in addresses."""
    return f"V{FORCES.index(force)}{HELD.index(state)}2-2345"


def review_of(force: str) -> str:
    """How a force's review is called."""
    return f"R{FORCES.index(force)}22-2345"


def consultation_of(force: str) -> str:
    """How what the Trust is asked about it is called: as if the two had nothing to do with one another."""
    return f"T{FORCES.index(force)}22-2345"


def views_token(force: str) -> str:
    """The secret part of a link by which a force's first victim says what they thought."""
    return f"synthetic-views-of-{force}"


def consultation_rows() -> list[dict[str, Any]]:
    """What the Trust is asked about each force's review."""
    return [
        {"id": number, "reference": consultation_of(force), "force_id": force, "risk": "medium", "question": "before_b",
         "asked_at": NOW, "view": "", "words": "", "answered_at": None, "answered_by": ""}
        for number, force in enumerate(FORCES, start=1)
    ]  # fmt: skip


def victim_rows(keys: Keyring) -> dict[str, list[dict[str, Any]]]:
    """A victim for two cases of each force, and all that can be kept of one."""
    made: dict[str, list[dict[str, Any]]] = {"victim": [], "victim_in_case": [], "victim_hold": []}
    for number, (force, state) in enumerate(((f, s) for f in FORCES for s in HELD), start=1):
        case = case_of(force, SERVES[force][0], state)
        for table, row in _rows(keys, keys.new_person(force), number, case, held=state == HELD[0]):
            made.setdefault(table, []).append(row)
    return made


def _text(table: str, column: str, mark: str) -> str:
    """What is sealed: a canary, or a document with it in the place of somebody's words."""
    return account(Account(mark, child=True)) if (table, column) == ("disclosure_review", "account") else mark


def _rows(keys: Keyring, key: str, number: int, case: Case, *, held: bool) -> list[tuple[str, dict[str, Any]]]:
    force = case.force
    whose = {"force_id": force, "keeper_id": KEEPERS[force]}

    def row(table: str, **values: Any) -> tuple[str, dict[str, Any]]:
        texts = {
            name: keys.encrypt(force, key, f"{table}.{name}", _text(table, name, kept(force, table, name)))
            for name in SEALED.get(table, ())
        }
        return table, whose | texts | values

    of_case = {"id": number, "victim_id": number, "referral_id": case.id}
    written = {"recorded_at": NOW, "recorded_by": ""}
    undone = {"decided_at": None, "decided_by": ""}
    rows = [
        row("victim", id=number, key_id=key, added_at=NOW, erased_at=None, version=1),
        row("victim_in_case", victim_id=number, referral_id=case.id, reference=reference_of(force, case.state),
            case_reference=case.reference, referral_risk="standard", area="", added_at=NOW, added_by=""),
        row("victim_details_change", id=number, victim_id=number, reference=f"D{number}22-2345", source="victim", proposed_at=NOW,
            proposed_by="", confirmed=False, **undone),
        row("victim_attempt", **of_case, point="before_a", method="phone", outcome="spoke", happened_at=NOW, warned="", why="", **written),
        row("victim_conversation", **of_case, point="before_a", on=TODAY, weighed_at=NOW, **written),
        row("victim_risk", **of_case, assessed_on=TODAY, basis="", weighed_at=NOW, **written),
        row("victim_views_link", **of_case, method="text", nonce="", made_at=NOW, made_by="", agreed_on=TODAY,
            token_hash=hash_token("survey", views_token(force)) if held else "",
            ends_at=NOW + timedelta(20), answered_at=None, seen_at=None, seen_by=""),
        row("victim_course_news", id=number, referral_id=case.id, what="booked", day=TODAY + timedelta(7), at=NOW, seen_at=None,
            seen_by=""),
        row("victim_broken_glass", **of_case, opened_at=NOW, opened_by="", ends_at=NOW, reviewed_at=None, reviewed_by="", justified=None,
            second_by="", second_at=None, second_agreed=None, conditional=False),
        row("victim_refusal", **of_case, on=TODAY, refused="both", company="alone", withdrawn_on=TODAY, withdrawn_method="phone",
            withdrawn_at=NOW, withdrawn_by="", **written),
        row("victim_details_shown", **of_case, shown_at=NOW, shown_by="", ends_at=NOW, why="life", explained_at=NOW, explained_by=""),
    ]  # fmt: skip
    if held:
        rows += [
            row("victim_hold", id=number, referral_id=case.id, key_id=key, placed_at=NOW, placed_by="", advice_before_b=False,
                cancel_approved_at=None, cancel_approved_by="",
                released_at=None, released_by=""),
            row("disclosure_review", id=number, referral_id=case.id, case_reference=case.reference, reference=review_of(force),
                victim_id=number, hold_id=number, key_id=key, source="victim", risk="medium", question="before_b", opened_at=NOW,
                area="", risk_at=NOW, provider_asked_at=NOW, supervisors_told_at=None, cover_told_at=None, opened_by="",
                consultation=consultation_of(force), decision="", version=1, **undone),
            row("disclosure_view", id=number, review_id=number, side="police", view="managed", given_at=NOW, given_by=""),
            row("disclosure_step", id=number, review_id=number, step="marac", outcome="done", happened_at=NOW, **written),
        ]  # fmt: skip
    return rows


_ON = {f"on-{part}": str(getattr(TODAY, part)) for part in ("day", "month", "year")}
_WHEN = {"which_day": "other", **_ON}
VICTIMS: Mapping[str, Mapping[str, Any]] = {
    "attempt": {
        "point": "before_a",
        "method": "phone",
        "outcome": "no_answer",
        "time": "00:00",
        "why": "they_rang",
        **_WHEN,
    },
    "conversation": {"point": "before_a", "disclosed": "no", "risk_now": "Synthetic", **_WHEN},
    "risk": {"tool": "Synthetic", "grade": "standard", "assessor": "Synthetic", **_WHEN},
    "refusal": {"refused": "both", "company": "alone", **_WHEN},
    "contact-again": {"method": "phone", "wants": "both", **_WHEN},
    "shown": {"why": "unused", "newest": "99"},
    "police-risk": {"grade": "standard", "assessor": "Synthetic", **_WHEN},
    "show": {},
    "change": {"source": "victim", "phone": "01632 960002", "address": "Synthetic"},
    "survey": {"heard": "some", "in_words": "Synthetic", **_ON},
    "check": {"decision": "confirm"},
    "erase": {"why": "asked"},
    "emergency-review": {"justified": "yes", "newest": "99"},
    "seen": {"newest": "99"},
    "ask": {"agreed": "yes"},
}
"""What the forms of a victim's record send."""


for _force in FORCES:
    for _table, _columns in SEALED.items():
        for _column in _columns:
            victim_canary(_force, _table, _column)
