"""One record as a page shows it: who somebody is, what was said at each point, what was done, and what came of the course."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import select

from cara import dates
from cara.api import VictimContact
from cara.clock import LONDON, london_day
from cara.features.victims.contact import address_changes
from cara.features.victims.contact.attempt_warnings import WARNED
from cara.features.victims.contact.contact_refusals import Refusal, shown_now
from cara.features.victims.contact.worklist import Facts, facts_of
from cara.features.victims.wall import encryption
from cara.features.victims.wall.actions import behind
from cara.features.victims.wall.contact_models import (
    BrokenGlass,
    ContactAttempt,
    Conversation,
    DetailsShown,
    RiskAssessment,
)
from cara.features.victims.wall.models import DetailsChange
from cara.features.victims.wall.queries import Person
from cara.features.victims.wall.questions import SAID, SURVEY, told
from cara.features.victims.wall.record_keeper import arrangement
from cara.features.victims.wall.staff_names import named
from cara.features.victims.wall.vocabulary import (
    BASES,
    COMPANY,
    GRADES,
    METHODS,
    NEWS,
    OUTCOMES,
    REACHED,
    REFUSED,
    SAID_AT,
    WHY_AGAINST,
    WHY_OPENED,
    SafeContact,
)
from cara.features.victims.wall.vocabulary import SURVEY as POINT_OF_SURVEY
from cara.i18n import gettext as _
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import Work


@dataclass(frozen=True, slots=True)
class Assessment:
    """An assessment of risk, opened."""

    on: Any
    tool: str
    grade: str
    count: Any
    assessor: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said on one day, opened: lines of question and answer."""

    point: str
    on: Any
    lines: Sequence[tuple[str, str]]
    who: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    title: str
    when: datetime
    who: str
    text: str = ""
    tag: Any = None


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything on one record's page."""

    person: Person
    name: str
    contact: SafeContact
    address: str
    changing: DetailsChange | None
    facts: Facts
    arranged: VictimContact
    talks: Sequence[Talk]
    risks: Sequence[Assessment]
    timeline: Sequence[Entry]
    spoke: ContactAttempt | None = None
    """The attempt recorded today in which somebody spoke with them, as long as what they said is not written down."""
    folded: bool = False
    """Number, address and note are not here: the victim refused contact, and whoever looks has not shown the details."""
    shown: DetailsShown | None = None
    """The showing under which whoever looks sees the details of a victim who refused contact."""
    owing: DetailsShown | None = None
    """The showing for which whoever looks owes the reason."""
    refused_by: str = ""
    """Who recorded the refusal, if they are of the same organisation as whoever looks."""

    @property
    def refusal(self) -> Refusal | None:
        """The refusal of contact that is in force."""
        return self.facts.refusal

    @property
    def added(self) -> Any:
        """The day on which the record was made."""
        return london_day(self.person.link.added_at)

    @property
    def due(self) -> Any:
        """What is due next."""
        return self.facts.due(self.arranged, self.added)

    @property
    def reassess(self) -> Any:
        """Since when a new assessment of risk is asked for."""
        return self.facts.reassess(self.arranged)


def whole(w: Work, keys: Keyring, person: Person, *, unfold: bool = False) -> Whole:
    """Open one record. The caller leaves the entry of the consultation.

    While a change of address or number waits for its second look, the details that it puts in doubt are not there. Of a victim who
    refused contact with the side of whoever looks, they are there once they were shown (`refusals.show_details`); or, to `unfold`
    them, where the reason is on record already, as in an emergency.
    """
    victim, link = person.victim, person.link
    texts = encryption.unsealed(keys, victim)
    contact, changing = SafeContact.read(texts["contact"]), address_changes.pending(w, person)
    if changing is not None:
        contact = SafeContact(avoid=contact.avoid, code_word=contact.code_word, keep_from=contact.keep_from)
    facts = facts_of(w, [link])[person.id, link.referral_id]
    showing = shown_now(w, person) if facts.closed else None
    folded = facts.closed and showing is None and not unfold
    if folded:
        contact = contact.without_details
    attempts = _rows(w, ContactAttempt, person, case=True)
    spoken = _rows(w, Conversation, person)
    risks = _rows(w, RiskAssessment, person)
    opened, moved = _rows(w, BrokenGlass, person), _rows(w, DetailsChange, person)
    showings = _rows(w, DetailsShown, person)
    names = named(w, [
        *(one.recorded_by for one in (*attempts, *spoken, *risks)), *(one.opened_by for one in opened),
        *(one.reviewed_by for one in opened), *(one.proposed_by for one in moved), *(one.decided_by for one in moved), link.added_by,
        *(one.shown_by for one in showings), *(one.recorded_by for one in facts.refusals), *(one.withdrawn_by for one in facts.refusals),
        *(one.second_by for one in opened),
    ])  # fmt: skip
    assessments = [_assessment(keys, person, one) for one in risks]
    entries = [Entry(_("Recorded"), link.added_at, names.get(link.added_by, ""))]
    entries += [
        Entry(str(NEWS.get(one.what, one.what)), one.at, "", dates.absolute(one.day) if one.day else "")
        for one in facts.news
    ]
    entries += [
        Entry(f"{METHODS.get(one.method, one.method)}: {OUTCOMES.get(one.outcome, one.outcome)}", one.happened_at,
              names.get(one.recorded_by, ""), _noted(encryption.unlock(keys, victim, "victim_attempt.note", one.note), one))
        for one in attempts
    ]  # fmt: skip
    entries += _refusals(facts, names)
    entries += [Entry(_("The number and the address were shown although contact is refused"), one.shown_at, names.get(one.shown_by, ""),
                      _explained(keys, person, one)) for one in showings]  # fmt: skip
    entries += [Entry(_("The second officer of an emergency opening agreed") if one.second_agreed
                      else _("The second officer of an emergency opening did not agree"), one.second_at, names.get(one.second_by, ""))
                for one in opened if one.second_at]  # fmt: skip
    entries += [Entry(_("Spoken with: %(point)s") % {"point": SAID_AT.get(one.point, one.point)}
                      if one.recorded_by else _("Answered by a link"), _noon(one.on, one.recorded_at),
                      names.get(one.recorded_by, "")) for one in spoken]  # fmt: skip
    entries += [Entry(_("Risk assessed: %(grade)s") % {"grade": each.grade}, _noon(one.assessed_on, one.recorded_at),
                      names.get(one.recorded_by, "")) for one, each in zip(risks, assessments, strict=True)]  # fmt: skip
    entries += [Entry(_("Opened in an emergency"), one.opened_at, names.get(one.opened_by, _("an officer of the force")),
                      encryption.unlock(keys, victim, "victim_broken_glass.reason", one.reason)) for one in opened]  # fmt: skip
    entries += [Entry(_("The emergency opening was reviewed"), one.reviewed_at, names.get(one.reviewed_by, "")) for one in opened
                if one.reviewed_at]  # fmt: skip
    for one in moved:
        entries.append(
            Entry(_("A change of address or number was told"), one.proposed_at, names.get(one.proposed_by, ""))
        )
        if one.decided_at:
            words = _("The change was confirmed") if one.confirmed else _("The change was rejected")
            entries.append(Entry(words, one.decided_at, names.get(one.decided_by, "")))
    return Whole(
        person=person, name=texts["name"], contact=contact, address="" if changing or folded else texts["address"], changing=changing,
        facts=facts, arranged=arrangement(w, link.force_id),
        talks=[_talk(keys, person, one, names) for one in sorted(spoken, key=lambda one: (one.on, one.id), reverse=True)],
        risks=[one for _row, one in sorted(zip(risks, assessments, strict=True), key=lambda pair: (pair[1].on, pair[0].id), reverse=True)],
        timeline=sorted(entries, key=lambda one: one.when, reverse=True), spoke=_unwritten(w, attempts, spoken),
        folded=folded, shown=showing, owing=next((one for one in showings if one.shown_by == w.actor.id and not one.why), None),
        refused_by=names.get(facts.refusal.recorded_by, "") if facts.refusal else "",
    )  # fmt: skip


def _noted(note: str, attempt: ContactAttempt) -> str:
    """The note of an attempt, after what was warned of and why it was made all the same."""
    against = [str(WARNED.get(one, one)) for one in attempt.warned.split()]
    why = [str(WHY_AGAINST.get(attempt.why, attempt.why))] if attempt.why else []
    return "\n".join(one for one in (". ".join([*against, *why]), note) if one)


def _refusals(facts: Facts, names: Mapping[str, str]) -> list[Entry]:
    found = []
    for row in facts.refusals:
        whom, company = (
            str(words.get(word, _("Not recorded"))) for words, word in ((REFUSED, row.refused), (COMPANY, row.company))
        )
        said = _("Refused: %(whom)s. With them: %(company)s") % {"whom": whom, "company": company}
        found.append(
            Entry(
                _("Does not want to be contacted again"),
                _noon(row.on, row.recorded_at),
                names.get(row.recorded_by, ""),
                said,
            )
        )
        if row.withdrawn_at:
            way = _("Confirmed by the safe way: %(way)s") % {
                "way": METHODS.get(row.withdrawn_method, row.withdrawn_method)
            }
            when = _noon(row.withdrawn_on, row.withdrawn_at)
            found.append(Entry(_("Wants to be contacted again"), when, names.get(row.withdrawn_by, ""), way))
    return found


def _explained(keys: Keyring, person: Person, row: DetailsShown) -> str:
    if not row.why:
        return _("The reason is owed")
    words = encryption.unlock(keys, person.victim, "victim_details_shown.words", row.words) if row.words else ""
    return "\n".join(one for one in (str(WHY_OPENED.get(row.why, row.why)), words) if one)


def _unwritten(w: Work, attempts: Sequence[ContactAttempt], spoken: Sequence[Conversation]) -> ContactAttempt | None:
    """The last attempt recorded today that reached somebody, where nobody has written down what they said since."""
    written = [one.recorded_at for one in spoken if one.point != POINT_OF_SURVEY]
    reached = [one for one in attempts if one.outcome in REACHED and london_day(one.recorded_at) == w.today]
    return next((one for one in reached[-1:] if all(one.recorded_at > when for when in written)), None)


def said(keys: Keyring, person: Person, row: Conversation) -> dict[str, Any]:
    """The answers of one conversation."""
    return _json(encryption.unlock(keys, person.victim, "victim_conversation.said", row.said))


def _talk(keys: Keyring, person: Person, row: Conversation, names: Mapping[str, str]) -> Talk:
    answers = told((*SAID, *SURVEY), said(keys, person, row))
    return Talk(str(SAID_AT.get(row.point, row.point)), row.on, [*answers.items()], names.get(row.recorded_by, ""))


def grade_of(keys: Keyring, person: Person, row: RiskAssessment) -> str:
    """Read the grade of one assessment, in words."""
    return _assessment(keys, person, row).grade


def _assessment(keys: Keyring, person: Person, row: RiskAssessment) -> Assessment:
    known = _json(encryption.unlock(keys, person.victim, "victim_risk.assessed", row.assessed))
    grade = str(GRADES.get(known.get("grade", ""), known.get("grade", "")))
    return Assessment(
        row.assessed_on, str(known.get("tool", "") or BASES.get(row.basis, "")), grade, known.get("count", ""),
        str(known.get("assessor", "")), row.basis,
    )  # fmt: skip


def _json(text: str) -> dict[str, Any]:
    known = json.loads(text)
    return known if isinstance(known, dict) else {}


def _rows(w: Work, model: Any, person: Person, *, case: bool = False) -> Sequence[Any]:
    """Rows about somebody: what they said counts in every case of theirs, an attempt in the one that it was for."""
    which = [model.victim_id == person.id, *([model.referral_id == person.link.referral_id] if case else [])]
    with behind(w) as session:
        return session.scalars(select(model).where(*which).order_by(model.id)).all()


def _noon(day: Any, recorded: datetime) -> datetime:
    """A day among moments: the moment of its recording, if that was the same day, else noon."""
    return recorded if london_day(recorded) == day else datetime.combine(day, time(12), LONDON)
