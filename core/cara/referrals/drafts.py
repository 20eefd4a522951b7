"""Verbs of a draft: start, save a step, discard. What was typed is kept even where it has faults: nobody types twice."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import select

from cara.errors import NotFound, NotNow, Stale
from cara.i18n import gettext as _
from cara.ledger.record import Act
from cara.referrals.models import Draft
from cara.referrals.names import new_reference
from cara.referrals.questions import Step
from cara.web.forms import Reading, replace
from cara.work import Work


def start(
    w: Work,
    force: str,
    *,
    answers: Mapping[str, Any] | None = None,
    done: Sequence[str] = (),
    source: str = "officer",
    identity_key: str | None = None,
    fingerprint: str | None = None,
) -> Draft:
    """Start a draft, empty or with the answers of an import or an earlier referral."""
    draft = Draft(
        reference=new_reference(),
        force_id=force,
        answers=dict(answers or {}),
        done=list(done),
        source=source,
        identity_key=identity_key,
        fingerprint=fingerprint,
        started_at=w.now,
        started_by=w.actor.id,
        saved_at=w.now,
    )
    w.session.add(draft)
    w.session.flush()
    w.record("draft.started", Act.COLLECTION, subject=("draft", draft.id or 0), force=force, codes={"source": source})
    return draft


def open_draft(w: Work, reference: str) -> Draft:
    """A draft of the actor's force that is still open.

    Raises:
        NotFound: none of this reference in the actor's force.
        NotNow: it was referred or discarded since.
    """
    draft = w.session.exec(select(Draft).where(Draft.reference == reference)).one_or_none()
    if draft is None:
        raise NotFound
    if draft.discarded_at or draft.referral_id:
        raise NotNow(_("This draft was referred or discarded since you opened it. Look for the case on your list."))
    return draft


def save_step(w: Work, draft: Draft, version: int, step: Step, reading: Reading) -> int:
    """Save one page of questions; `draft` then stands as saved. Returns its new version.

    A page with faults keeps what was typed, word for word, beside the last good answers. `Stale` if somebody saved the
    draft since `version` was shown.
    """
    if draft.version != version:
        raise Stale
    whole = not reading.faults
    typed = {slug: raw for slug, raw in draft.typed.items() if slug != step.slug}
    done = [slug for slug in draft.done if slug != step.slug]
    saved: dict[str, Any] = {
        "answers": replace(draft.answers, step.questions, reading.values) if whole else draft.answers,
        "typed": typed if whole else {**typed, step.slug: reading.typed},
        "done": [*done, step.slug] if whole else done,
        "saved_at": w.now,
    }
    new = w.change(Draft, draft.id, version, **saved)
    for name, value in {**saved, "version": new}.items():
        set_committed_value(draft, name, value)  # it is written already: the session must not write it once more
    w.record(
        "draft.saved",
        Act.ALTERATION,
        subject=("draft", draft.id or 0),
        codes={"step": step.slug, "faults": len(reading.faults)},
    )
    return new


def discard(w: Work, draft: Draft, version: int) -> None:
    """Discard a draft: its answers are erased, that it was there stays in the ledger."""
    w.change(
        Draft,
        draft.id,
        version,
        answers={},
        typed={},
        done=[],
        discarded_at=w.now,
        discarded_by=w.actor.id,
        identity_key=None,
    )
    w.record("draft.discarded", Act.ERASURE, subject=("draft", draft.id or 0))
