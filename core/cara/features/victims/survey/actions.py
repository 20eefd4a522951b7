"""What somebody thought of the contact, asked by a link: only if they agreed to that, and only in the way that is safe for them.

Nothing is sent from here. Whoever speaks with them copies the words below into the message that was agreed on, at a moment that is
safe. The link works once and names nobody; what is answered is sealed with the rest of what they said.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import exists, or_, select, update
from sqlmodel import col

from cara.api import Question
from cara.errors import BadInput, Fault, NotFound, NotNow
from cara.features.victims.contact import address_changes
from cara.features.victims.contact.contact_refusals import of_victim
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import ContactAttempt, ContactRefusal, Conversation, ViewsLink
from cara.features.victims.wall.models import DetailsChange, Victim
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.questions import SURVEY
from cara.features.victims.wall.vocabulary import ENOUGH, SafeContact
from cara.features.victims.wall.vocabulary import SURVEY as POINT
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform import idempotency, one_time_links
from cara.platform.crypto.keyring import Keyring, installation_secret
from cara.platform.database.engine import Store, behind_the_wall
from cara.platform.database.row_scope import Scope
from cara.platform.idempotency import Sending, once_only
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import NOBODY_IS, Work, work_as

LASTS: Final = timedelta(days=14)
WRITTEN: Final = {"text": "phone", "email": "email"}
"""Ways in which a link can be given, and what of somebody's details it takes."""
AGREED: Final = Question(
    "agreed", lazy("Have they agreed to be sent a link?"), "yes_no",
    lazy("Ask when you speak with them: is it safe, is it theirs alone, would anybody else see it? If not, ask them on the telephone."),
)  # fmt: skip
_WORDS: Final = {
    "felt_safe": lazy("Was it always all right for you when we got in touch?"),
    "heard": lazy("How much did you feel heard?"),
    "safer": lazy("How much did it help you?"),
    "asked_twice": lazy("Did we ask you the same thing twice?"),
    "in_words": lazy("In your own words: what helped, and what should be different?"),
}
VIEWS: Final = tuple(
    Question(one.name, _WORDS[one.name], one.kind, one.hint, one.options, required=False, max_length=one.max_length)
    for one in SURVEY
    if one.name in _WORDS
)
"""The questions of the survey as they are put to the person, without a word of what it is about."""

_y: Any = ViewsLink
_v: Any = Victim
_a: Any = ContactAttempt
_d: Any = DetailsChange
_MOVED = exists(
    select(_d.id).where(
        _d.victim_id == _y.victim_id,
        or_(_d.decided_at.is_(None), _d.confirmed.is_(True) & (_d.decided_at > _y.made_at)),
    )
)
"""Their number or address has changed since the link was made, or may have: somebody else may hold it."""
_WANTS_NO_MORE = or_(
    exists(select(_a.id).where(_a.victim_id == _y.victim_id, _a.outcome.in_(ENOUGH))),
    exists(
        select(col(ContactRefusal.id)).where(
            col(ContactRefusal.victim_id) == _y.victim_id,
            or_(col(ContactRefusal.withdrawn_at).is_(None), col(ContactRefusal.withdrawn_at) > _y.made_at),
        )
    ),
)
"""They refused contact since the link was made, whomever: a change of mind opens no old link again."""
_OPEN = (
    select(ViewsLink, Victim).join(_v, _v.id == _y.victim_id)
    .where(_y.answered_at.is_(None), _v.erased_at.is_(None), ~_MOVED, ~_WANTS_NO_MORE)
)  # fmt: skip
"""Links that still open anything, and whose they are."""
_QUIETLY = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far asking has come. `refused`: why nothing can be sent (empty: it can); `secret_part`: of a link that is open."""

    contact: SafeContact
    refused: str = ""
    link: ViewsLink | None = None
    closed: bool = False
    """They are not asked in any other way either: they refuse contact, or need none."""
    secret_part: str = ""


def standing(w: Work, keys: Keyring, secret: str, person: Person) -> Standing:
    """How far asking somebody has come. While their details are in doubt they are not shown."""
    contact = SafeContact.read(encryption.unlock(keys, person.victim, "victim.contact", person.victim.contact))
    doubt = address_changes.pending(w, person) is not None
    with behind(w) as session:
        mine = _y.victim_id == person.id, _y.referral_id == person.link.referral_id
        found = session.execute(
            select(ViewsLink, or_(_MOVED, _WANTS_NO_MORE)).where(*mine).order_by(_y.id.desc()).limit(1)
        ).first()
        enough = session.scalar(
            select(_a.id).where(_a.victim_id == person.id, _a.outcome.in_(ENOUGH)).limit(1)
        ) is not None  # fmt: skip
    enough = enough or of_victim(w, person.id) is not None
    refused = _refused(contact, doubt=doubt, enough=enough)
    link, ended = found or (None, False)
    open_ = link is not None and not (refused or ended or link.answered_at) and link.ends_at > w.now
    secret_part = one_time_links.derive_token(secret, POINT, link.nonce) if open_ and link else ""
    return Standing(SafeContact() if doubt or enough else contact, refused, link, enough, secret_part)


def _refused(contact: SafeContact, *, doubt: bool, enough: bool) -> str:
    if doubt:
        return _("Their address or number may have changed. Nothing is sent before a second person has looked at it.")
    if enough:
        return _("They do not want to be contacted again, or need not be.")
    needs = WRITTEN.get(contact.method)
    if needs is None:
        return _("No message is safe for them: only a text message or an email that they agreed to can carry a link.")
    return "" if getattr(contact, needs) else _("The telephone number or the email address is not on record.")


def ask(w: Work, keys: Keyring, secret: str, person: Person, *, agreed: bool) -> None:
    """Make a link for somebody who agreed to be sent one. A second takes the place of the first, which then ends.

    Raises:
        BadInput: they have not agreed.
        NotNow: nothing may be sent to them, or they have answered.
    """
    if not agreed:
        told = _("Nothing is sent without their agreement. Ask them on the telephone")
        raise BadInput(faults=[Fault("agreed", "not_agreed", told)])
    with behind(w) as session:  # of two who ask at once, one does; and nobody answers or changes a number meanwhile
        session.execute(select(_v.id).where(_v.id == person.id).with_for_update())
    before = standing(w, keys, secret, person)
    if before.refused:
        raise NotNow(before.refused)
    if before.link is not None and before.link.answered_at is not None:
        raise NotNow(_("They have answered already. It is asked once."))
    ended = before.link.token_hash if before.link else ""
    link = one_time_links.issue(w, secret, POINT, person.victim.force_id, LASTS, replaces=ended)
    row = ViewsLink(
        **person.of_case, method=before.contact.method, nonce=link.nonce, token_hash=link.token_hash, agreed_on=w.today,
        made_at=w.now, made_by=w.actor.id, ends_at=link.ends_at,
    )  # fmt: skip
    with behind(w) as session:
        session.add(row)
    w.record("victim.asked_for_views", Act.DISCLOSURE, subject=("victim", person.id), force=person.victim.force_id,
             codes={"method": row.method})  # fmt: skip


def look(store: Store, secret_part: str) -> str:
    """The force in which a link opens the questions. Raises `NotFound`: it was used, has ended, or never was."""
    hashed = one_time_links.hash_token(POINT, secret_part)
    with work_as(store, NOBODY_IS, "account", "open_views") as w:
        force = one_time_links.force_of(w, hashed)
    if not force:
        raise NotFound(_ended())
    with (
        work_as(store, NOBODY_IS, "account", "open_views", Scope(force=force)) as w,
        behind_the_wall(w.session, force) as session,
    ):
        if session.execute(_OPEN.where(_y.token_hash == hashed)).first() is None:
            raise NotFound(_ended())
    return force


def answer(
    store: Store, keys: Keyring, secret_part: str, answers: Mapping[str, Any], sending: Sending | None = None
) -> None:
    """Keep what came by a link among what they said, and end the link, together. Raises as `look` does, and as `sending` does."""
    force, hashed = look(store, secret_part), one_time_links.hash_token(POINT, secret_part)
    sending = sending or once_only()
    with work_as(store, NOBODY_IS, "victim", "answer", Scope(force=force)) as w:
        if sending.reserve(w.connection, w.today) is not None:
            w.record("form.repeated", Act.CONSULTATION, force=force)
            return
        if not one_time_links.end(w, hashed):
            raise NotFound(_ended())
        with behind_the_wall(w.session, force) as session:
            found = session.execute(_OPEN.where(_y.token_hash == hashed).with_for_update()).one_or_none()
            if found is None:
                raise NotFound(_ended())
            link, victim = found
            said = encryption.lock(keys, victim, "victim_conversation.said", json.dumps(answers, ensure_ascii=False))
            session.add(
                Conversation(
                    force_id=force, keeper_id=victim.keeper_id, victim_id=victim.id, referral_id=link.referral_id, point=POINT,
                    on=w.today, said=said, weighed_at=w.now, recorded_at=w.now, recorded_by="",
                )
            )  # fmt: skip
            session.execute(
                update(ViewsLink).where(_y.id == link.id).values(answered_at=w.now).execution_options(**_QUIETLY)
            )
            number = victim.id or 0
        about = idempotency.mark(installation_secret(keys.folder), "victim", survey_of(number))
        sending.settle(w.connection, "taken", about)
        w.record("victim.gave_views", Act.COLLECTION, subject=("victim", number), force=force)


def survey_of(victim: int) -> str:
    """What the answers of somebody are called where nobody is to find them by name."""
    return f"survey/{victim}"


def seen(w: Work, person: Person) -> None:
    """Say that the answer was read."""
    with behind(w) as session:
        session.execute(
            update(ViewsLink)
            .where(_y.victim_id == person.id, _y.referral_id == person.link.referral_id, _y.answered_at.is_not(None),
                   _y.seen_at.is_(None))
            .values(seen_at=w.now, seen_by=w.actor.id).execution_options(**_QUIETLY)
        )  # fmt: skip


def _ended() -> str:
    return _("This link does not work any more. It works once, for two weeks. There is nothing you need to do.")
