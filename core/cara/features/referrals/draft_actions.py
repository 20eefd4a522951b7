"""Verbs of a draft: start, save a step, discard. What was typed is kept even where it has faults: nobody types twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm.attributes import set_committed_value

from cara.errors import NotFound, NotNow, Stale
from cara.features.referrals.models import Draft
from cara.features.referrals.name_matching import new_reference
from cara.features.referrals.questions import Step
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work
from cara.web.ui.form_binding import Reading, replace

_d: Any = Draft
_BY_REFERENCE = select(Draft).where(_d.reference == bindparam("reference"))


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
    act = Act.COMBINATION if source == "amendment" else Act.COLLECTION  # with what an earlier referral held
    w.record("draft.started", act, subject=("draft", draft.id or 0), force=force, codes={"source": source})
    return draft


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A draft to be: its answers, the steps that they complete, and the hashes by which a repeat is known."""

    answers: Mapping[str, Any]
    done: Sequence[str]
    identity_key: str
    fingerprint: str


_columns: Any = Draft
_MANY = insert(Draft).returning(_columns.id)
_AT_ONCE = 1000


def start_many(w: Work, force: str, new: Iterable[NewDraft], source: str) -> list[int]:
    """Start drafts by the thousand and return their ids. Leaves no entry: the caller records them all in one."""
    ids: list[int] = []
    waiting = iter(new)
    shared: dict[str, Any] = {
        "force_id": force, "provider_id": None, "version": 1, "typed": {}, "source": source, "started_at": w.now,
        "started_by": w.actor.id, "saved_at": w.now, "discarded_by": "",
    }  # fmt: skip
    while chunk := list(islice(waiting, _AT_ONCE)):
        rows = [
            shared
            | {
                "reference": new_reference(),
                "answers": dict(one.answers),
                "done": list(one.done),
                "identity_key": one.identity_key,
                "fingerprint": one.fingerprint,
            }
            for one in chunk
        ]
        ids += w.connection.execute(_MANY, rows).scalars()
    return ids


def find(w: Work, reference: str) -> Draft:
    """A draft of the actor's force, whatever became of it. Raises `NotFound`."""
    draft: Draft | None = w.session.execute(_BY_REFERENCE, {"reference": reference}).scalar_one_or_none()
    if draft is None:
        raise NotFound
    return draft


def open_draft(w: Work, reference: str) -> Draft:
    """A draft of the actor's force that is still open.

    Raises:
        NotFound: none of this reference in the actor's force.
        NotNow: it was referred or discarded since.
    """
    draft = find(w, reference)
    if draft.discarded_at or draft.referral_id:
        raise NotNow(_("This draft was referred or discarded since you opened it. Look for the case on your list."))
    return draft


def save_step(w: Work, draft: Draft, version: int, step: Step, reading: Reading, *, finished: bool = True) -> int:
    """Save one page of questions; `draft` then stands as saved. Returns its new version.

    A page with faults, or one that is not `finished`, keeps what was typed, word for word, beside the last good answers.
    `Stale` if somebody saved the draft since `version` was shown.
    """
    if draft.version != version:
        raise Stale
    whole = finished and not reading.faults
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
    """Discard a draft: its answers are erased, that it was there stays in the ledger.

    The hashes of an imported draft stay too, so that the next export does not bring back what an officer put away.
    """
    w.change(
        Draft,
        draft.id,
        version,
        answers={},
        typed={},
        done=[],
        discarded_at=w.now,
        discarded_by=w.actor.id,
    )
    w.record("draft.discarded", Act.ERASURE, subject=("draft", draft.id or 0))
