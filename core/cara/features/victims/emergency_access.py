"""Breaking the glass: an officer who may not read victims' records opens one for an hour, because somebody is in danger now.

Everybody in the force who keeps watch over these records is told at once, its data protection officer too where its arrangement names
one, and a supervisor reviews every use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from markupsafe import Markup, escape
from sqlalchemy import func, select, update

from cara import dates
from cara.errors import BadInput, Fault, NotNow
from cara.features.messages.actions import post
from cara.features.referrals.models import Referral
from cara.features.victims.second_officers import named_second, under_condition
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import BrokenGlass
from cara.features.victims.wall.models import Victim, VictimInCase
from cara.features.victims.wall.queries import Person, by_number
from cara.features.victims.wall.staff_names import named
from cara.i18n import gettext as _
from cara.i18n import ngettext
from cara.platform.access.models import Membership
from cara.platform.access.models import Person as Colleague
from cara.platform.access.policy import POLICY
from cara.platform.crypto.keyring import Keyring
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work
from cara.web.ui.layout import Flash

LASTS: Final = timedelta(hours=1)
WATCH: Final = sorted(
    {row.role for row in POLICY if row.capacity == "force" and row.resource == "victim" and "read" in row.actions}
)
"""Roles whose holders in a force watch over its records: those who may read them."""
_g: Any = BrokenGlass
_c: Any = VictimInCase
_v: Any = Victim
_m: Any = Membership
_p: Any = Colleague


def open_case(w: Work, keys: Keyring, case: Referral, reason: str, second: str = "") -> str:
    """Open the record of a case's victim to whoever acts, for an hour; returns the record's reference. Whoever watches over the
    force's records is written to in the same transaction. Somebody under a condition names a `second` officer, who is written to too:
    the record opens on naming, and waits for no answer.

    Raises:
        BadInput: no reason, or no second officer from somebody who must name one.
        NotNow: no victim of this case is on record.
    """
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Say what the emergency is"))])
    conditional = under_condition(w)
    second = named_second(w, second) if conditional else ""
    with behind(w) as session:
        mine = (
            select(VictimInCase)
            .join(_v, _v.id == _c.victim_id)
            .where(_c.referral_id == case.id, _v.erased_at.is_(None))
        )
        links = session.scalars(mine.order_by(_c.victim_id)).all()
    if not links:
        raise NotNow(_("Nobody has recorded who was harmed in this case. Ring the victim contact team, or 999."))
    for link in links:
        person = by_number(w, link.victim_id, link.referral_id)
        row = BrokenGlass(
            **person.of_case, reason=encryption.lock(keys, person.victim, "victim_broken_glass.reason", reason), opened_at=w.now,
            opened_by=w.actor.id, ends_at=w.now + LASTS, conditional=conditional, second_by=second,
        )  # fmt: skip
        with behind(w) as session:
            session.add(row)
            session.flush()
            number = row.id
        w.record("victim.opened_in_emergency", Act.DISCLOSURE, subject=("victim", person.id), force=link.force_id,
                 codes={"second": second} if conditional else None)  # fmt: skip
    for watcher in watchers(w):
        post(
            w,
            "second_named" if second else "record_opened",
            case,
            {"watcher": watcher},
            about=f"opening:{number}:{watcher}",
        )
    if second:
        post(w, "second_asked", case, {"watcher": second}, about=f"second:{number}:{second}")
    post(w, "record_opened_dpo", case, about=f"opening:{number}")
    return links[0].reference


def watchers(w: Work) -> list[str]:
    """The numbers of whoever watches over records in the actor's force, but for the actor."""
    asked = select(_p.id).join(_m, _m.person_id == _p.id).where(
        _p.organisation_id == w.actor.organisation, _p.ended_at.is_(None), _m.ended_at.is_(None), _m.capacity == "force",
        _m.role.in_(WATCH),
    )  # fmt: skip
    return sorted({str(one) for one in w.session.scalars(asked)} - {w.actor.id})


def must_be_open(w: Work, person: Person) -> BrokenGlass:
    """The opening under which whoever acts reads this record now. Raises `NotNow` if there is none, its hour is over, or whoever
    reviewed it found that it was not justified."""
    with behind(w) as session:
        found = session.scalars(
            select(BrokenGlass).where(
                _g.victim_id == person.id, _g.referral_id == person.link.referral_id, _g.opened_by == w.actor.id,
                _g.ends_at > w.now, _g.justified.is_not(False),
            ).order_by(_g.id.desc())
        ).first()  # fmt: skip
    if found is None:
        raise NotNow(
            _("This record is not open to you, or its hour is over. In an emergency, open it again from the case.")
        )
    return found


def unreviewed(w: Work, person: Person | None = None) -> int:
    """How many openings nobody has reviewed yet: of one person, or of all within reach."""
    asked = select(func.count(_g.id)).where(_g.reviewed_at.is_(None))
    with behind(w) as session:
        return int(session.scalar(asked.where(_g.victim_id == person.id) if person else asked) or 0)


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening that nobody has reviewed yet, in words."""

    id: int
    when: str
    who: str
    reason: str
    second: str = ""
    """Who was named as second officer, and how they answered; empty where none had to be named."""


def waiting(w: Work, keys: Keyring, person: Person) -> list[Opening]:
    """What waits for review. Raises `NotNow` where nothing does."""
    with behind(w) as session:
        rows = session.scalars(
            select(BrokenGlass).where(_g.victim_id == person.id, _g.reviewed_at.is_(None)).order_by(_g.id)
        ).all()
    if not rows:
        raise NotNow(_("No emergency opening of this record waits for review."))
    names = named(w, [*(one.opened_by for one in rows), *(one.second_by for one in rows)])
    return [
        Opening(one.id or 0, dates.moment(one.opened_at), names.get(one.opened_by, _("an officer of the force")),
                encryption.unlock(keys, person.victim, "victim_broken_glass.reason", one.reason), _second(one, names))
        for one in rows
    ]  # fmt: skip


def _second(row: BrokenGlass, names: Mapping[str, str]) -> str:
    """The second officer of an opening, and their answer."""
    if not row.conditional:
        return ""
    if not row.second_by:
        return _("No second officer could be named")
    said = {None: _("has not answered yet"), True: _("agreed"), False: _("did not agree")}
    return f"{names.get(row.second_by, _('an officer of the force'))}: {said[row.second_agreed]}"


def review(w: Work, person: Person, newest: int, *, justified: bool) -> None:
    """A supervisor reviews what was opened of one person's record, as far as `newest`: what was opened since they were shown
    waits for a look of its own.

    Raises:
        NotNow: nothing waits for review, or only what they opened themselves, or were the second officer for.
    """
    with behind(w) as session:
        done: Any = session.execute(
            update(BrokenGlass)
            .where(
                _g.victim_id == person.id,
                _g.id <= newest,
                _g.reviewed_at.is_(None),
                _g.opened_by != w.actor.id,
                _g.second_by != w.actor.id,
            )
            .values(reviewed_at=w.now, reviewed_by=w.actor.id, justified=justified)
            .execution_options(synchronize_session=False)
        )
    if not done.rowcount:
        raise NotNow(_("No emergency opening of this record waits for your review."))
    w.record("victim.emergency_reviewed", Act.ALTERATION, subject=("victim", person.id), force=person.victim.force_id,
             codes={"justified": int(justified)})  # fmt: skip


def told(w: Work) -> Flash | None:
    """What "What needs me" says to those in a force who watch over these records, as long as an opening is unreviewed."""
    if w.actor.capacity != "force" or not w.actor.may("victim", "read"):
        return None
    number = unreviewed(w)
    if not number:
        return None
    sentence = ngettext(
        "A record was opened in an emergency, and nobody has reviewed it yet.",
        "%(n)d records were opened in an emergency, and nobody has reviewed them yet.", number,
    )  # fmt: skip
    text = sentence % {"n": number}
    link = Markup(' <a class="govuk-notification-banner__link" href="/victims">{}</a>').format(_("See which"))
    return Flash(Markup("{}{}").format(escape(text), link), "notice")
