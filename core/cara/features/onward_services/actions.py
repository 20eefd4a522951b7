"""Verbs of signposting and onward referral: the only writers of their tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from cara.clock import months_after
from cara.errors import BadInput, Fault, NotNow
from cara.features.messages.actions import post, recall_from_service
from cara.features.messages.render import Reader
from cara.features.onward_services import budgets, queries, service_link
from cara.features.onward_services.models import OnwardOutcome, OnwardReferral, OnwardService, Signpost
from cara.features.onward_services.queries import Known
from cara.features.onward_services.states import transition
from cara.features.onward_services.vocabulary import HOW, MOMENTS, MONTHS, NEEDED, OFFENDER, OUTCOMES, WITHDRAWALS
from cara.features.referrals.models import Referral
from cara.features.referrals.name_matching import new_reference
from cara.features.referrals.states import IN_COURSE, state_of
from cara.i18n import gettext as _
from cara.platform import one_time_links
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work

SENT_ON: tuple[str, ...] = (*IN_COURSE, "completed", "closed", "breached")
"""States of a case in which its person is told of services and sent on to them: from acceptance on, and after the course."""
_t: Any = OnwardOutcome


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody agreed to, who took it, and when."""

    taken_on: date
    taken_by: str
    covers: tuple[str, ...]


def signpost(w: Work, referral: Referral, moment: str, how: str, services: Sequence[OnwardService]) -> None:
    """Note which services were mentioned to somebody, or their details given, at A, at B or at completion.

    Raises:
        NotNow: the case has not been accepted.
        BadInput: an unknown moment or way, or no service.
    """
    _on_the_course(referral)
    if moment not in MOMENTS or how not in HOW or not services:
        raise BadInput(faults=[Fault("services", "missing", _("Select at least one service"))])
    rows = [
        {"referral_id": referral.id, "force_id": referral.force_id, "provider_id": referral.provider_id, "service_id": one.id,
         "audience": one.audience, "moment": moment, "how": how, "noted_at": w.now, "noted_by": w.actor.id}
        for one in services
    ]  # fmt: skip
    w.connection.execute(insert(Signpost), rows)
    _recorded(w, referral, "onward.signposted", Act.COLLECTION, moment=moment, how=how, services=len(rows))


def refer(
    w: Work,
    secret: str,
    referral: Referral,
    service: OnwardService,
    *,
    need: str,
    area: str,
    language: str,
    consent: Consent,
) -> str:
    """Send somebody on to a service, with their consent, by a link; gives the onward referral's reference.

    Raises:
        BadInput: the consent does not cover it or lies ahead; the service does not do this need or area, or has no address.
        NotNow: the case has not been accepted, or the service has this person already.
    """
    _on_the_course(referral)
    if faults := list(_faults(w, service, need, area, consent)):
        raise BadInput(faults=faults)
    row = OnwardReferral(
        reference=new_reference(), referral_id=referral.id or 0, force_id=referral.force_id, provider_id=referral.provider_id,
        service_id=service.id or 0, audience=OFFENDER, need=need, area=area, language=language, consent_on=consent.taken_on,
        consent_by=consent.taken_by, consent_covers=list(consent.covers), made_at=w.now, made_by=w.actor.id,
        **service_link.issue(w, secret, referral.force_id),
    )  # fmt: skip
    w.session.add(row)
    try:
        w.session.flush()
    except IntegrityError:
        raise NotNow(
            _("This person has been sent on to this service already. Open that onward referral instead.")
        ) from None
    _recorded(w, referral, "onward.sent", Act.COLLECTION, onward_referral=row.id or 0)
    _write(w, referral, row, service)
    return row.reference


def _faults(w: Work, service: OnwardService, need: str, area: str, consent: Consent) -> Sequence[Fault]:
    found = []
    if need not in service.needs:
        found.append(Fault("need", "unknown", _("Select a need that this service helps with")))
    if service.areas and area not in service.areas:
        found.append(Fault("area", "unknown", _("Select an area that this service covers")))
    if not service.email:
        found.append(
            Fault(
                "service", "no_address", _("This service has no e-mail address for referrals. Ask the force to add it")
            )
        )
    if consent.taken_on > w.today:
        found.append(Fault("consent_on-day", "ahead", _("The day of the consent must not lie ahead")))
    if set(NEEDED) - set(consent.covers):
        missing = _(
            "The consent must cover their name and number, and what they need: without it nobody can be sent on"
        )
        found.append(Fault("covers", "not_covered", missing))
    return found


def send_again(w: Work, secret: str, known: Known, version: int) -> None:
    """Send the service a new link; the old one opens nothing any more. Raises `NotNow`, `Stale`."""
    _move(w, known, version, "send", **service_link.issue(w, secret, known.case.force_id, known.onward.token_hash))
    _write(w, known.case, known.onward, known.service)


def _write(w: Work, referral: Referral, onward: OnwardReferral, service: OnwardService) -> None:
    post(
        w, service_link.MESSAGE.kind, referral, {"onward": onward.reference}, about=f"onward:{onward.nonce}",
        reader=Reader(email=service.email),
    )  # fmt: skip


def accept(w: Work, known: Known) -> bool:
    """The service accepts. A service whose places are paid draws one from the budget of the person's area, in this transaction.

    False: no budget has a place left. That is kept, nothing is drawn, and the onward referral waits.

    Raises:
        NotNow: it was answered before, or withdrawn.
        Stale: somebody did so at this moment.
    """
    transition("accept", known.onward)
    if known.service.paid and not budgets.draw(w, known.onward):
        _move(w, known, known.onward.version, "run_out", unfunded_at=w.now)
        return False
    _move(w, known, known.onward.version, "accept", accepted_at=w.now)
    rows = [
        {"onward_referral_id": known.onward.id, "force_id": known.onward.force_id, "provider_id": known.onward.provider_id,
         "months": months, "due_on": months_after(w.today, months), "outcome": "", "recorded_by": ""}
        for months in MONTHS
    ]  # fmt: skip
    w.connection.execute(insert(OnwardOutcome), rows)
    return True


def decline(w: Work, known: Known, reason: str, note: str) -> None:
    """The service declines, for one of `words.DECLINES`; its link ends. Raises as `accept` does."""
    transition("decline", known.onward)
    _end_link(w, known)
    _move(
        w,
        known,
        known.onward.version,
        "decline",
        declined_at=w.now,
        decline_reason=reason,
        decline_note=note,
        **service_link.NO_LINK,
    )


def withdraw(w: Work, known: Known, version: int, reason: str) -> None:
    """Take an onward referral back. Its link ends, and a place that was paid goes back to its budget.

    Raises:
        NotNow: it is declined or withdrawn already.
        Stale: somebody else changed it meanwhile, the service by its answer for instance.
    """
    if reason not in WITHDRAWALS:
        raise BadInput(faults=[Fault("reason", "unknown", _("Select why it is withdrawn"))])
    _end_link(w, known)
    _move(
        w,
        known,
        version,
        "withdraw",
        withdrawn_at=w.now,
        withdrawn_by=w.actor.id,
        withdraw_reason=reason,
        **service_link.NO_LINK,
    )
    budgets.give_back(w, known.onward)


def record_outcome(w: Work, known: Known, version: int, outcome: str) -> None:
    """Record how it went, for the first of the due days that has no answer.

    Raises:
        NotNow: nothing is due, or the onward referral was withdrawn.
        BadInput: an unknown answer.
    """
    row = queries.due(w, known.onward, w.today)
    if row is None or known.onward.withdrawn_at is not None:
        raise NotNow(_("Nothing is due. You are asked three and six months after the service accepted."))
    if outcome not in OUTCOMES:
        raise BadInput(faults=[Fault("outcome", "unknown", _("Select how it went"))])
    set_committed_value(known.onward, "version", w.change(OnwardReferral, known.onward.id, version))
    w.session.execute(
        update(OnwardOutcome)
        .where(_t.id == row.id)
        .values(outcome=outcome, recorded_at=w.now, recorded_by=w.actor.id)
        .execution_options(synchronize_session=False)
    )
    _recorded(w, known.case, "onward.outcome", Act.COLLECTION, onward_referral=known.onward.id or 0, months=row.months)


def _end_link(w: Work, known: Known) -> None:
    """No link opens anything any more, and none is sent."""
    one_time_links.end(w, known.onward.token_hash)
    recall_from_service(w, known.case, known.onward.reference)


def _on_the_course(referral: Referral) -> None:
    if state_of(referral) not in SENT_ON:
        raise NotNow(_("Only somebody whose case was accepted is sent on to services."))


def _move(w: Work, known: Known, version: int, action: str, **values: Any) -> None:
    """Make one transition: row, version and ledger together. Raises `NotNow`, `Stale`."""
    step = transition(action, known.onward)
    changed = w.change(OnwardReferral, known.onward.id, version, **values)
    for name, value in {**values, "version": changed}.items():
        set_committed_value(known.onward, name, value)
    _recorded(w, known.case, step.verb, Act.ALTERATION, onward_referral=known.onward.id or 0, to=step.to)


def _recorded(w: Work, case: Referral, verb: str, act: Act, **codes: str | int) -> None:
    w.record(verb, act, subject=("referral", case.id or 0), force=case.force_id, provider=case.provider_id, codes=codes)
