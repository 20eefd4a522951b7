"""The record of failure: what was written down, line by line, and nobody's name but the person's and the officer's."""

import io
from typing import Any

import pikepdf
import pypdf
import pytest
from cara.errors import NotNow
from cara.features.course.attendance.actions import Line, record
from cara.features.course.outcomes import breach, breach_report_pdf
from cara.features.course.records import queries as record_queries
from cara.features.messages.pdf import record_pdf
from synthetic.canaries import found_in
from synthetic.cases import case_of
from synthetic.people import PEOPLE

from .conftest import FORCE, PROVIDER, Stage
from .doing import ABSENT, attend, book, line, through_a


def missed(stage: Stage, reference: str, reason: str) -> None:
    cohort = stage.cohort(3)
    book(stage, reference, cohort)
    stage.turn(3)
    with stage.doing(f"{PROVIDER}.facilitator") as w:
        found, room = stage.workshop(w, cohort, "A")
        record(w, found, room, {stage.case(w, reference).id: Line("absent", reason)})


def reported(stage: Stage) -> str:
    one = stage.accepted()
    for reason in ("no_contact", "ill"):
        missed(stage, one, reason)
    with stage.doing() as w:
        case = stage.case(w, one)
        assert record_queries.chances(w, case) == 0
        breach.report(w, case, case.version, "missed", "Synthetic account: telephoned twice.")
    return one


def made(stage: Stage, reference: str) -> Any:
    from cara.features.referrals import queries

    with stage.police() as w:
        referral, person = queries.case(w, reference)
        return breach_report_pdf.record_of(w, referral, person, "Kent")


def test_it_says_what_happened_in_the_order_of_days(stage: Stage) -> None:
    record = made(stage, reported(stage))
    days = [one.on for one in record.events]
    assert days == sorted(days)
    assert [one.what for one in record.events] == [
        "Workshop A: Absent (No word from the person)", "Workshop A: Absent (Ill)",
        "Reported: Missed a workshop, and no chance is left",
    ]  # fmt: skip
    assert record.reasons == ("No word from the person", "Ill")
    assert (record.chances_used, record.chances_allowed) == (2, 2)
    assert {one.recorded for one in record.events} == {one.on for one in record.events}


def test_the_file_is_tagged_titled_and_names_no_facilitator(stage: Stage) -> None:
    content = record_pdf(made(stage, reported(stage)))
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo["/Title"]) == "Record of failure to comply"
    words = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())
    assert words.index("No word from the person") < words.index("(Ill)") < words.index("Reported:")
    assert PEOPLE[f"{PROVIDER}.facilitator"].name not in words
    assert not [one for one in found_in(words.encode()) if one.owner.startswith("victim:")]


def test_without_a_report_there_is_none(stage: Stage) -> None:
    with pytest.raises(NotNow):
        made(stage, stage.accepted())


def test_its_officers_get_it_and_nobody_else(as_person: Any) -> None:
    at = f"/cases/{case_of(FORCE, PROVIDER, 'breach_review').reference}/record-of-failure"
    answer = as_person(f"{FORCE}_police.supervisor").get(at)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"] == 'attachment; filename="record.pdf"'
    assert as_person(f"{FORCE}_police.analyst").get(at).status_code == 403
    assert as_person("hampshire_police.supervisor").get(at).status_code == 404
    assert as_person("north_provider.coordinator").get(at).status_code == 404


def test_chances_are_those_missed_and_those_that_officers_gave_too(stage: Stage) -> None:
    one, cohort = through_a(stage)
    stage.turn(28)
    attend(stage, cohort, "B", **line(one, ABSENT))
    with stage.doing() as w:
        breach.report(w, case := stage.case(w, one), case.version, "no_contact", "Synthetic account.")
    record = made(stage, one)
    assert (record.chances_used, record.chances_allowed) == (0, 2)
    with stage.police() as w:
        breach.excuse(w, case := stage.case(w, one), case.version, "Synthetic excuse.")
    missed(stage, one, "no_contact")
    with stage.doing() as w:
        breach.report(w, case := stage.case(w, one), case.version, "no_contact", "Synthetic account.")
    record = made(stage, one)
    assert (record.chances_used, record.chances_allowed) == (1, 3)
