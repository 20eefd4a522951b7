"""Verbs of a referral. The only writers of its tables, beside `drafts` for what is not yet a referral."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, or_, update
from sqlmodel import select

from cara.api import Question
from cara.eligibility.answer import Answer
from cara.errors import Conflict, Forbidden, NotFound
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.referrals.deadlines import accept_by, deadlines
from cara.referrals.facts import NEEDS
from cara.referrals.models import Draft, EligibilityDecision, InformationRequest, LocalAnswer, Offender, Referral
from cara.referrals.names import fold, identity_key, new_reference
from cara.referrals.states import OPEN, in_state, transition
from cara.work import Work

_REFERRAL, _OFFENDER, _DECISION, _LOCAL = (insert(m) for m in (Referral, Offender, EligibilityDecision, LocalAnswer))

_SAME = (
    "crime_reference", "offence_code", "offence_category", "relationship", "risk", "risk_tool", "risk_count", "risk_assessor",
    "victim_contacted", "victim_agrees", "conditions", "needs", "interpreter_language", "access_needs",
)  # fmt: skip
"""Questions whose answers stand in the referral under the same name."""
_UNKNOWN_COUNTS = (
    "admits_offence",
    "bail_or_investigation",
    "coercive_control_evidence",
    "earlier_disposals",
    "victim_contacted",
)


def refer(
    w: Work,
    draft: Draft,
    *,
    facts: Mapping[str, Any],
    answer: Answer,
    provider: str,
    authorisation_needed: bool,
    mapped_category: str,
    local: Sequence[Question] = (),
) -> str:
    """Turn a whole draft into a referral, with the eligibility decision behind it, and return its reference.

    It goes to `provider` at once, or, where authorisation is needed, once a supervisor has authorised it.

    Raises:
        Conflict: the rules do not answer "eligible", or this person is already referred for this crime.
        Stale: the draft was changed meanwhile.
    """
    if answer.outcome != "eligible":
        raise Conflict(
            _("The rules do not answer “eligible” for this case, so it cannot be referred. Look at the reasons first.")
        )
    a = draft.answers
    key = identity_key(draft.force_id, a["crime_reference"], a["surname"], a["forenames"], a["date_of_birth"])
    if _already_open(w, key):
        raise Conflict(_("This person is already referred for this crime. Look for the case on your list."))
    caution_date = date.fromisoformat(a["caution_date"])
    needs = a.get("needs") or []
    opened_to = None if authorisation_needed else provider
    reference = new_reference()
    referral_id = (
        w.session.connection()
        .execute(
            _REFERRAL,
            {
                "reference": reference,
                "force_id": draft.force_id,
                "provider_id": opened_to,
                "version": 1,
                "crime_reference": a["crime_reference"],
                "offence_code": a.get("offence_code") or "",
                "offence_category": a["offence_category"],
                "category_corrected": bool(mapped_category and mapped_category != a["offence_category"]),
                "offence_date": date.fromisoformat(a["offence_date"]),
                "relationship": a["relationship"],
                "risk": a["risk"],
                "risk_tool": a.get("risk_tool") or "",
                "risk_count": a.get("risk_count"),
                "risk_assessor": a.get("risk_assessor") or "",
                "risk_assessed_on": _day(a.get("risk_assessed_on")),
                "victim_contacted": a.get("victim_contacted"),
                "victim_agrees": a.get("victim_agrees"),
                "victim_overridden": bool(a.get("victim_overridden")),
                "regime": "conditional_caution",
                "caution_date": caution_date,
                "conditions": a.get("conditions") or [],
                "complete_by": deadlines(caution_date).complete_by,
                "pathway": answer.pathway or "group",
                "format_proposed": _format(a, answer),
                "format_confirmed": "",
                "needs": [need for need in NEEDS if need in needs],
                "interpreter_language": a.get("interpreter_language") or "",
                "access_needs": a.get("access_needs") or "",
                "created_at": w.now,
                "created_by": w.actor.id,
                "authorisation_needed": authorisation_needed,
                "proposed_provider": provider,
                "referred_at": None if authorisation_needed else w.now,
                "accept_by": None if authorisation_needed else accept_by(w.today),
                "authorised_by": "",
                "declined_by": "",
                "declined_reason": "",
                "accepted_by": "",
                "returned_by": "",
                "return_reason": "",
                "return_note": "",
                "withdrawn_by": "",
            },
        )
        .inserted_primary_key[0]
    )  # type: ignore[index]  # one row, one key
    shared = {"force_id": draft.force_id, "referral_id": referral_id}
    w.session.connection().execute(
        _OFFENDER,
        shared
        | {
            "provider_id": opened_to,
            "folded": fold(f"{a['surname']} {a['forenames']}"),
            "identity_key": key,
            "date_of_birth": date.fromisoformat(a["date_of_birth"]),
        }
        | {
            name: a.get(name) or "" for name in ("surname", "forenames", "sex", "phone", "email", "address", "postcode")
        },
    )
    override = facts["victim"]["override"] or {}
    w.session.connection().execute(
        _DECISION,
        shared
        | {
            "provider_id": None,
            "rule_pack": answer.rule_pack,
            "facts": dict(facts),
            "answer": answer.as_dict(),
            "outcome": answer.outcome,
            "override_officer": override.get("officer", ""),
            "override_reason": override.get("reason", ""),
            "decided_at": w.now,
            "decided_by": w.actor.id,
        },
    )
    answered = [
        shared | {"provider_id": opened_to, "question": q.name, "label": str(q.label), "answer": _plain(q, a[q.name])}
        for q in local
        if a.get(q.name) not in (None, "", [])
    ]
    if answered:
        w.session.connection().execute(_LOCAL, answered)
    w.change(Draft, draft.id, draft.version, referral_id=referral_id, answers={}, typed={}, done=[], identity_key=key)
    w.record(
        "referral.proposed" if authorisation_needed else "referral.referred",
        Act.COLLECTION if authorisation_needed else Act.DISCLOSURE,
        subject=("referral", referral_id),
        force=draft.force_id,
        provider=opened_to,
        codes={"outcome": answer.outcome, "rules": answer.rule_pack, "draft": draft.id or 0},
    )
    return reference


def answers_of(w: Work, referral: Referral, offender: Offender) -> dict[str, Any]:
    """A referral's answers as a draft holds them, to start again from. The caution and the decision must be looked at anew."""
    columns: Any = EligibilityDecision
    kept = w.session.exec(select(EligibilityDecision).where(columns.referral_id == referral.id)).one()
    told, said = kept.facts["offender"], kept.facts
    answers = {
        "admits_offence": told["admits_offence"],
        "bail_or_investigation": told["bail_or_investigation"],
        "coercive_control_evidence": told["coercive_control_evidence"],
        "earlier_disposals": None if told["da_disposals"] is None else bool(told["da_disposals"]),
        "da_disposals": told["da_disposals"],
        "date_of_birth": offender.date_of_birth.isoformat(),
        "offence_date": referral.offence_date.isoformat(),
        "caution_date": referral.caution_date.isoformat(),
        "risk_assessed_on": referral.risk_assessed_on.isoformat() if referral.risk_assessed_on else None,
        "victim_overridden": said["victim"]["override"] is not None,
        "override_officer": kept.override_officer,
        "override_reason": kept.override_reason,
        "format_proposed": "as_the_rules" if referral.format_proposed == referral.pathway else referral.format_proposed,
    }
    for name in ("surname", "forenames", "sex", "phone", "email", "address", "postcode"):
        answers[name] = getattr(offender, name)
    for name in _SAME:
        answers[name] = getattr(referral, name)
    return {name: value for name, value in answers.items() if value not in (None, "", []) or name in _UNKNOWN_COUNTS}


def authorise(w: Work, referral: Referral, version: int) -> None:
    """Authorise a referral: the provider gets it, and its five working days begin.

    Raises:
        Forbidden: nobody authorises what they proposed themselves.
    """
    if referral.created_by == w.actor.id:
        raise Forbidden(_("You proposed this referral. Another authorising officer must look at it."))
    _move(
        w,
        referral,
        version,
        "authorise",
        Act.DISCLOSURE,
        authorised_at=w.now,
        authorised_by=w.actor.id,
        referred_at=w.now,
        accept_by=accept_by(w.today),
        provider_id=referral.proposed_provider,
    )
    _open_rows_to(w, referral, referral.proposed_provider)


def decline(w: Work, referral: Referral, version: int, reason: str) -> None:
    """Refuse to authorise, with a reason for the officer."""
    _move(
        w,
        referral,
        version,
        "decline",
        Act.ALTERATION,
        declined_at=w.now,
        declined_by=w.actor.id,
        declined_reason=reason,
    )


def withdraw(w: Work, referral: Referral, version: int) -> None:
    """Withdraw a referral that no provider has accepted."""
    _move(w, referral, version, "withdraw", Act.ALTERATION, withdrawn_at=w.now, withdrawn_by=w.actor.id, asked_at=None)


def accept(w: Work, referral: Referral, version: int, confirmed_format: str) -> None:
    """Accept a referral, confirming the format in which the person will do the course."""
    _move(
        w, referral, version, "accept", Act.ALTERATION,
        accepted_at=w.now, accepted_by=w.actor.id, asked_at=None, format_confirmed=confirmed_format,
    )  # fmt: skip


def return_to_officer(w: Work, referral: Referral, version: int, reason: str, note: str) -> None:
    """Return a referral with a reason (a code) and a note for the officer."""
    _move(
        w, referral, version, "return", Act.ALTERATION,
        returned_at=w.now, returned_by=w.actor.id, return_reason=reason, return_note=note, asked_at=None,
    )  # fmt: skip


def ask(w: Work, referral: Referral, version: int, question: str) -> None:
    """Ask the officer for information; the case waits until it is answered."""
    _move(w, referral, version, "ask", Act.ALTERATION, asked_at=w.now)
    w.session.add(
        InformationRequest(
            referral_id=referral.id or 0,
            force_id=referral.force_id,
            provider_id=referral.provider_id,
            question=question,
            asked_at=w.now,
            asked_by=w.actor.id,
        )
    )
    w.session.flush()


def answer_request(w: Work, referral: Referral, version: int, answer: str) -> None:
    """Answer what the provider asked; the case goes on."""
    columns: Any = InformationRequest
    request = w.session.exec(
        select(InformationRequest).where(columns.referral_id == referral.id, columns.answered_at.is_(None))
    ).first()
    if request is None:
        raise NotFound
    _move(w, referral, version, "answer", Act.DISCLOSURE, asked_at=None)
    w.session.execute(
        update(InformationRequest)
        .where(columns.id == request.id)
        .values(answer=answer, answered_at=w.now, answered_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )


def _move(w: Work, referral: Referral, version: int, action: str, act: Act, **values: Any) -> None:
    """Make one transition: state, version and ledger together."""
    step = transition(action, referral)
    w.change(Referral, referral.id, version, **values)
    w.record(
        step.verb,
        act,
        subject=("referral", referral.id or 0),
        force=referral.force_id,
        provider=values.get("provider_id") or referral.provider_id,
    )


def _open_rows_to(w: Work, referral: Referral, provider: str) -> None:
    """Let the provider see the rows that belong to the case (not the eligibility decision: it is the force's own)."""
    for model in (Offender, LocalAnswer):
        columns: Any = model
        w.session.execute(
            update(model)
            .where(columns.referral_id == referral.id)
            .values(provider_id=provider)
            .execution_options(synchronize_session=False)
        )


def _already_open(w: Work, key: str) -> bool:
    columns: Any = Offender
    return (
        w.session.exec(
            select(Referral.id)
            .join(Offender, columns.referral_id == Referral.id)
            .where(columns.identity_key == key, or_(*(in_state(state) for state in OPEN)))
            .limit(1)
        ).first()
        is not None
    )


def _format(answers: Mapping[str, Any], answer: Answer) -> str:
    chosen = answers.get("format_proposed")
    return answer.pathway or "group" if chosen in (None, "as_the_rules") else str(chosen)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(question: Question, value: Any) -> str:
    labels = {option.value: str(option.label) for option in question.options}
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(labels.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
