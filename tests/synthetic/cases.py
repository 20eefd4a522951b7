"""Cases in every force, with every provider, in every state, as rows. Each text that could tell something is a canary."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from cara import clock
from cara.features.eligibility.examples import example
from cara.features.referrals.states import IN_COURSE, STATES

from synthetic.canaries import canary
from synthetic.people import FORCES, PEOPLE, SERVES, Somebody

NOW = clock.now()
TODAY = clock.london_day(NOW)
STATE_NAMES = tuple(state for state, _column in STATES)
ACCEPTED = (*IN_COURSE, "completed", "closed", "breached")
UNSEEN = ("awaiting_authorisation", "declined")
"""States before any provider may see the case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One synthetic referral. `provider` is whom it is for; `open_to` the provider that may see it by now."""

    id: int
    force: str
    provider: str
    state: str

    @property
    def force_id(self) -> str:
        return self.force

    @property
    def provider_id(self) -> str | None:
        return self.open_to

    @property
    def open_to(self) -> str | None:
        return None if self.state in UNSEEN else self.provider

    @property
    def reference(self) -> str:
        return canary(self.force, "referral", "reference", provider=self.open_to or "", case=str(self.id))

    def mark(self, table: str, column: str, *, provider: bool = True) -> str:
        """This case's canary in a column. `provider`: whether the provider of the case may see that table."""
        return canary(self.force, table, column, provider=(self.open_to or "") if provider else "", case=str(self.id))


def _every_case() -> Iterator[Case]:
    number = 0
    for force in FORCES:
        for provider in SERVES[force]:
            for state in STATE_NAMES:
                number += 1
                yield Case(number, force, provider, state)


CASES: tuple[Case, ...] = tuple(_every_case())


def case_of(force: str, provider: str, state: str) -> Case:
    """The one case like that."""
    return next(c for c in CASES if (c.force, c.provider, c.state) == (force, provider, state))


@dataclass(frozen=True, slots=True)
class Draft:
    """One synthetic draft: ready to refer, or with mistakes."""

    id: int
    force: str
    kind: str

    @property
    def reference(self) -> str:
        return canary(self.force, "draft", "reference", case=f"draft-{self.id}")

    def mark(self, column: str) -> str:
        return canary(self.force, "draft", column, case=f"draft-{self.id}")


DRAFTS: tuple[Draft, ...] = tuple(
    Draft(number, force, kind)
    for number, (force, kind) in enumerate(((f, k) for f in FORCES for k in ("ready", "mistaken")), start=1)
)


def draft_of(force: str, kind: str = "ready") -> Draft:
    """The one draft like that."""
    return next(d for d in DRAFTS if (d.force, d.kind) == (force, kind))


@dataclass(frozen=True, slots=True)
class Upload:
    """One synthetic file of a records system: held for import, or imported already."""

    id: int
    force: str
    kind: str

    @property
    def reference(self) -> str:
        return canary(self.force, "held_upload", "reference", case=f"upload-{self.id}")

    @property
    def content(self) -> bytes:
        """A row that will do and one that will not."""
        mark = canary(self.force, "held_upload", "content", case=f"upload-{self.id}")
        return (
            "crime_reference,surname,forenames,date_of_birth,sex\r\n"
            f"SYN-{mark},{mark},{mark},03/02/1990,male\r\n"
            f"SYN-{mark}-b,{mark},{mark},31/02/1990,male\r\n"
        ).encode()


UPLOADS: tuple[Upload, ...] = tuple(
    Upload(number, force, kind)
    for number, (force, kind) in enumerate(((f, k) for f in FORCES for k in ("waiting", "imported")), start=1)
)


def officer(force: str) -> Somebody:
    return PEOPLE[f"{force}_police.referring_officer"]


def coordinator(provider: str) -> Somebody:
    return next(p for p in PEOPLE.values() if (p.body.id, p.capacity, p.role) == (provider, "provider", "coordinator"))


LOCAL: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "hampshire": {"service_area": "county", "neighbourhood_team": "Synthetic team"},
        "leicestershire": {"local_authority": "city", "told_of_jenkins_centre": True},
        "thames_valley": {"local_policing_area": "berkshire", "contact_team_informed": True},
        "kent": {},
    }
)
"""Whole answers to each force's own questions."""


def answers(force: str, mark: Any = lambda column: f"Synthetic {column}") -> dict[str, Any]:
    """Answers of a whole draft that the rules let through in any force; `mark` makes the texts."""
    return {
        "admits_offence": True, "bail_or_investigation": False, "coercive_control_evidence": False, "earlier_disposals": False,
        "surname": mark("surname"), "forenames": mark("forenames"), "date_of_birth": "1990-02-03", "sex": "male",
        "phone": mark("phone"), "email": mark("email"), "address": mark("address"), "postcode": mark("postcode"),
        "crime_reference": mark("crime_reference"), "offence_category": "common_assault",
        "offence_date": (TODAY - timedelta(20)).isoformat(), "relationship": "intimate", "risk": "standard",
        "risk_tool": mark("risk_tool"), "risk_count": 3, "risk_assessor": mark("risk_assessor"),
        "risk_assessed_on": (TODAY - timedelta(19)).isoformat(), "victim_contacted": True, "victim_agrees": True,
        "victim_overridden": False, "caution_date": (TODAY - timedelta(10)).isoformat(), "conditions": ["cara"],
        "needs": ["interpreter"], "interpreter_language": mark("interpreter_language"), "access_needs": mark("access_needs"),
        "format_proposed": "as_the_rules", **LOCAL[force],
    }  # fmt: skip


STEPS = ("screening", "offender", "offence", "relationship-and-risk", "victims-views", "caution", "needs")


def rows(people: Mapping[str, Somebody] = PEOPLE) -> dict[str, list[dict[str, Any]]]:
    """Table → rows, in the order in which they can be inserted."""
    made: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in ("draft", "referral", "offender", "eligibility_decision", "local_answer", "information_request")
    }
    for draft in DRAFTS:
        made["draft"].append(_draft(draft))
    made["held_upload"] = [_upload(upload) for upload in UPLOADS]
    for case in CASES:
        made["referral"].append(_referral(case))
        made["offender"].append(_offender(case))
        made["eligibility_decision"].append(_decision(case))
        made["local_answer"].append(
            {"referral_id": case.id, "question": case.mark("local_answer", "question"), "force_id": case.force,
             "provider_id": case.open_to, "label": case.mark("local_answer", "label"), "answer": case.mark("local_answer", "answer"),
             "force_only": False}
        )  # fmt: skip
        made["local_answer"].append(_for_the_force(case))
        if case.open_to:
            made["information_request"].append(_request(case))
    return made


def _for_the_force(case: Case) -> dict[str, Any]:
    """An answer that no provider may see, whoever has the case."""

    def mark(column: str) -> str:
        return case.mark("local_answer", column, provider=False)

    return {
        "referral_id": case.id, "question": f"kept {mark('question')}", "force_id": case.force, "provider_id": None,
        "label": mark("label"), "answer": mark("answer"), "force_only": True,
    }  # fmt: skip


def _draft(draft: Draft) -> dict[str, Any]:
    given = answers(draft.force, draft.mark)
    mistaken = draft.kind == "mistaken"
    typed = {
        "caution": {"caution_date-day": [draft.mark("typed")], "caution_date-month": ["2"], "caution_date-year": ["x"]}
    }
    return {
        "id": draft.id, "reference": draft.reference, "force_id": draft.force, "provider_id": None, "version": 1,
        "answers": given, "typed": typed if mistaken else {},
        "done": [step for step in (*STEPS, *(["local"] if LOCAL[draft.force] else [])) if not (mistaken and step == "caution")],
        "source": "officer", "identity_key": draft.mark("identity_key"), "fingerprint": draft.mark("fingerprint"),
        "started_at": NOW, "started_by": str(officer(draft.force).number), "saved_at": NOW, "referral_id": None,
        "discarded_at": None, "discarded_by": "",
    }  # fmt: skip


def _upload(upload: Upload) -> dict[str, Any]:
    imported = upload.kind == "imported"
    police = str(officer(upload.force).number)
    return {
        "id": upload.id, "reference": upload.reference, "force_id": upload.force, "provider_id": None, "content": upload.content,
        "made_at": NOW, "made_by": police, "expires_at": NOW + timedelta(hours=12), "imported_at": NOW if imported else None,
        "imported_by": police if imported else "", "accepted": int(imported), "rejected": int(imported), "duplicates": 0,
    }  # fmt: skip


PASSED: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        state: {"accepted_at": 9, **more}
        for state, more in {
            "by_telephone": {},
            "offered": {},
            "booked": {},
            "attended_a": {"booked_at": 9, "a_on": 8},
            "both_done": {"booked_at": 40, "a_on": 36, "b_on": 8},
            "completed": {"booked_at": 40, "a_on": 36, "b_on": 8},
            "breach_review": {},
            "breached": {},
            "closed": {},
        }.items()
    }
)
"""State in the course → what lies behind it, and how many days ago."""


def _referral(case: Case) -> dict[str, Any]:
    columns = {state: column for state, column in STATES if column}
    police, provider = str(officer(case.force).number), str(coordinator(case.provider).number)
    times: dict[str, datetime | None] = dict.fromkeys(columns.values())
    if case.state in columns:
        times[columns[case.state]] = NOW
    if case.open_to:
        times["referred_at"] = NOW - timedelta(1)
    for reached, days in PASSED.get(case.state, {}).items():
        times[reached] = (TODAY if reached in ("a_on", "b_on") else NOW) - timedelta(days)
    caution = TODAY - timedelta(10)
    made: dict[str, Any] = {
        name: case.mark("referral", name)
        for name in (
            "crime_reference",
            "offence_code",
            "risk_tool",
            "risk_assessor",
            "interpreter_language",
            "access_needs",
        )
    }
    return made | times | {
        "id": case.id, "reference": case.reference, "force_id": case.force, "provider_id": case.open_to, "version": 1,
        "offence_category": "common_assault", "category_corrected": False, "offence_date": TODAY - timedelta(20),
        "relationship": "intimate", "risk": "standard", "risk_count": 3, "risk_assessed_on": TODAY - timedelta(19),
        "victim_contacted": True, "victim_agrees": True, "victim_overridden": False, "regime": "conditional_caution",
        "caution_date": caution, "conditions": ["cara"], "complete_by": caution + timedelta(112), "pathway": "group",
        "format_proposed": "group", "format_confirmed": "group" if case.state in ACCEPTED else "", "needs": ["interpreter"],
        "created_at": NOW - timedelta(1), "created_by": police, "authorisation_needed": case.state in UNSEEN,
        "proposed_provider": case.provider, "accept_by": TODAY + timedelta(5) if case.open_to else None,
        "authorised_at": None, "authorised_by": "", "declined_by": police if case.state == "declined" else "",
        "declined_reason": case.mark("referral", "declined_reason") if case.state == "declined" else "",
        "accepted_by": provider if case.state in ACCEPTED else "", "returned_by": provider if case.state == "returned" else "",
        "return_reason": "facts" if case.state == "returned" else "",
        "return_note": case.mark("referral", "return_note") if case.state == "returned" else "",
        "withdrawn_by": police if case.state == "withdrawn" else "",
    }  # fmt: skip


def _offender(case: Case) -> dict[str, Any]:
    texts = ("surname", "forenames", "identity_key", "phone", "email", "address", "postcode")
    made: dict[str, Any] = {name: case.mark("offender", name) for name in texts}
    return made | {
        "referral_id": case.id, "force_id": case.force, "provider_id": case.open_to, "sex": "male",
        "folded": f"{made['surname']} {made['forenames']}", "date_of_birth": date(1990, 2, 3),
    }  # fmt: skip


def _decision(case: Case) -> dict[str, Any]:
    def mark(column: str) -> str:
        return case.mark("eligibility_decision", column, provider=False)

    rule = {
        "id": "E01",
        "title": "Synthetic rule",
        "outcome": "met",
        "reason": mark("answer"),
        "source": "none",
        "effect": "blocks",
    }
    told = {
        "outcome": "eligible", "pathway": "group", "force": case.force, "decided_on": TODAY.isoformat(), "instruments": [],
        "rules": [rule], "advice": [], "rule_pack": "synthetic", "regime": "conditional_caution",
    }  # fmt: skip
    return {
        "id": case.id, "referral_id": case.id, "force_id": case.force, "provider_id": None, "rule_pack": "synthetic",
        "facts": example(victim__override={"officer": mark("facts"), "reason": mark("facts")}), "answer": told,
        "outcome": "eligible", "override_officer": mark("override_officer"), "override_reason": mark("override_reason"),
        "decided_at": NOW, "decided_by": str(officer(case.force).number),
    }  # fmt: skip


def _request(case: Case) -> dict[str, Any]:
    waiting = case.state == "information_requested"
    return {
        "id": case.id, "referral_id": case.id, "force_id": case.force, "provider_id": case.open_to,
        "question": case.mark("information_request", "question"), "asked_at": NOW,
        "asked_by": str(coordinator(case.provider).number), "answer": "" if waiting else case.mark("information_request", "answer"),
        "answered_at": None if waiting else NOW, "answered_by": "" if waiting else str(officer(case.force).number),
    }  # fmt: skip


def fingerprint(text: str) -> str:
    """A hash as the code under test would make one."""
    return hashlib.sha256(text.encode()).hexdigest()


CASE_ROWS = rows()
