"""Verbs of the outbox: queue, cancel, and say what became of a message. The only writers of its table, beside `sending`."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from cara.errors import NotNow
from cara.features.messages import discretion, queries, states
from cara.features.messages.message_types import BY_HAND, FACTS, KINDS, UNLISTED, Kind
from cara.features.messages.models import OutboxMessage
from cara.features.messages.render import Reader
from cara.features.referrals.models import Referral
from cara.i18n import gettext as _
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

_m: Any = OutboxMessage
_UNSENT = (
    select(OutboxMessage)
    .where(
        _m.referral_id == bindparam("case_id"), _m.audience == bindparam("reader"),
        *(column.is_(None) for column in (_m.began_at, _m.sent_at, _m.failed_at, _m.doubtful_at, _m.cancelled_at)),
    )
    .order_by(_m.id)
    .execution_options(populate_existing=True)
)  # fmt: skip
_HAVE = select(_m.key).where(_m.key.in_(bindparam("keys", expanding=True)))
_TOGETHER = 500
"""Keys asked for in one statement."""
_SEEN = ("venue", "venue_address")
"""Facts that text messages and calendars show."""
_ID: Any = OutboxMessage.id
_INSERTS = {
    "sqlite": sqlite.insert(OutboxMessage).on_conflict_do_nothing(index_elements=["key"]).returning(_ID),
    "postgresql": postgresql.insert(OutboxMessage).on_conflict_do_nothing(index_elements=["key"]).returning(_ID),
}


def post(
    w: Work,
    kind: str,
    referral: Referral,
    facts: Mapping[str, Any] | None = None,
    *,
    about: str = "",
    due_at: datetime | None = None,
    channels: Sequence[str] = (),
    reader: Reader | None = None,
) -> tuple[str, ...]:
    """Queue a message of this kind in the caller's transaction, on each way on which its reader can be reached.

    `facts` are exactly those of the kind (`kinds.KINDS`): days as `date`, times as "10:00". `about` names the one thing that
    it is about, such as "place:17": of the same thing nothing is queued twice, however often it is asked for; left out, equal
    facts are the same thing. `due_at`: not before then. `channels`: these ways instead of the kind's own. `reader`: whom it
    goes to, where neither the case nor the force names them.

    Gives the references of what was queued; none, if all of it was before.

    Raises:
        LookupError: a defect of the caller's: there is no such kind, or the facts are not its own.
    """
    known, given = KINDS[kind], _plain(facts or {})
    if set(given) != known.facts:
        raise LookupError(f"{kind} takes {', '.join(sorted(known.facts)) or 'no facts'}")
    case = queries.people(w, [referral.id or 0])[referral.id or 0]
    reader = reader or queries.reader(w, case, known.audience, given)
    language = (
        queries.language(w, referral.force_id, referral.interpreter_language) if known.audience == "offender" else "en"
    )
    ways = tuple(channels) or _ways(known, reader)
    handed_over = {*known.ways[0]} <= {*BY_HAND}  # a certificate needs no address: it can be given to its reader
    made = [
        reference
        for channel in ways
        if (
            reference := _queue(
                w,
                known,
                referral,
                given,
                channel,
                language,
                about,
                due_at,
                reachable=handed_over or bool(reader.way(channel)),
            )
        )
    ]
    if made:
        w.record(
            "message.queued", Act.ALTERATION, subject=("referral", referral.id or 0), force=referral.force_id,
            provider=_whose(known, referral), codes={"kind": kind, "ways": " ".join(ways)},
        )  # fmt: skip
    return tuple(made)


def _whose(kind: Kind, referral: Referral) -> str | None:
    """Which provider has anything to do with a message: that of its case, but for what is the force's alone."""
    return None if kind.audience in UNLISTED else referral.provider_id


def _ways(kind: Kind, reader: Any) -> tuple[str, ...]:
    """Of each group the first way on which the reader can be reached; of the first group one in any case, so that somebody
    who cannot be reached at all does not go unnoticed, unless the kind only says again what they know."""
    found = [next((way for way in group if reader.way(way)), "") for group in kind.ways]
    first = found[0] or ("" if kind.spare else kind.ways[0][0])
    return tuple(dict.fromkeys(way for way in (first, *found[1:]) if way))


def _queue(
    w: Work, kind: Kind, referral: Referral, facts: dict[str, Any], channel: str, language: str, about: str,
    due_at: datetime | None, *, reachable: bool,
) -> str:  # fmt: skip
    failure = "" if reachable else "no_contact"
    if channel in ("sms", "calendar") and any(discretion.told_by_name(str(facts.get(name, ""))) for name in _SEEN):
        failure = "not_neutral"
    reference = secrets.token_hex(12)
    row = {
        "reference": reference, "force_id": referral.force_id, "provider_id": _whose(kind, referral), "referral_id": referral.id,
        "version": 1, "key": _key(referral.id or 0, kind.name, channel, about or facts), "kind": kind.name, "channel": channel,
        "audience": kind.audience, "language": language, "facts": facts, "queued_at": w.now, "queued_by": w.actor.id,
        "due_at": None if failure or channel in BY_HAND else due_at or w.now, "attempts": 0, "began_at": None, "sent_at": None,
        "sent_by": "", "receipt": "", "delivery": "", "doubtful_at": None, "failed_at": w.now if failure else None,
        "failure": failure, "cancelled_at": None, "cancelled_by": "", "kept": {},
    }  # fmt: skip
    connection = w.session.connection()
    made = connection.execute(_INSERTS[connection.dialect.name], row).first()
    return reference if made else ""


def _key(case: int, kind: str, channel: str, about: str | dict[str, Any]) -> str:
    """What a message of the same case, kind, way and thing has too."""
    return hashlib.sha256(json.dumps([case, kind, channel, about], sort_keys=True).encode()).hexdigest()


def queued_among(w: Work, kind: str, about: Mapping[int, str]) -> frozenset[int]:
    """Of these cases, each with what a message would be about, those for which one of this kind was queued on its first way."""
    keys = {_key(case, kind, KINDS[kind].ways[0][0], what): case for case, what in about.items()}
    sent = [*keys]
    return frozenset(
        keys[row.key]
        for start in range(0, len(sent), _TOGETHER)
        for row in w.run(_HAVE, keys=sent[start : start + _TOGETHER])
    )


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept."""
    made: dict[str, Any] = {}
    for name, value in facts.items():
        kind = FACTS.get(name)
        if kind is None:
            raise LookupError(f"there is no fact {name}")
        made[name] = value.isoformat() if isinstance(value, date) else value
    return made


def cancel(w: Work, message: OutboxMessage, version: int) -> None:
    """Let a message that has not gone yet not go at all."""
    _only_from(message, ("waiting", "failed", "doubtful"))
    _change(w, message, version, "message.cancelled", cancelled_at=w.now, cancelled_by=w.actor.id, due_at=None)


def recall(w: Work, referral: Referral, kinds: Sequence[str] = (), *, which: str = "", but: Sequence[str] = ()) -> None:
    """Let what was queued for the person of a case, and has not begun to go, not go at all: of these kinds, or of any, about
    the `first` or `second` workshop or about either, `but` on no such way. What is in doubt stays, for somebody to look into."""
    for message in w.session.scalars(_UNSENT, {"case_id": referral.id, "reader": "offender"}).all():
        meant = (not kinds or message.kind in kinds) and which in ("", message.facts.get("which", ""))
        if meant and message.channel not in but:
            cancel(w, message, message.version)


def recall_from_service(w: Work, referral: Referral, onward: str) -> None:
    """The same for what was queued for the service of one onward referral."""
    for message in w.session.scalars(_UNSENT, {"case_id": referral.id, "reader": "service"}).all():
        if message.facts.get("onward") == onward:
            cancel(w, message, message.version)


def posted(w: Work, message: OutboxMessage, version: int) -> None:
    """Say that a letter was posted, or an entry handed over."""
    if message.channel not in BY_HAND:
        raise NotNow(_("This message goes out by itself. There is nothing to post."))
    _only_from(message, ("waiting",))
    _change(w, message, version, "message.posted", act=Act.DISCLOSURE, sent_at=w.now, sent_by=w.actor.id)


def was_sent(w: Work, message: OutboxMessage, version: int) -> None:
    """Say of a message in doubt that it went."""
    _only_from(message, ("doubtful",))
    _change(w, message, version, "message.was_sent", sent_at=w.now, sent_by=w.actor.id, doubtful_at=None, due_at=None)


def again(w: Work, message: OutboxMessage, version: int) -> None:
    """Send a message in doubt, or one that failed, again from the beginning."""
    _only_from(message, ("doubtful", "failed"))
    _change(
        w, message, version, "message.again", doubtful_at=None, failed_at=None, failure="", began_at=None, sent_at=None,
        receipt="", delivery="", queued_at=w.now, due_at=None if message.channel in BY_HAND else w.now,
    )  # fmt: skip


def _only_from(message: OutboxMessage, allowed: Sequence[str]) -> None:
    state = states.state_of(message)
    if state not in allowed:
        raise NotNow(
            str(_("The message is now “{state}”. Open it again to see what can be done next.")).format(
                state=states.LABELS[states.shown(message)]
            )
        )


def _change(w: Work, message: OutboxMessage, version: int, verb: str, act: Act = Act.ALTERATION, **values: Any) -> None:
    w.change(OutboxMessage, message.id, version, **values)
    w.record(
        verb, act, subject=("referral", message.referral_id), force=message.force_id, provider=message.provider_id,
        codes={"message": message.id or 0, "kind": message.kind, "channel": message.channel},
    )  # fmt: skip
