"""The record of failure: what is on record of a case that was reported, as a PDF that its officer can use.

It is made from what was written down when it happened, and says so line by line. Who of the provider's people wrote it stays
with the provider: facilitators are not drawn into a case against the people they work with.
"""

from typing import Any

from litestar import Response

from cara.clock import london_day
from cara.errors import NotNow
from cara.features.course.outcomes import breach
from cara.features.course.records import queries as record_queries
from cara.features.course.records.rules import OUTCOMES, REASONS
from cara.features.course.telephone import actions
from cara.features.messages.pdf import FailureRecord, Happening, record_pdf
from cara.features.referrals import queries
from cara.features.referrals.models import Offender, Referral
from cara.i18n import gettext as _
from cara.platform.access.models import Organisation
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import Work, work
from cara.web.pages.page import Asked
from cara.web.routing import get


def record_of(w: Work, referral: Referral, person: Offender, force: str) -> FailureRecord:
    """The record of a case as it stands now; `force` is the force's name.

    Raises:
        NotNow: nobody has reported the case.
    """
    report = breach.latest(w, referral)
    if report is None:
        raise NotNow(_("This case has not been reported, so there is no record of failure."))
    provider = w.session.get(Organisation, referral.provider_id)
    by = provider.name if provider else ""
    lines = record_queries.lines(w, referral)
    said = [(one.happened_on, _in_words(one), one.recorded_at) for one in lines]
    said += [
        (one.happened_on, _("Telephone: %(what)s") % {"what": actions.OUTCOMES[one.outcome][0]}, one.recorded_at)
        for one in record_queries.calls(w, referral)
    ]
    said.append(
        (
            london_day(report.reported_at),
            _("Reported: %(why)s") % {"why": breach.GROUNDS[report.ground]},
            report.reported_at,
        )
    )
    return FailureRecord(
        reference=referral.reference, crime_reference=referral.crime_reference, name=f"{person.forenames} {person.surname}",
        date_of_birth=person.date_of_birth, force=force, provider=by, caution_date=referral.caution_date,
        complete_by=referral.complete_by, chances_allowed=record_queries.chances_in_all(w, referral),
        chances_used=record_queries.progress_of(w, referral).missed_a,
        events=tuple(Happening(on, what, by, london_day(at)) for on, what, at in sorted(said, key=lambda one: (one[0], one[2]))),
        reasons=tuple(dict.fromkeys(str(REASONS[one.reason_code]) for one in lines if one.reason_code in REASONS)),
        prepared_by=w.actor.name, prepared_on=w.today,
    )  # fmt: skip


def _in_words(line: Any) -> str:
    said = f"{_('Workshop')} {line.part}: {OUTCOMES[line.outcome].label}"
    return f"{said} ({REASONS[line.reason_code]})" if line.reason_code else said


@get("/cases/{reference:str}/record-of-failure", does=("breach", "read"))
def failure_record(request: Asked, reference: str) -> Response[bytes]:
    """The record as PDF. The file's name says nothing of the person."""
    with work(request) as w:
        referral, person = queries.read_case(w, reference)
        made = record_of(w, referral, person, request.app.state.forces.known[referral.force_id].name)
        w.record("breach.record_made", Act.DISCLOSURE, subject=("referral", referral.id or 0), force=referral.force_id,
                 provider=referral.provider_id)  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="record.pdf"'}
    return Response(record_pdf(made), media_type="application/pdf", headers=headers)


ROUTES = (failure_record,)
