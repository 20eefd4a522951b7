"""What people thought of the course: a link that works once, or a form that staff type in. Answers are sealed as they come, and
released later without a name (`feedback_release`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select, update

from cara.api import Option, Question
from cara.errors import NotFound, NotNow
from cara.features.messages import actions, encrypted_feedback
from cara.features.messages.linked_messages import LinkedMessage
from cara.features.messages.models import FeedbackRequest
from cara.features.referrals.models import Referral
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform import one_time_links
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Store
from cara.platform.database.row_scope import Scope
from cara.platform.idempotency import Sending, once_only
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import NOBODY_IS, Work, work_as

PURPOSE: Final = "feedback"
LASTS: Final = timedelta(days=28)
SCALE: Final = (
    Option("none", lazy("Not at all")),
    Option("a_little", lazy("A little")),
    Option("some", lazy("Some")),
    Option("a_lot", lazy("A lot")),
)
QUESTIONS: Final = tuple(
    Question(name, label, "choice", options=SCALE, source="S0")
    for name, label in (
        ("awareness", lazy("How much has the course helped you understand what abuse in a relationship is?")),
        ("relationships", lazy("How much has it helped you with your relationships with your partner or family?")),
        ("own_behaviour", lazy("How much has it helped you see your own behaviour in another way?")),
        ("motivation", lazy("How much has it made you want to change?")),
    )
)
"""The four questions of the national return. The words are ours, what they ask about is not."""
WAY: Final = Question(
    "way", lazy("How was it filled in?"), "choice",
    options=(Option("paper", lazy("On paper")), Option("tablet", lazy("On a tablet or computer of ours"))),
)  # fmt: skip

_q: Any = FeedbackRequest
_r: Any = Referral
_QUIETLY = {"synchronize_session": False}


def _nonce(w: Work, case: int, _facts: Mapping[str, Any]) -> str:
    return w.session.scalar(select(_q.nonce).where(_q.referral_id == case)) or ""


MESSAGE: Final = LinkedMessage("feedback_invitation", "/feedback", PURPOSE, _nonce)


def invite(w: Work, secret: str, referral: Referral) -> None:
    """Ask somebody what they thought, by a link. A second invitation takes the place of the first, whose link then ends.

    Raises:
        NotNow: they have answered already.
    """
    request = _request(w, referral)
    link = one_time_links.issue(w, secret, PURPOSE, referral.force_id, LASTS, replaces=request.token_hash)
    w.session.execute(
        update(FeedbackRequest).where(_q.id == request.id)
        .values(token_hash=link.token_hash, nonce=link.nonce, ends_at=link.ends_at, asked_at=w.now).execution_options(**_QUIETLY)
    )  # fmt: skip
    actions.post(w, "feedback_invitation", referral, about=link.nonce)
    w.record("feedback.invited", Act.ALTERATION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id)  # fmt: skip


def enter(w: Work, keys: Keyring, referral: Referral, answers: Mapping[str, str], way: str) -> None:
    """Type in a form that somebody filled in on paper or on a tablet. Raises as `invite` does."""
    request = _request(w, referral)
    _keep(w, keys, request.id or 0, referral, answers, way)
    w.record("feedback.entered", Act.COLLECTION, subject=("referral", referral.id or 0), force=referral.force_id,
             provider=referral.provider_id, codes={"way": way})  # fmt: skip


def open_link(store: Store, secret_part: str) -> str:
    """The force in which a link opens a form.

    Raises:
        NotFound: it was used, has ended, or never was: the three read the same.
    """
    with work_as(store, NOBODY_IS, "account", "open_feedback") as w:
        force = one_time_links.force_of(w, one_time_links.hash_token(PURPOSE, secret_part))
    if not force:
        raise NotFound(
            _("This link does not work any more. It works once, for four weeks. There is nothing you need to do.")
        )
    return force


def give(
    store: Store, keys: Keyring, secret_part: str, answers: Mapping[str, str], sending: Sending | None = None
) -> None:
    """Keep the answers that came by a link, and end the link, together. Raises as `open_link` does, and as `sending` does."""
    force, hashed = open_link(store, secret_part), one_time_links.hash_token(PURPOSE, secret_part)
    sending = sending or once_only()
    with work_as(store, NOBODY_IS, "feedback", "give", Scope(force=force)) as w:
        if sending.reserve(w.connection, w.today) is not None:
            w.record("form.repeated", Act.CONSULTATION, force=force)
            return
        ended = one_time_links.end(w, hashed)
        found = w.session.execute(
            select(FeedbackRequest, Referral).join(_r, _r.id == _q.referral_id).where(_q.token_hash == hashed)
        ).one_or_none()
        if not ended or found is None:
            raise NotFound(_("This link does not work any more. There is nothing you need to do."))
        _keep(w, keys, found[0].id or 0, found[1], answers, "link")
        sending.settle(w.connection, "taken")
        w.record("feedback.given", Act.COLLECTION, force=force, codes={"way": "link"})


def _request(w: Work, referral: Referral) -> FeedbackRequest:
    """The row that says whether this person was asked; made when it is first needed."""
    found = w.session.scalars(select(FeedbackRequest).where(_q.referral_id == referral.id)).one_or_none()
    if found is None:
        found = FeedbackRequest(
            force_id=referral.force_id, provider_id=referral.provider_id, referral_id=referral.id or 0, asked_at=w.now
        )
        w.session.add(found)
        w.session.flush()
    if found.answered_on is not None:
        raise NotNow(_("This person has said already what they thought. It is asked once."))
    return found


def _keep(w: Work, keys: Keyring, request: int, referral: Referral, answers: Mapping[str, str], way: str) -> None:
    """Mark the request as answered, and seal the answers, together: a request is answered once, or not at all."""
    asked: Any = w.session.execute(
        update(FeedbackRequest).where(_q.id == request, _q.answered_on.is_(None))
        .values(answered_on=w.today, token_hash="", nonce="", ends_at=None).execution_options(**_QUIETLY)
    )  # fmt: skip
    if asked.rowcount != 1:
        raise NotNow(_("This person has said already what they thought. It is asked once."))
    strand = "intimate" if referral.relationship == "intimate" else "non_intimate"
    given = {question.name: answers[question.name] for question in QUESTIONS}
    encrypted_feedback.seal(w, keys, request, referral, {"way": way, "strand": strand, **given})
