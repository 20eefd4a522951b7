"""The check before a copy is produced, and the copy itself. Looking is a consultation; producing is a disclosure, and logged as one."""

from litestar import Response

from cara.errors import BadInput
from cara.features.referrals import queries
from cara.features.subject_access.collect import cases_of, make, rows_about
from cara.features.subject_access.column_map import OF_CASES
from cara.i18n import gettext as _
from cara.platform.data_export.archive import pack
from cara.platform.data_export.columns import reasons, sections, words
from cara.platform.ledger.writer import Act
from cara.platform.unit_of_work import new_token, work
from cara.web.pages.page import Asked, Form, Page, page
from cara.web.routing import get, post


@get("/cases/{reference:str}/subject-access", does=("subject_access", "read"))
def check(request: Asked, reference: str) -> Page:
    """What will be in the copy, which words somebody must read first, and what is withheld and why."""
    with work(request) as w:
        referral, person = queries.case(w, reference)
        cases = cases_of(w, person)
        rows = rows_about(w, person, cases)
        w.record("subject_access.checked", Act.CONSULTATION, subject=("referral", referral.id or 0), force=referral.force_id,
                 shown=[one.id or 0 for one in cases])  # fmt: skip
    given = [(one.title, len(one.records)) for one in sections(OF_CASES, rows, frozenset())]
    return page(
        request, "subject_access/check.html", referral=referral, offender=person, cases=cases, given=given,
        words=list(words(OF_CASES, rows)), reasons=reasons(OF_CASES), key=new_token(),
    )  # fmt: skip


@post("/cases/{reference:str}/subject-access", does=("subject_access", "produce"))
def produce(request: Asked, form: Form, reference: str) -> Response[bytes]:
    """The copy, as one file: what was ticked is in it, what was not is not."""
    form.only("include")
    ticked = frozenset(form.get("include", ()))
    with work(request) as w:
        referral, person = queries.case(w, reference)
        cases = cases_of(w, person)
        rows = rows_about(w, person, cases)
        there = {one.key for one in words(OF_CASES, rows)}
        if ticked - there:
            raise BadInput(_("What was ticked is not there any more. Open the page again and read it from there."))
        copy = make(w, request.app.state.forces.known[referral.force_id].name, cases, rows, referral.reference, ticked)
        w.record("subject_access.produced", Act.DISCLOSURE, subject=("referral", referral.id or 0), force=referral.force_id,
                 shown=[one.id or 0 for one in cases], codes={"read": len(ticked), "held_back": len(there - ticked)})  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="copy.zip"'}
    made = pack(request.app.state.templates, copy)
    return Response(made, media_type="application/zip", headers=headers, status_code=200)


ROUTES = (check, produce)
