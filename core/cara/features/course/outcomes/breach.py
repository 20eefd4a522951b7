"""Reports of non-compliance, and what officers decide. Software gathers the facts; a person decides, and signs."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from cara.errors import BadInput, Fault
from cara.features.course.notifications import tell
from cara.features.course.outcomes import closure
from cara.features.course.records import queries
from cara.features.course.records.event_models import BreachDecision, NonCompliance
from cara.features.course.records.models import Place
from cara.features.referrals.actions import move
from cara.features.referrals.models import Referral
from cara.features.referrals.states import transition
from cara.i18n import gettext as _
from cara.i18n import lazy
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

GROUNDS: Mapping[str, str] = {
    "missed": lazy("Missed a workshop, and no chance is left"),
    "no_contact": lazy("Cannot be reached"),
    "refused": lazy("Refuses the course"),
    "conduct": lazy("Conduct at a workshop or on the telephone"),
    "no_time": lazy("Two workshops no longer fit before the last day"),
    "other": lazy("Something else"),
}
DECISIONS: Mapping[str, str] = {
    "prosecute": lazy("Prosecute"),
    "vary": lazy("Vary the last day"),
    "excuse": lazy("Accept a reasonable excuse"),
}

LONGEST_VARIATION = timedelta(2 * 365)
"""How far ahead an officer may put a last day: beyond it, a year was mistyped [our default]."""

_n: Any = NonCompliance
_p: Any = Place


def report(w: Work, referral: Referral, version: int, ground: str, account: str) -> None:
    """Report a case to the officer, with places, registers and calls as they stand.

    Raises:
        BadInput: no ground, or no account.
        NotNow: it is reported already, or over.
    """
    if ground not in GROUNDS:
        raise BadInput(faults=[Fault("ground", "unknown", _("Select why you report this case"))])
    if not account.strip():
        raise BadInput(faults=[Fault("account", "missing", _("Say what happened, and what you tried"))])
    transition("report", referral)
    row = NonCompliance(
        referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id or "", ground=ground,
        account=account, evidence=evidence(w, referral), reported_at=w.now, reported_by=w.actor.id,
    )  # fmt: skip
    w.session.add(row)
    w.session.flush()
    move(w, referral, version, "report", Act.DISCLOSURE, reported_at=w.now, codes={"ground": ground})
    tell(w, "breach_reported", referral, report=row.id)


def latest(w: Work, referral: Referral) -> NonCompliance | None:
    """The last report of a case."""
    return w.session.scalars(
        select(NonCompliance).where(_n.referral_id == referral.id).order_by(_n.id.desc()).limit(1)
    ).first()


def evidence(w: Work, referral: Referral) -> dict[str, Any]:
    """What is on record of a case: days and codes, so that the report says what was known when it was made."""
    given = w.session.execute(
        select(_p.booked_at, _p.release_reason, _p.refused_at).where(_p.referral_id == referral.id).order_by(_p.id)
    ).all()
    return {
        "register": [[r.part, r.happened_on.isoformat(), r.outcome, r.reason_code] for r in queries.lines(w, referral)],
        "calls": [[r.happened_on.isoformat(), r.outcome] for r in queries.calls(w, referral)],
        "places": [
            [r.booked_at.date().isoformat() if r.booked_at else "", "refused" if r.refused_at else r.release_reason]
            for r in given
        ],
    }


def prosecute(w: Work, referral: Referral, version: int, reason: str) -> None:
    """The officer decides to prosecute: the case is breached, and over."""
    _decide(w, referral, "prosecute", reason, referral.complete_by)
    move(w, referral, version, "prosecute", Act.ALTERATION, breached_at=w.now, offered_at=None, booked_at=None)
    closure.wind_up(w, referral, "breached", w.today)
    tell(w, "breach_decided", referral, decision="prosecute")


def vary(w: Work, referral: Referral, version: int, complete_by: date, reason: str) -> None:
    """The officer gives the case another last day: after a report, or because of anything else. Nothing else ever moves it.

    Raises:
        BadInput: no reason, or a day that is not ahead, is the last day already, or is more than two years away.
    """
    if not w.today <= complete_by <= w.today + LONGEST_VARIATION or complete_by == referral.complete_by:
        raise BadInput(
            faults=[
                Fault(
                    "complete_by-day", "range", _("The new last day must be another day, ahead, and within two years")
                )
            ]
        )
    _decide(w, referral, "vary", reason, complete_by)
    move(
        w, referral, version, "vary", Act.ALTERATION, complete_by=complete_by, reported_at=None,
        codes={"from": referral.complete_by.isoformat(), "complete_by": complete_by.isoformat()},
    )  # fmt: skip
    tell(w, "deadline_varied", referral, complete_by=complete_by)


def excuse(w: Work, referral: Referral, version: int, reason: str) -> None:
    """The officer accepts a reasonable excuse: the case goes on where it stood, with one chance more."""
    _decide(w, referral, "excuse", reason, referral.complete_by)
    move(w, referral, version, "excuse", Act.ALTERATION, reported_at=None)
    tell(w, "breach_decided", referral, decision="excuse")


def _decide(w: Work, referral: Referral, decision: str, reason: str, complete_by: date) -> None:
    if not reason.strip():
        raise BadInput(faults=[Fault("reason", "missing", _("Give the reason for your decision"))])
    transition(decision, referral)
    reported = latest(w, referral) if referral.reported_at else None
    w.session.add(
        BreachDecision(
            referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id or "",
            report_id=reported.id if reported else None, decision=decision, reason=reason,
            complete_by_before=referral.complete_by, complete_by=complete_by, decided_at=w.now, decided_by=w.actor.id,
        )
    )  # fmt: skip
    w.session.flush()
