"""Verbs of a disclosure review. Whose view something is follows from the capacity of whoever gives it, never from a form."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session

from cara.clock import london_day
from cara.errors import BadInput, Fault, Forbidden, NotNow
from cara.features.referrals.models import Referral
from cara.features.referrals.name_matching import new_reference
from cara.features.victims.disclosure_reviews import police_holds, queries
from cara.features.victims.wall import date_answers, review_encryption, review_opening, review_rules
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep, ReviewView, TrustConsultation
from cara.features.victims.wall.review_opening import QUIETLY, turn, wall
from cara.features.victims.wall.review_rules import Account
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_t: Any = TrustConsultation
_ASKED = insert(TrustConsultation).inline()
"""Inline: to be given the new row's number, whoever asks would have to be let read it before their review names it."""


def disclose(w: Work, keys: Keyring, victim: str, account: Account) -> str:
    """Record what somebody disclosed; `victim` is how this side calls them. The case is held and under review in the same moment.
    Returns the review's reference."""
    if not account.words.strip():
        raise BadInput(faults=[Fault("words", "missing", _("Write down what was said"))])
    return review_opening.open_or_add(w, keys, review_opening.of_victim(w, victim), account, "victim")


def add_account(w: Work, keys: Keyring, reference: str, account: Account) -> None:
    """Add what was disclosed or heard since to a review that is not decided, or was stopped. Views given before count no more."""
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        review_rules.check("account", queries.state(session, row), w.actor.capacity)
        if not queries.takes_accounts(session, row):
            raise NotNow(
                _("Who was harmed is on record now. Write what they said on their own record, so that it stays theirs.")
            )
        if not review_opening.add(w, keys, session, row, account):
            raise NotNow(_("Whoever this review is about was erased. Raise a concern from the case instead."))


def give_view(w: Work, keys: Keyring, reference: str, view: str, words: str) -> None:
    """What the police, or the victim service, think."""
    with wall(w) as session:
        _view(w, keys, session, queries.by_reference(session, reference), view, words)


def give_providers_view(w: Work, keys: Keyring, case: Referral, view: str, words: str) -> None:
    """What the provider of a case thinks, which it has read.

    Raises:
        NotNow: no review is open, or in this force the provider is not asked.
    """
    if not arrangement(w, case.force_id).provider_is_asked:
        raise NotNow(_("In this force the police tell you to proceed or to hold. You are asked nothing."))
    with wall(w, case.force_id) as session:
        row = queries.asked_of_case(session, case.id or 0)
        if row is None:
            raise NotNow(_("You are not asked for a view of this case."))
        _view(w, keys, session, row, view, words)


def _view(w: Work, keys: Keyring, session: Session, row: DisclosureReview, view: str, words: str) -> None:
    review_rules.check("view", queries.state(session, row), w.actor.capacity)
    _known("view", view, review_rules.VIEWS, _("Select what you think"))
    side = review_rules.SIDE_OF[w.actor.capacity]
    session.add(
        ReviewView(
            force_id=row.force_id, keeper_id=row.keeper_id, review_id=row.id or 0, side=side, view=view,
            words=review_encryption.seal(keys, row, "disclosure_view.words", words), given_at=w.now, given_by=w.actor.id,
        )
    )  # fmt: skip
    turn(session, row)
    w.record("review.viewed", Act.COLLECTION, subject=("review", row.id or 0), force=row.force_id,
             codes={"side": side, "view": view})  # fmt: skip


def record_step(
    w: Work, keys: Keyring, reference: str, step: str, outcome: str, words: str, happened_at: datetime
) -> None:
    """Record a prompt as done or not needed, or who was told what. Also after the decision."""
    _known("step", step, review_rules.STEPS, _("Select what was done"))
    _known("outcome", outcome, review_rules.OUTCOMES, _("Select what came of it"))
    date_answers.check(london_day(happened_at), w.today)
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        review_rules.check("step", queries.state(session, row), w.actor.capacity)
        session.add(
            ReviewStep(
                force_id=row.force_id, keeper_id=row.keeper_id, review_id=row.id or 0, step=step, outcome=outcome,
                words=review_encryption.seal(keys, row, "disclosure_step.words", words), happened_at=happened_at, recorded_at=w.now,
                recorded_by=w.actor.id,
            )
        )  # fmt: skip
        turn(session, row)
    w.record("review.step_recorded", Act.COLLECTION, subject=("review", row.id or 0), force=row.force_id,
             codes={"step": step, "outcome": outcome})  # fmt: skip


def assess(w: Work, reference: str, risk: str) -> None:
    """Say how grave the risk is: one word, the only one that a provider or the Trust reads."""
    _known("risk", risk, review_rules.RISKS, _("Select the risk"))
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        review_rules.check("consult", queries.state(session, row), w.actor.capacity)
        turn(session, row, **review_opening.graded(row, risk, w.now))
    w.record(
        "review.assessed", Act.ALTERATION, subject=("review", row.id or 0), force=row.force_id, codes={"risk": risk}
    )


def ask_provider(w: Work, reference: str) -> None:
    """Ask the provider for its view. From now on it knows that a review is open, the risk as one word, and the question.

    Raises:
        NotNow: it was asked already, there is none, or this force asks it nothing.
    """
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        review_rules.check("ask_provider", queries.state(session, row), w.actor.capacity)
        if row.provider_asked_at is not None:
            raise NotNow(_("The provider has been asked already."))
        if not queries.has_a_say(w, session, row):
            raise NotNow(_("No provider is asked about this case. The Trust gives the other view."))
        turn(session, row, provider_asked_at=w.now)
    w.record("review.provider_was_asked", Act.DISCLOSURE, subject=("review", row.id or 0), force=row.force_id,
             codes={"risk": row.risk, "question": row.question})  # fmt: skip


def consult(w: Work, reference: str) -> None:
    """Ask the Trust. What it is sent names nobody and leads to no case: a question, and a word for the risk.

    Raises:
        NotNow: it was asked since the last account came in, or the review is decided.
    """
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        review_rules.check("consult", queries.state(session, row), w.actor.capacity)
        asked = queries.consultation(session, row)
        if asked and asked.asked_at > queries.last_account(session, row):
            raise NotNow(_("The Trust has been asked already."))
        made = new_reference()
        session.connection().execute(
            _ASKED,
            {
                "reference": made, "force_id": row.force_id, "risk": row.risk, "question": row.question, "asked_at": w.now,
                "view": "", "words": "", "answered_by": "",
            },
        )  # fmt: skip
        turn(session, row, consultation=made)
    w.record("review.consulted", Act.DISCLOSURE, subject=("review", row.id or 0), force=row.force_id,
             codes={"risk": row.risk, "question": row.question})  # fmt: skip


def answer_consultation(w: Work, reference: str, view: str, words: str) -> None:
    """The Trust's answer, in general words: whoever gives it knows of no case.

    Raises:
        NotNow: it was answered already.
    """
    if w.actor.capacity != "national":
        raise Forbidden(_("Only the Trust answers what it is asked."))
    _known("view", view, review_rules.VIEWS, _("Select what you think"))
    found = queries.consultation_by_reference(w, reference)
    done: Any = w.session.execute(
        update(TrustConsultation)
        .where(_t.id == found.id, _t.answered_at.is_(None))
        .values(view=view, words=words, answered_at=w.now, answered_by=w.actor.id)
        .execution_options(**QUIETLY)
    )
    if done.rowcount != 1:
        raise NotNow(_("This was answered already."))
    w.record("consultation.answered", Act.COLLECTION, subject=("consultation", found.id or 0), codes={"view": view})


def decide(w: Work, keys: Keyring, reference: str, version: int, decision: str, reasons: str) -> None:
    """What a supervisor of the police decides. To proceed, with care or without, releases the hold, and so does that there is no new
    risk; to stop leaves it for good. It asks no plugin, so it is possible while the force is suspended too.

    Raises:
        Forbidden: whoever acts is no supervisor of the police.
        BadInput: a view or something else is still needed, or there are no reasons.
        NotNow: it is decided already.
        Stale: something came in since the page was opened.
    """
    _known("decision", decision, review_rules.DECISIONS, _("Select what you decide"))
    if w.actor.capacity != "force" or "supervisor" not in w.actor.roles:
        raise Forbidden(_("Only a supervisor of the police decides about a review."))
    if not reasons.strip():
        raise BadInput(faults=[Fault("reasons", "missing", _("Give your reasons"))])
    with wall(w) as session:
        row = queries.by_reference(session, reference)
        if row.decision:
            review_rules.check(decision, queries.state(session, row), w.actor.capacity)
        if lacking := review_rules.missing(decision, *queries.stands(w, keys, session, row)):
            words = "; ".join(str(review_rules.NEEDS[one]) for one in lacking)
            raise BadInput(faults=[Fault("decision", "not_yet", _("Still needed: {what}").format(what=words))])
        w.change(
            DisclosureReview, row.id, version, decision=decision, decided_at=w.now, decided_by=w.actor.id,
            reasons=review_encryption.seal(keys, row, "disclosure_review.reasons", reasons),
        )  # fmt: skip
        w.record("review.decided", Act.ALTERATION, subject=("review", row.id or 0), force=row.force_id,
                 codes={"decision": decision})  # fmt: skip
        if decision != "stop" and row.hold_id:
            police_holds.release(
                w, session, row.hold_id, advice_before_b=decision == "managed", codes={"reason": "decided"}
            )


def _known(field: str, word: str, words: Any, otherwise: str) -> None:
    if word not in words:
        raise BadInput(faults=[Fault(field, "unknown", otherwise)])
