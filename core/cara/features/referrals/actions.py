"""Verbs of a referral. The only writers of its tables, beside `drafts` for what is not yet a referral."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import select

from cara.api import Question
from cara.errors import Conflict, Forbidden, NotFound
from cara.features.eligibility.answer import Answer
from cara.features.referrals import mapping
from cara.features.referrals.deadlines import accept_by
from cara.features.referrals.models import (
    Draft,
    EligibilityDecision,
    InformationRequest,
    LocalAnswer,
    Offender,
    Referral,
)
from cara.features.referrals.name_matching import identity_key, new_reference
from cara.features.referrals.states import STATES, open_case, state_of, transition
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_REFERRAL, _OFFENDER, _DECISION, _LOCAL = (insert(m) for m in (Referral, Offender, EligibilityDecision, LocalAnswer))
_o: Any = Offender
_OPEN_CASE = (
    select(Referral.id)
    .join(_o, _o.referral_id == Referral.id)
    .where(_o.identity_key == bindparam("key"), open_case())
    .limit(1)
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
    opened_to = None if authorisation_needed else provider
    reference = new_reference()
    run = w.connection.execute
    made = run(
        _REFERRAL,
        mapping.referral(a, draft.force_id, answer.pathway or "group", mapped_category)
        | {
            "reference": reference,
            "provider_id": opened_to,
            "proposed_provider": provider,
            "authorisation_needed": authorisation_needed,
            "created_at": w.now,
            "created_by": w.actor.id,
            "referred_at": None if authorisation_needed else w.now,
            "accept_by": None if authorisation_needed else accept_by(w.today),
        },
    )
    referral_id: int = (made.inserted_primary_key or (0,))[0]
    shared = {"referral_id": referral_id, "force_id": draft.force_id, "provider_id": opened_to}
    run(_OFFENDER, mapping.offender(a) | shared | {"identity_key": key})
    own = {one.name: a[one.name] for one in local if one.name in a}
    run(
        _DECISION,
        mapping.decision({**facts, "local": own}, answer)
        | shared
        | {"provider_id": None, "decided_at": w.now, "decided_by": w.actor.id},
    )
    if answered := mapping.local_answers(own, local):
        run(_LOCAL, [row | shared | ({"provider_id": None} if row["force_only"] else {}) for row in answered])
    # An imported draft stays known as its row was, so that the file does not bring it again once a name was mended.
    known_as = draft.identity_key or key
    w.change(
        Draft, draft.id, draft.version, referral_id=referral_id, answers={}, typed={}, done=[], identity_key=known_as
    )
    w.record(
        "referral.proposed" if authorisation_needed else "referral.referred",
        Act.COLLECTION if authorisation_needed else Act.DISCLOSURE,
        subject=("referral", referral_id),
        force=draft.force_id,
        provider=opened_to,
        codes={"outcome": answer.outcome, "rules": answer.rule_pack, "draft": draft.id or 0},
    )
    return reference


def authorise(w: Work, referral: Referral, version: int, *, provider: str, answer: Answer) -> None:
    """Authorise a referral: the provider gets it, and its five working days begin.

    `provider` and `answer` are today's: who is licensed, and what the rules say of the facts as they were proposed.

    Raises:
        Forbidden: nobody authorises what they proposed themselves.
        Conflict: the rules no longer answer "eligible", as when an instrument has ended since.
    """
    if answer.outcome != "eligible":
        raise Conflict(
            _("The rules no longer answer “eligible” for this case. Do not authorise it; the officer can start again.")
        )
    if referral.created_by == w.actor.id:
        raise Forbidden(_("You proposed this referral. Another authorising officer must look at it."))
    move(
        w,
        referral,
        version,
        "authorise",
        Act.DISCLOSURE,
        authorised_at=w.now,
        authorised_by=w.actor.id,
        referred_at=w.now,
        accept_by=accept_by(w.today),
        provider_id=provider,
    )
    _open_rows_to(w, referral, provider)


def start_again(w: Work, referral: Referral, version: int) -> None:
    """Put a referral that was returned, or not authorised, behind: a new draft takes its answers up."""
    move(w, referral, version, "amend", Act.ALTERATION, superseded_at=w.now)


def decline(w: Work, referral: Referral, version: int, reason: str) -> None:
    """Refuse to authorise, with a reason for the officer."""
    move(
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
    """Withdraw a referral that no provider has accepted, or close one that came back."""
    move(w, referral, version, "withdraw", Act.ALTERATION, withdrawn_at=w.now, withdrawn_by=w.actor.id, asked_at=None)


def accept(w: Work, referral: Referral, version: int, confirmed_format: str) -> None:
    """Accept a referral, confirming the format in which the person will do the course."""
    move(
        w, referral, version, "accept", Act.ALTERATION,
        accepted_at=w.now, accepted_by=w.actor.id, asked_at=None, format_confirmed=confirmed_format,
    )  # fmt: skip


def return_to_officer(w: Work, referral: Referral, version: int, reason: str, note: str) -> None:
    """Return a referral with a reason (a code) and a note for the officer."""
    move(
        w, referral, version, "return", Act.ALTERATION,
        returned_at=w.now, returned_by=w.actor.id, return_reason=reason, return_note=note, asked_at=None,
    )  # fmt: skip


def ask(w: Work, referral: Referral, version: int, question: str) -> None:
    """Ask the officer for information; the case waits until it is answered."""
    move(w, referral, version, "ask", Act.ALTERATION, asked_at=w.now)
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
    move(w, referral, version, "answer", Act.DISCLOSURE, asked_at=None)
    w.session.execute(
        update(InformationRequest)
        .where(columns.id == request.id)
        .values(answer=answer, answered_at=w.now, answered_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )


def move(
    w: Work,
    referral: Referral,
    version: int,
    action: str,
    act: Act,
    *,
    codes: Mapping[str, str | int] | None = None,
    **values: Any,
) -> None:
    """Make one transition: state, version and ledger together. The entry says to which state, so that the timeline can never
    tell another story than the case itself.

    Raises:
        NotNow: the table of transitions has no such step from the present state.
        Stale: somebody else changed the case meanwhile.
    """
    transition(action, referral)
    times = {column: getattr(referral, column) for _state, column in STATES if column}
    step = transition(action, referral, state_of(SimpleNamespace(**(times | values))))
    changed = w.change(Referral, referral.id, version, **values)
    for name, value in {**values, "version": changed}.items():
        set_committed_value(referral, name, value)
    w.record(
        step.verb,
        act,
        subject=("referral", referral.id or 0),
        force=referral.force_id,
        provider=referral.provider_id,
        codes={"to": step.to, **(codes or {})},
    )


def touch(w: Work, referral: Referral, version: int) -> None:
    """Count what was done to a case without moving it, so that whoever read it before learns that it has changed.

    Raises:
        Stale: somebody else changed it since `version` was read.
    """
    set_committed_value(referral, "version", w.change(Referral, referral.id, version))


def _open_rows_to(w: Work, referral: Referral, provider: str) -> None:
    """Let the provider see the rows that belong to the case. The eligibility decision is the force's own, and so are answers that
    its plugin keeps for it."""
    local: Any = LocalAnswer
    for model, those in ((Offender, ()), (LocalAnswer, (local.force_only.is_(False),))):
        columns: Any = model
        w.session.execute(
            update(model)
            .where(columns.referral_id == referral.id, *those)
            .values(provider_id=provider)
            .execution_options(synchronize_session=False)
        )


def _already_open(w: Work, key: str) -> bool:
    """Whether this person is already referred for this crime. On PostgreSQL whoever refers them at the same time waits here
    until this transaction ends; on SQLite every unit of work waits for the one before it anyway."""
    if w.session.get_bind().dialect.name == "postgresql":
        w.session.execute(text("select pg_advisory_xact_lock(20123, hashtext(:key))"), {"key": key})
    return w.run(_OPEN_CASE, key=key).first() is not None
