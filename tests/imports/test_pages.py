"""The import pages: exact counts, nothing twice, nothing half, nobody else's, and what is wrong to download and mend."""

import csv
import io
import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from cara import clock
from cara.errors import BadInput
from cara.features.eligibility.engine import answer
from cara.features.eligibility.parse_facts import facts_from
from cara.features.referrals import actions, draft_actions
from cara.features.referrals.csv_import import actions as importing
from cara.features.referrals.csv_import.samples import export, mixed, row
from cara.features.referrals.eligibility_facts import facts_of
from cara.features.referrals.models import Draft
from cara.operations import jobs
from cara.operations.app import create_app
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import Use
from cara.platform.database.row_scope import Scope
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import operator, work_as
from sqlalchemy import text
from sqlmodel import select
from synthetic import world
from synthetic.browser import key
from synthetic.cases import NOW, STEPS, UPLOADS, answers
from synthetic.people import FORCES, PEOPLE

OFFICER = "kent_police.referring_officer"


def numbers(page: httpx.Response) -> list[int]:
    """The counts of a file's page, in order."""
    found = re.findall(r"summary-list__value[^>]*>\s*([\d,]+)\s*<", page.text)
    return [int(one.replace(",", "")) for one in found]


def entries(database: Any, verb: str) -> list[Any]:
    with database.admin().connect() as connection:
        query = (
            "select shown, codes, act, force_id, actor_id, subject_id from ledger_entry where verb = :verb order by id"
        )
        return list(connection.execute(text(query), {"verb": verb}))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_ten_thousand_rows_by_page_and_twice_over_adds_nothing(database, as_person, send_file, run_import, imported):
    rows, expected = mixed(10_000)
    data = export(rows, encoding="cp1252", delimiter=";")
    officer = as_person(OFFICER)
    address = send_file(officer, data).headers["location"]
    counts = [expected[name] for name in ("read", "accepted", "duplicates", "rejected")]
    shown = officer.get(address)
    assert numbers(shown) == counts
    assert shown.text.count('<th scope="row"') == 100
    assert imported() == []  # looking is not importing
    assert numbers(run_import(officer, address)) == counts[1:]
    made = imported()
    assert len(made) == expected["accepted"]
    assert len({one.reference for one in made}) == len(made)
    assert {one.answers["phone"] for one in made} == {"+44 7700 900123"}

    (entry,) = entries(database, "import.run")
    assert entry.act == "collection"
    assert entry.shown == f'["{made[0].id}-{made[-1].id}"]'
    assert (entry.force_id, entry.actor_id) == ("kent", str(PEOPLE[OFFICER].number))
    assert f'"accepted": {expected["accepted"]}' in entry.codes

    again = send_file(officer, data).headers["location"]
    page = officer.get(again)
    assert numbers(page) == [expected["read"], 0, expected["read"] - expected["rejected"], expected["rejected"]]
    assert f'action="{again}/run"' not in page.text
    assert len(imported()) == expected["accepted"]


def test_each_row_becomes_a_draft_that_its_pages_can_show(as_person, send_file, run_import, imported):
    officer = as_person(OFFICER)
    given = row(
        1,
        Surname="O’Neill-Synthetic",
        Sex="M",
        OFFENCE_CATEGORY="burglary",
        victim_agrees="yes",
        Interpreter_Language="Cymraeg",
    )
    page = run_import(officer, send_file(officer, export([given], encoding="utf-8-sig")).headers["location"])
    assert numbers(page) == [1, 0, 0]
    (draft,) = imported()
    assert draft.answers["offence_category"] == "other"
    assert (draft.answers["victim_contacted"], draft.answers["victim_agrees"]) == (True, True)
    assert (draft.answers["needs"], draft.answers["interpreter_language"]) == (["interpreter"], "Cymraeg")
    assert draft.done == ["offender", "offence"]
    assert (draft.force_id, draft.provider_id, draft.started_by) == ("kent", None, str(PEOPLE[OFFICER].number))
    for step in STEPS:
        shown = officer.get(f"/drafts/{draft.reference}/{step}")
        assert shown.status_code == 200
        assert "There is a problem" not in shown.text
    assert "O’Neill-Synthetic" in officer.get(f"/drafts/{draft.reference}/offender").text


def test_a_form_without_a_file_is_asked_for_one(as_person):
    officer = as_person(OFFICER)
    boundary = "synthetic"
    parts = {"_csrf_token": officer.token(), "_key": key()}
    lines = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in parts.items()]
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n\r\n--{boundary}--\r\n"
    )
    answer = officer.send_raw("/imports", f"multipart/form-data; boundary={boundary}", "".join(lines).encode())
    assert answer.status_code == 422
    assert "Choose a CSV file" in answer.text
    assert "fields that this page does not have" not in answer.text


def test_nobody_else_sees_a_file_or_does_anything_with_it(as_person, send_file, imported, record_count):
    address = send_file(as_person(OFFICER), export([row(1, Surname="Canaryham")])).headers["location"]
    tried, seen = 0, []
    for who in PEOPLE:
        if PEOPLE[who].body.force == "kent" and PEOPLE[who].role in ("referring_officer", "supervisor"):
            continue
        browser = as_person(who)
        for path in (address, f"{address}/findings", f"{address}/rejected", "/imports"):
            answered = browser.get(path)
            tried += 1
            if (
                (answered.status_code == 200 and path != "/imports")
                or address in answered.text
                or "Canaryham" in answered.text
            ):
                seen.append((who, path))
        for path in (f"{address}/run", f"{address}/discard"):
            tried += 1
            if browser.post(path, {"_key": key()}).status_code not in (403, 404):
                seen.append((who, path))
    assert as_person("kent_police.supervisor").get(address).status_code == 200
    assert imported() == []
    record_count("held files, everybody else", tried, seen)


def test_rejected_rows_are_downloaded_mended_and_sent_again(as_person, send_file, run_import, imported):
    officer = as_person(OFFICER)
    rows = [row(1), row(2, Sex="?", Surname="=cmd|x"), row(3, CautionDate="31/02/2026")]
    address = send_file(officer, export(rows, delimiter=";")).headers["location"]
    before = officer.get(f"{address}/rejected")
    assert numbers(run_import(officer, address)) == [1, 0, 2]
    found = officer.get(f"{address}/findings")
    assert found.headers["content-disposition"] == f'attachment; filename="findings-{address[-9:]}.csv"'
    assert found.headers["cache-control"] == "no-store"
    assert [line["code"] for line in csv.DictReader(io.StringIO(found.content.decode("utf-8-sig")))] == [
        "unknown_column", "bad_sex", "bad_date",
    ]  # fmt: skip
    rejected = officer.get(f"{address}/rejected")
    assert rejected.content == before.content  # what is left of the file is what there was to mend
    assert b"'=cmd" in rejected.content
    assert "Testham" not in rejected.headers["content-disposition"]
    mended = rejected.content.replace(b"?", b"M").replace(b"31/02/2026", b"21/04/2026")
    again = send_file(officer, mended).headers["location"]
    assert numbers(run_import(officer, again)) == [2, 0, 0]
    assert [one.answers["surname"] for one in imported()][1:] == ["=cmd|x", row(3)["Surname"]]
    assert f'action="{again}' not in officer.get(again).text  # nothing of it is left to import or delete


def test_a_changed_repeat_is_reported_and_not_applied(as_person, send_file, run_import, imported):
    officer = as_person(OFFICER)
    run_import(officer, send_file(officer, export([row(1, RISK="standard")])).headers["location"])
    changed = send_file(officer, export([row(1, RISK="high", Surname=row(1)["Surname"].upper())])).headers["location"]
    page = officer.get(changed)
    assert numbers(page) == [1, 0, 1, 0]
    assert "came before with other details" in page.text
    (draft,) = imported()
    assert draft.answers["risk"] == "standard"


def test_what_was_referred_or_discarded_does_not_come_back(database, as_person, send_file, run_import, imported):
    officer = as_person(OFFICER)
    data = export([row(1), row(2), row(3)])
    run_import(officer, send_file(officer, data).headers["location"])
    first, second, third = imported()
    officer.fill(f"/drafts/{first.reference}", f"/drafts/{first.reference}/discard")
    _refer(database, second, surname="Mended-Synthetic")  # a spelling put right on the way
    again = officer.get(send_file(officer, data).headers["location"])
    assert numbers(again) == [3, 0, 3, 0]
    assert "other details" not in again.text
    assert [one.answers for one in imported()][:2] == [{}, {}]
    mended = row(2, Surname="MENDED Synthetic")
    page = officer.get(send_file(officer, export([mended])).headers["location"])
    assert numbers(page) == [1, 0, 1, 0]
    assert "referred this case here without an import" in page.text
    assert third.answers


def _refer(database: Any, draft: Draft, **mended: str) -> None:
    forces = world.forces()
    with work_as(database.store(), operator("test"), "referral", "refer", Scope(force="kent")) as w:
        kept = w.session.exec(select(Draft).where(Draft.id == draft.id)).one()
        kept.answers = answers("kent") | {"crime_reference": draft.answers["crime_reference"], "forenames": draft.answers["forenames"],
                                          "date_of_birth": draft.answers["date_of_birth"]} | mended  # fmt: skip
        w.session.expunge(kept)
        facts = facts_of(kept.answers, w.today)
        given = answer(facts_from(facts), "kent", forces, ())
        actions.refer(
            w,
            kept,
            facts=facts,
            answer=given,
            provider="south_provider",
            authorisation_needed=False,
            mapped_category="",
        )


def test_a_crash_in_the_middle_leaves_nothing(database, as_person, send_file, imported, monkeypatch):
    officer = as_person(OFFICER)
    address = send_file(officer, export(map(row, range(9)))).headers["location"]
    monkeypatch.setattr(draft_actions, "_AT_ONCE", 2)
    made = []

    def breaking() -> str:
        made.append(1)
        if len(made) == 6:
            raise RuntimeError("in the middle")
        return f"SYN{len(made):06}"

    with monkeypatch.context() as patched:
        patched.setattr(draft_actions, "new_reference", breaking)
        broken = officer.fill(address, f"{address}/run")
    assert broken.status_code == 500
    assert "in the middle" not in broken.text
    assert (imported(), entries(database, "import.run")) == ([], [])
    assert numbers(officer.get(address)) == [9, 9, 0, 0]  # and the file is still there to be imported
    officer.fill(address, f"{address}/run")
    assert len(imported()) == 9


def test_the_same_form_twice_is_one_import(database, as_person, send_file, imported):
    officer = as_person(OFFICER)
    data, once = export([row(1), row(2)]), key()
    first, second = (send_file(officer, data, sent_key=once) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert send_file(officer, export([row(3)]), sent_key=once).status_code == 422
    address, again = first.headers["location"], key()
    assert [officer.post(f"{address}/run", {"_key": again}).status_code for _ in range(2)] == [303, 303]
    assert len(imported()) == 2
    assert len(entries(database, "import.run")) == 1
    assert officer.post(f"{address}/run", {"_key": key()}).status_code == 404  # nothing of it is left
    assert len(imported()) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a CSV file"),
        (b"PK\x03\x04", "spreadsheet or a zip file"),
        (b"surname,forenames\nTestham,Ann\n", "There is no column crime_reference"),
        (export([]) + b"x" * (10 * 1024 * 1024), "over 10 MB"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_will_not_do_is_refused_on_the_page_and_not_kept(database, as_person, send_file, content, said):
    officer = as_person(OFFICER)
    answered = send_file(officer, content)
    assert answered.status_code == 422
    assert said in answered.text
    assert 'href="#file"' in answered.text
    assert "Testham" not in answered.text
    with database.admin().connect() as connection:
        assert connection.execute(text("select count(*) from held_upload")).scalar_one() == len(UPLOADS)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_no_page_takes_gets_a_page_all_the_same(as_person, send_file):
    officer = as_person(OFFICER)
    answered = send_file(officer, b"x" * (13 * 1024 * 1024))
    assert answered.status_code == 413
    assert "larger than this page takes" in answered.text
    assert send_file(officer, export([row(1)]), force_id="hampshire").status_code == 422


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_is_kept_for_a_day_and_its_counts_for_good(database, as_person, send_file, run_import):
    officer = as_person(OFFICER)
    waiting = send_file(officer, export([row(1)])).headers["location"]
    done = send_file(officer, export([row(2), row(3, Sex="?")])).headers["location"]
    run_import(officer, done)
    gone = send_file(officer, export([row(4)])).headers["location"]
    officer.fill(gone, f"{gone}/discard")
    assert officer.get(gone).status_code == 404
    with (
        time_machine.travel(clock.now() + timedelta(hours=23, minutes=30), tick=False),
        database.admin().begin() as connection,
    ):
        connection.execute(text("update browser_session set seen_at = :at, ends_at = :end"), _far(clock.now()))
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1), tick=False):
        assert officer.get(waiting).status_code == 404
        kept = officer.get(done)
        assert numbers(kept) == [1, 0, 1]
        assert "not kept here any more" in kept.text
        listed = officer.get("/imports").text
        assert done in listed
        assert waiting not in listed
    with database.admin().connect() as connection:
        assert set(connection.execute(text("select content from held_upload where force_id = 'kent'"))) == {(b"",)}


def test_a_file_goes_by_the_clock_though_nobody_looks(database, tmp_path):
    job, store = next(one for one in jobs.jobs(Keyring(tmp_path)) if one.name == "uploads"), database.store()
    done = {}
    for hours in (11, 13, 14):
        with clock.at(NOW + timedelta(hours=hours)):
            done[hours] = sum(sum(job.run(store, force)) for force in FORCES)
    assert done == {11: 0, 13: len(UPLOADS), 14: 0}
    with database.admin().connect() as connection:
        left = connection.execute(text("select imported_at is not null, content from held_upload")).all()
    assert [(bool(imported), bytes(content)) for imported, content in left] == [(True, b"")] * (len(UPLOADS) // 2)
    told = entries(database, "import.expired")
    assert {(one.act, one.actor_id) for one in told} == {("erasure", "uploads")}
    assert sorted(one.force_id for one in told) == sorted(FORCES)


def _far(at: Any) -> dict[str, Any]:
    return {
        "at": at.replace(tzinfo=None).isoformat(sep=" "),
        "end": (at + timedelta(days=9)).replace(tzinfo=None).isoformat(sep=" "),
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_force_maps_its_own_headings_suspended_or_not(database, imported):
    forces = world.forces()
    profile = replace(
        forces.profile("hampshire"), import_columns={"Occurrence No": "crime_reference", "DOB": "date_of_birth"}
    )
    forces._profiles["hampshire"] = profile
    data = b"Occurrence No;Surname;Forenames;DOB\nSYN/1;Testham;Ann;1/2/1990\n"
    create_app(database.settings(), forces=forces)  # keeps the arrangement
    scope = Scope(force="hampshire")
    with work_as(database.store(), operator("test"), "import", "run", scope) as w:
        assert importing.try_rows(w, "hampshire", data, importing.column_map(w, forces, "hampshire")).accepted == 1
        with pytest.raises(BadInput):
            importing.try_rows(w, "hampshire", data)
    forces._faults["hampshire"] = "its plugin is broken"
    with work_as(database.store(), operator("test"), "import", "run", scope) as w:
        importing.import_rows(w, "hampshire", data, importing.column_map(w, forces, "hampshire"))
    assert [one.answers["crime_reference"] for one in imported("hampshire")] == ["SYN/1"]


def test_two_imports_of_one_file_at_once_bring_it_once(database, imported):
    data = export(map(row, range(200)))
    start, accepted = threading.Barrier(2), []

    def bring() -> None:
        start.wait()
        with work_as(database.store(), operator("test"), "import", "run", Scope(force="kent")) as w:
            accepted.append(importing.import_rows(w, "kent", data).accepted)

    both = [threading.Thread(target=bring) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(accepted) == [0, 200]
    assert len(imported()) == 200


def test_every_page_of_an_import_leaves_its_entry(database, as_person, send_file, run_import):
    officer = as_person(OFFICER)
    officer.get("/imports")
    address = send_file(officer, export([row(1), row(2, Sex="?")])).headers["location"]
    officer.get(f"{address}/rejected")
    run_import(officer, address)
    officer.fill(address, f"{address}/discard")
    with work_as(database.store("ledger"), operator("test"), "ledger", "look", use=Use.VERIFYING) as w:
        columns: Any = LedgerEntry
        verbs = w.session.exec(select(columns.verb).where(columns.verb.like("import.%")).order_by(columns.id)).all()
    assert verbs == ["import.listed", "import.uploaded", "import.tried", "import.tried", "import.run", *["import.tried"] * 2,
                     "import.discarded"]  # fmt: skip


def test_a_file_with_more_rows_than_an_import_takes_is_not_kept(as_person, send_file, monkeypatch):
    monkeypatch.setattr("cara.features.referrals.csv_import.table.MOST_ROWS", 3)
    officer = as_person(OFFICER)
    refused = send_file(officer, export([row(n) for n in range(4)]))
    assert refused.status_code == 422
    assert "more than 3 rows" in refused.text
    assert send_file(officer, export([row(n) for n in range(3)])).status_code == 303


def test_a_file_that_can_be_read_no_more_can_still_be_deleted(as_person, send_file, monkeypatch):
    officer = as_person(OFFICER)
    address = send_file(officer, export([row(n) for n in range(4)])).headers["location"]
    monkeypatch.setattr("cara.features.referrals.csv_import.table.MOST_ROWS", 3)
    page = officer.get(address)
    assert page.status_code == 422
    assert "more than 3 rows" in page.text
    assert f'action="{address}/run"' not in page.text
    assert officer.fill(address, f"{address}/discard", page=_as_found(page)).status_code == 303
    assert officer.get(address).status_code == 404


def _as_found(page: httpx.Response) -> httpx.Response:
    """The page without its status, for a browser that refuses to fill in an error."""
    return httpx.Response(200, text=page.text)
