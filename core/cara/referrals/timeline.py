"""The timeline of a case: a reading of the ledger, each entry written for its audience."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import select

from cara.i18n import lazy as _
from cara.identity.models import Person
from cara.referrals.models import Referral
from cara.referrals.queries import events
from cara.work import Work

WORDS: Mapping[str, tuple[str, str | None]] = {
    "referral.proposed": (_("Proposed, and sent to an authorising officer"), None),
    "referral.declined": (_("Not authorised"), None),
    "referral.authorised": (_("Authorised and referred to the provider"), _("Referred by the police")),
    "referral.referred": (_("Referred to the provider"), _("Referred by the police")),
    "referral.asked": (_("The provider asked for information"), _("Information asked for")),
    "referral.answered": (_("The provider’s question was answered"), _("The police answered")),
    "referral.accepted": (_("Accepted by the provider"), _("Accepted")),
    "referral.returned": (_("Returned by the provider"), _("Returned to the police")),
    "referral.started_again": (_("Started again as a new draft"), None),
    "referral.withdrawn": (_("Withdrawn"), _("Withdrawn by the police")),
}
"""Verb → what the force reads, what the provider reads (None: nothing, it is before their time or not their business)."""

NEXT: Mapping[tuple[str, str], str] = {
    ("awaiting_authorisation", "force"): _("A supervisor authorises it, or says why not."),
    ("declined", "force"): _("Read the reason. If it can be mended, start again from these answers."),
    ("referred", "force"): _("The provider accepts it within five working days."),
    ("referred", "provider"): _("Accept it, ask for information, or return it with a reason."),
    ("information_requested", "force"): _(
        "Answer the provider’s question: the clock of the caution runs on meanwhile."
    ),
    ("information_requested", "provider"): _("The police answer your question. You can also accept or return it now."),
    ("accepted", "force"): _("The provider arranges both workshops. Nothing is asked of you now."),
    ("accepted", "provider"): _("Arrange both workshops: the second must fall on or before the last day."),
    ("returned", "force"): _("Read the provider’s reason. If it can be mended, start again from these answers."),
    ("returned", "provider"): _("Nothing. The police have it back."),
    ("superseded", "force"): _("Nothing. It was started again; look for the new draft or case."),
    ("superseded", "provider"): _("Nothing. The police have it back."),
    ("withdrawn", "force"): _("Nothing. The referral was withdrawn."),
    ("withdrawn", "provider"): _("Nothing. The police withdrew it."),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline."""

    title: str
    when: datetime
    who: str
    text: str = ""
    tag: Any = None


def timeline(w: Work, referral: Referral) -> Sequence[Entry]:
    """What happened to a case, newest first, in the words of the actor's side. Colleagues are named, others are not."""
    audience = 1 if w.actor.capacity == "provider" else 0
    rows = [row for row in events(w, referral) if row.verb in WORDS and WORDS[row.verb][audience]]
    names = _colleagues(w, {row.actor_id for row in rows if row.actor_kind == "person"})
    return [
        Entry(str(WORDS[row.verb][audience]), row.at, names.get(row.actor_id) or row.name or "")
        for row in reversed(rows)
    ]


def _colleagues(w: Work, ids: set[str]) -> dict[str, str]:
    columns: Any = Person
    found = w.session.exec(
        select(Person.id, Person.name).where(
            columns.id.in_([int(one) for one in ids if one.isdecimal()]), Person.organisation_id == w.actor.organisation
        )
    ).all()
    return {str(key): name for key, name in found}
