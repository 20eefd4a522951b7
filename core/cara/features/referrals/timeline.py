"""The timeline of a case: a reading of the ledger, each entry written for its audience."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import select

from cara.features.referrals.models import Referral
from cara.features.referrals.queries import events
from cara.i18n import lazy as _
from cara.platform.access.models import Person
from cara.platform.unit_of_work import Work

WORDS: Mapping[str, tuple[str | None, str | None]] = {
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
    "course.waiting": (_("On a waiting list"), _("Put on the waiting list")),
    "course.waits_no_more": (_("No longer on a waiting list"), _("Off the waiting list")),
    "course.offered": (_("A place was offered"), _("Place offered")),
    "course.booked": (_("A place was booked"), _("Place booked")),
    "course.confirmed": (_("The person confirmed the place"), _("Place confirmed")),
    "course.refused": (_("The person declined the place"), _("Place declined by the person")),
    "course.released": (_("The place was taken back"), _("Place taken back")),
    "course.date_changed": (_("A workshop has another date, time or venue"), _("A workshop was moved")),
    "course.attended_a": (_("Workshop A attended"), _("Workshop A attended")),
    "course.missed_a": (_("Workshop A missed"), _("Workshop A missed")),
    "course.attended_b": (_("Workshop B attended"), _("Workshop B attended")),
    "course.missed_b": (_("Workshop B missed: both must be repeated"), _("Workshop B missed: both must be repeated")),
    "course.put_off": (_("Not admitted to a workshop, and not at fault"), _("Not admitted, and not at fault")),
    "course.corrected": (_("The register was corrected"), _("Register corrected")),
    "course.telephone_begun": (_("Moved to the telephone intervention"), _("Moved to the telephone intervention")),
    "course.telephone_call": (_("A telephone session, or an attempt"), _("Telephone session or attempt recorded")),
    "course.telephone_ended": (_("Moved back to a group"), _("Moved back to a group")),
    "course.noted": (None, _("Engagement note written")),
    "course.reported": (_("Reported by the provider"), _("Reported to the officer")),
    "course.breached": (_("Decided: prosecute"), _("The officer decided to prosecute")),
    "course.varied": (_("Decided: the last day was varied"), _("The officer varied the last day")),
    "course.excused": (_("Decided: a reasonable excuse was accepted"), _("The officer accepted a reasonable excuse")),
    "course.completed": (_("The course was completed"), _("Completed")),
    "course.closed": (_("The case was closed"), _("Closed")),
    "course.kept_apart": (_("To be kept apart from somebody"), None),
    "course.no_longer_kept_apart": (_("No longer to be kept apart"), None),
    "course.followed_up": (_("The follow-up at 12 months was answered"), None),
    "onward.signposted": (_("Services were mentioned to the person"), _("Services mentioned to the person")),
    "onward.sent": (_("Sent on to a service, with consent"), _("Sent on to a service, with consent")),
    "onward.sent_again": (_("The service was sent a new link"), _("New link sent to the service")),
    "onward.accepted": (_("Accepted by the service"), _("Accepted by the service")),
    "onward.unfunded": (
        _("The service would accept; no paid place is left"),
        _("The service would accept; no paid place is left"),
    ),
    "onward.declined": (_("Declined by the service"), _("Declined by the service")),
    "onward.withdrawn": (_("The onward referral was withdrawn"), _("Onward referral withdrawn")),
    "onward.outcome": (_("It was recorded how it went at the service"), _("Outcome at the service recorded")),
}
"""Verb → what the force reads, what the provider reads (None: nothing, it is before their time or not their business). No hold is
among them, whoever placed it: what stands of one and not of another would tell which of them came of a disclosure."""

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
    ("accepted", "provider"): _(
        "Book a place, or begin the telephone intervention: all must be done on or before the last day."
    ),
    ("by_telephone", "force"): _("The provider delivers the course by telephone. Nothing is asked of you now."),
    ("by_telephone", "provider"): _(
        "Ring the person, and record each call: both workshops are covered one after the other."
    ),
    ("offered", "force"): _("The provider waits for the person’s answer. Nothing is asked of you now."),
    ("offered", "provider"): _("Book the place once the person agrees, or record that they decline."),
    ("booked", "force"): _("The person has a place. Nothing is asked of you now."),
    ("booked", "provider"): _("Record workshop A on its day."),
    ("attended_a", "force"): _("Workshop B follows. Nothing is asked of you now."),
    ("attended_a", "provider"): _("Record workshop B on its day. Whoever misses it repeats both."),
    ("both_done", "force"): _("The provider records completion. Nothing is asked of you now."),
    ("both_done", "provider"): _("Record that the course is completed."),
    ("breach_review", "force"): _(
        "Read the provider’s report and decide: prosecute, vary the last day, or accept the excuse."
    ),
    ("breach_review", "provider"): _("The police decide about your report. The clock runs on meanwhile."),
    ("completed", "force"): _("Nothing now. You will be asked in 12 months whether the person offended again."),
    ("completed", "provider"): _("Nothing. The course is completed."),
    ("closed", "force"): _("Nothing. The case was closed."),
    ("closed", "provider"): _("Nothing. The case was closed."),
    ("breached", "force"): _("Nothing here. The decision to prosecute is on record."),
    ("breached", "provider"): _("Nothing. The police decided to prosecute."),
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
