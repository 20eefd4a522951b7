"""Erasing what was decided to be erased: one transaction, one table of what goes, and what counting needs stays."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from secrets import token_hex
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import SQLModel

from cara.errors import NotNow
from cara.features.messages import encrypted_feedback
from cara.features.messages.models import Feedback
from cara.features.referrals import legal_hold
from cara.features.referrals.models import Draft, HeldUpload, Offender
from cara.features.retention import erasure_map
from cara.features.retention.models import RetentionReview
from cara.features.victims.data_rights import erasure as victims
from cara.features.victims.data_rights import retention_queries as victims_kept
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work

_d: Any = Draft
_f: Any = Feedback
_o: Any = Offender
_r: Any = RetentionReview
_u: Any = HeldUpload
_QUIETLY = {"synchronize_session": False}


def erase(w: Work, keys: Keyring, review: RetentionReview) -> int:
    """Do what a review decided. Returns how many rows were emptied or removed.

    Raises:
        NotNow: a legal hold stands, a disclosure review is open, or the class cannot be erased.
    """
    if review.referral_id is not None:
        legal_hold.refuse_if_held(w, [review.referral_id])
        return {"case": _case, "victim": _victim, "correspondence": _correspondence}[review.record_class](
            w, keys, review.referral_id
        )
    if review.record_class == "feedback":
        return _feedback(w, keys, review.until)
    if review.record_class == "drafts":
        return _drafts(w, review)
    raise NotNow(_("These records cannot be erased."))


def _case(w: Work, keys: Keyring, referral: int) -> int:
    born = w.session.execute(
        update(Offender)
        .where(_o.referral_id == referral)
        .values(date_of_birth=_first_of_its_year(w, referral))
        .execution_options(**_QUIETLY)
    )
    return int(bool(_rows(born))) and _emptied(w, erasure_map.CASE, referral) + _correspondence(w, keys, referral)


def _first_of_its_year(w: Work, referral: int) -> Any:
    """The year says the age band, which counting needs; the day says who it is."""
    born = w.session.scalar(select(_o.date_of_birth).where(_o.referral_id == referral))
    return born.replace(month=1, day=1) if born else None


def _correspondence(w: Work, keys: Keyring, referral: int) -> int:
    return _emptied(w, erasure_map.CORRESPONDENCE, referral) + encrypted_feedback.forget(w, keys, referral)


def _feedback(w: Work, keys: Keyring, until: date) -> int:
    """Erase forms released in months that were over by then, and what has waited unread since then or longer."""
    released = w.session.execute(delete(Feedback).where(_f.month < month_of(until)).execution_options(**_QUIETLY))
    return _rows(released) + encrypted_feedback.forget_waiting(w, keys, until)


def month_of(until: date) -> date:
    """Return the first day of the month that is not over at the end of a day: what is older is."""
    return (until + timedelta(1)).replace(day=1)


def _victim(w: Work, keys: Keyring, referral: int) -> int:
    """Those harmed in this case; whoever was harmed in others too goes with the last of them to be decided."""
    force, erased = w.actor.force or "", 0
    harmed = victims_kept.of_case(w, force, referral)
    if victims_kept.under_review(w, force, {referral}.union(*harmed.values())):
        raise NotNow(_("A disclosure review of this person, or of this case, is open. It must be decided first."))
    for victim, cases in harmed.items():
        others = cases - {referral}
        decided = select(_r.referral_id).where(
            _r.referral_id.in_(others), _r.record_class == "victim", _r.decision == "erase"
        )
        if others <= set(w.session.scalars(decided)):
            victims.erase(w, keys, victim)
            erased += 1
    return erased + victims.erase_words(w, keys, force, referral)


def _drafts(w: Work, review: RetentionReview) -> int:
    old = (_d.referral_id.is_(None), _d.saved_at < end_of(review.until))
    gone: dict[str, Any] = {
        "answers": {}, "typed": {}, "done": [], "identity_key": None, "fingerprint": None,
        "discarded_at": w.now, "discarded_by": w.actor.id,
    }  # fmt: skip
    done = w.session.execute(update(Draft).where(*old).values(**gone).execution_options(**_QUIETLY))
    files = w.session.execute(
        update(HeldUpload).where(_u.made_at < end_of(review.until)).values(content=b"").execution_options(**_QUIETLY)
    )
    return _rows(done) + _rows(files)


def end_of(day: date) -> datetime:
    """The instant in London at which a day is over."""
    return datetime.combine(day + timedelta(1), time(), ZoneInfo("Europe/London"))


def _emptied(w: Work, what: Mapping[str, Mapping[str, Any] | str], referral: int) -> int:
    return sum(_empty(w, name, values, referral) for name, values in what.items())


def _empty(w: Work, name: str, values: Mapping[str, Any] | str, referral: int) -> int:
    if not isinstance(values, str):
        values = {column: token_hex(16) if value == erasure_map.RENEWED else value for column, value in values.items()}
    table = SQLModel.metadata.tables[name]
    number = table.c.id if name == "referral" else table.c.referral_id
    mine = (number == bindparam("of_case"), table.c.force_id == bindparam("scope_force"))
    statement: Any = (
        delete(table).where(*mine) if isinstance(values, str) else update(table).where(*mine).values(**values)
    )
    return _rows(w.connection.execute(statement, {"of_case": referral, "scope_force": w.actor.force}))


def _rows(done: Any) -> int:
    return int(done.rowcount)
