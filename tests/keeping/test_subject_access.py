"""A copy for the person on the course holds all that is theirs, and nothing of the victim, of colleagues, or of others on the course."""

import io
import json
import re
import zipfile
from datetime import date, time
from html import unescape
from typing import Any

import pytest
from cara.features.subject_access.column_map import OF_CASES
from cara.features.subject_access.labels import Known
from cara.features.subject_access.labels import words as in_words
from cara.features.victims.disclosure_reviews import police_holds
from cara.features.victims.wall import actions as victims
from cara.platform.crypto.keyring import Keyring
from cara.platform.data_export.columns import Described, Free, Shown, Withheld, sections, undecided, words
from cara.platform.database.schema import import_models
from cara.platform.ledger.models import LedgerEntry
from sqlalchemy import JSON, select
from sqlmodel import AutoString, Session, SQLModel
from synthetic.browser import form_of, key
from synthetic.canaries import canary, found_in, planted
from synthetic.cases import CASES, case_of

from keeping.conftest import whole
from keeping.test_retention import doing  # noqa: F401 - a fixture

FORCE = "kent"
CASE = case_of(FORCE, "south_provider", "completed")
BREACH = case_of(FORCE, "south_provider", "breach_review")
AT = f"/cases/{CASE.reference}/subject-access"


def columns() -> dict[str, tuple[str, ...]]:
    import_models()
    tables = SQLModel.metadata.tables.values()
    return {one.name: tuple(one.c.keys()) for one in tables if one.info.get("wall") == "case"}


def copy_of(browser: Any, at: str = AT, *include: str) -> tuple[bytes, dict[str, Any], str]:
    answer = browser.post(at, {"_key": key(), "include": list(include)})
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="copy.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as found:
        assert found.namelist() == ["copy.html", "copy.json"]
        return (
            b"".join(found.read(one) for one in found.namelist()),
            json.loads(found.read("copy.json")),
            found.read("copy.html").decode(),
        )


def all_words(browser: Any, at: str = AT) -> list[str]:
    return [
        unescape(one) for one in re.findall(r'name="include" type="checkbox" value="([^"]+)"', browser.get(at).text)
    ]


def test_every_column_of_every_case_table_is_given_or_withheld_with_a_reason(record_count):
    there = columns()
    record_count("columns of case tables, given or withheld", sum(map(len, there.values())), undecided(OF_CASES, there))


def test_a_column_that_nobody_decided_about_is_found():
    there = columns()
    assert undecided(OF_CASES, there | {"offender": (*there["offender"], "shoe_size")}) == ["offender.shoe_size"]
    assert undecided(OF_CASES, there | {"new_table": ("id",)}) == ["new_table"]
    assert undecided(OF_CASES, {name: one for name, one in there.items() if name != "place"}) == ["place"]


def test_what_is_given_and_what_waits_to_be_read():
    told = {
        "t": Described("T", {"a": Shown("A"), "b": Free("B"), "c": Withheld("no"), "d": Shown("D", lambda v: v[:1])})
    }
    rows = {"t": [{"a": "one", "b": "words", "c": "secret", "d": "long", "id": 7}]}
    (one,) = words(told, rows)
    assert one.text == "words"
    assert one.key.startswith("t.7.0-")
    assert one.key.endswith(".b")
    assert sections(told, rows, frozenset())[0].records == ({"A": "one", "D": "l"},)
    assert sections(told, rows, frozenset({one.key}))[0].records == ({"A": "one", "B": "words", "D": "l"},)
    rewritten = {"t": [{**rows["t"][0], "b": "other words, which nobody has read"}]}
    assert sections(told, rewritten, frozenset({one.key}))[0].records == ({"A": "one", "D": "l"},)


def rows_of(**tables: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """One row a table, with nothing in it but what is said."""
    return {name: [dict.fromkeys(OF_CASES[name].columns) | {"id": 1} | row] for name, row in tables.items()}


SPELLED = {
    "offender": "surname forenames phone email address postcode", "referral": "reference crime_reference interpreter_language",
    "venue": "name address access", "workshop": "part", "attendance": "part", "telephone_session": "covers",
    "outbox_message": "reference", "onward_referral": "reference language",
}  # fmt: skip
"""Columns of texts that are no codes: somebody reads them as they are."""


def test_every_column_of_codes_is_in_words():
    import_models()
    texts = {
        f"{name}.{column}"
        for name, told in OF_CASES.items()
        for column, given in told.columns.items()
        if isinstance(given, Shown) and isinstance(SQLModel.metadata.tables[name].c[column].type, AutoString | JSON)
    }
    spelled = {f"{name}.{column}" for name, columns in SPELLED.items() for column in columns.split()}
    assert texts - spelled == set(in_words(Known())) - {"local_answer.answer"}


def test_a_person_reads_words_and_days_and_another_system_codes():
    rows = rows_of(
        referral={
            "offence_code": "CJ88116", "offence_category": "common_assault", "relationship": "intimate", "regime": "conditional_caution",
            "conditions": ["cara", "signposting"], "format_confirmed": "juno", "needs": ["interpreter"], "complete_by": date(2026, 5, 3),
        },
        draft={"answers": {"admits_offence": True, "bail_or_investigation": None, "offence_date": "2026-05-01", "da_disposals": []}},
        eligibility_decision={
            "facts": {"decided_on": "2026-05-02", "referred_by": "police", "offence": {"category": "battery", "date": "2026-05-01"},
                      "offender": {"admits_offence": True, "da_disposals": None}, "needs": {"health": True}, "conditions": ["cara"]},
            "answer": {"rules": [{"id": "E01", "outcome": "met"}, {"id": "E09", "outcome": "unknown"}]}, "outcome": "needs_information",
        },
        place={"only_b": False},
        workshop={"part": "A", "starts": time(9, 30)},
        non_compliance={"ground": "no_time", "evidence": {
            "register": [["A", "2026-05-02", "sent_away", "too_late"]], "calls": [["2026-05-03", "covered_a"]],
            "places": [["2026-05-01", "refused"], ["", "put_off"]],
        }},
        outbox_message={"kind": "place_booked", "channel": "sms", "audience": "offender", "language": "cy", "delivery": "delivered",
                        "facts": {"date": "2026-05-03", "time": "09:30"}},
    )  # fmt: skip
    known = Known({"CJ88116": "CJ88116 Common assault on somebody"}, {"juno": "JUNO, by name"})
    given = {one.title: one for one in sections(OF_CASES, rows, frozenset(), in_words(known))}
    told = {title: dict(one.told[0]) for title, one in given.items()}
    assert told["Your referral"] == {
        "Offence code": "CJ88116 Common assault on somebody", "Offence": "Common assault", "Relationship": "Partners, now or in the past",
        "Kind of caution": "Conditional caution", "Conditions": "CARA workshops\nSignposting to other services",
        "Format confirmed": "JUNO, by name", "Needs": "An interpreter", "To be completed by": "3 May 2026",
    }  # fmt: skip
    assert given["Your referral"].records[0]["Offence code"] == "CJ88116"
    assert given["Your referral"].records[0]["To be completed by"] == "2026-05-03"
    assert told["A draft about you"]["Answers so far"] == {
        "Has the person admitted the offence?": "Yes", "Is the person on bail or under investigation for another offence?": "Not known",
        "Date of the offence": "1 May 2026",
    }  # fmt: skip
    decided = told["Whether you could be dealt with in this way"]
    assert decided["What the rules said"] == {"Adult on the offence date": "Met"}
    assert decided["Outcome"] == "More information is needed"
    assert decided["What was known of you"] == {
        "Day of the decision": "2 May 2026", "Referred by": "The police", "Has the person admitted the offence?": "Yes",
        "Has the person any earlier conviction or caution for domestic abuse?": "Not known",
        "Kind of offence": "Battery (assault by beating)",
        "Date of the offence": "1 May 2026", "Does the person need any of these?": "Protection because of their health",
        "Conditions": "CARA workshops",
    }  # fmt: skip
    assert told["Your places on courses"] == {"Workshop B alone": "No"}
    assert told["Workshops in which you had a place"] == {"Workshop": "A", "Begins": "09:30"}
    assert told["Reports to the officer"]["What it rests on"].split("\n") == [
        "Workshop A, 2 May 2026: Sent away (Came too late to be admitted)", "Call, 3 May 2026: Workshop A is now covered",
        "Place, 1 May 2026: The person declined the place", "Place: Not admitted, and not at fault",
    ]  # fmt: skip
    assert told["Messages about you"] == {
        "About": "Place booked", "By": "Text message", "To": "The person on the course", "Language": "Welsh",
        "It named": {"Day": "3 May 2026", "Begins": "09:30"}, "Delivery": "Delivered",
    }  # fmt: skip


def test_what_an_officer_wrote_in_their_own_words_in_a_draft_is_not_given_unread():
    rows = rows_of(
        draft={"answers": {"access_needs": "PLAINTEXT of a new address", "needs": ["health"]}, "source": "officer"}
    )
    given = str(sections(OF_CASES, rows, frozenset(), in_words(Known())))
    assert "health" in given
    assert "PLAINTEXT" not in given


def test_a_table_of_which_nothing_is_given_has_no_heading():
    rows = rows_of(closing={"note": "Words that nobody ticked"}, offender={"surname": "Synthetic"})
    assert [one.title for one in sections(OF_CASES, rows, frozenset())] == ["You"]


@pytest.fixture
def harmed(database, doing):  # noqa: F811
    """Somebody was harmed in the case, and police hold it."""
    keys = Keyring(database.settings().key_folder)
    with doing() as w:
        victims.record_victim(
            w, keys, whole(CASE), name="PLAINTEXT victim", contact="PLAINTEXT contact", address="PLAINTEXT address"
        )
        police_holds.place_hold(w, keys, whole(CASE), "PLAINTEXT cause")


def test_the_copy_holds_all_of_theirs_and_nothing_of_anybody_else(harmed, as_person, record_count):
    supervisor = as_person("kent_police.supervisor")
    raw, document, html = copy_of(supervisor, AT, *all_words(supervisor))
    found = found_in(raw)
    for table, told in OF_CASES.items():
        for column, given in told.columns.items():
            mark = next(
                (o for o in planted() if (o.owner, o.table, o.column, o.case) == (FORCE, table, column, str(CASE.id))),
                None,
            )
            if mark is None or column == "reference" or getattr(given, "read", None):
                continue  # what a reader leaves out is looked for below
            assert (mark in found) == isinstance(given, Shown | Free), (table, column)
    others = [o for o in found if o.case != str(CASE.id) and not o.case.startswith(("cohort-", "message-"))]
    others += [o for o in found if o.owner != FORCE or o.table in ("person", "engagement_note", "kept_apart")]
    told = [
        one
        for one in (b"plaintext", b"risk", b"contacted", b"hold.placed", b"victim", b"kept apart")
        if one in raw.lower()
    ]
    told += [o for o in found if (o.table, o.column) == ("eligibility_decision", "facts")]
    told += [o for o in found if o.table == "local_answer" and o.provider != CASE.open_to]  # for the force alone
    assert found_in(html.encode()) == found_in(json.dumps(document).encode())
    assert document["sections"][0]["title"] == "You"
    record_count("canaries in a copy for the person", len(found), [*others, *told])


def test_whether_somebody_was_harmed_changes_nothing_in_the_copy(as_person, database, doing):  # noqa: F811
    supervisor = as_person("kent_police.supervisor")
    before, _document, _html = copy_of(supervisor)
    keys = Keyring(database.settings().key_folder)
    with doing() as w:
        victims.record_victim(w, keys, whole(CASE), name="PLAINTEXT", contact="", address="")
        police_holds.place_hold(w, keys, whole(CASE), "PLAINTEXT")
    assert copy_of(supervisor)[0] == before


def test_a_hold_is_told_by_no_code_of_a_message_a_register_or_a_report():
    """A reminder that did not go, a workshop they were sent away from, and what a report rests on."""

    def given(reason: str) -> str:
        rows = {
            "outbox_message": {"failure": reason, "kind": "reminder"},
            "attendance": {"part": "B", "outcome": "sent_away", "reason_code": reason},
            "non_compliance": {"ground": "other", "evidence": {"register": [["B", "2026-05-01", "sent_away", reason]]}},
        }
        return str(sections(OF_CASES, rows_of(**rows), frozenset(), in_words(Known())))

    assert "on_hold" not in given("on_hold")
    assert given("on_hold") == given("not_held"), "nor by what stands in its place"
    assert "The case is on hold" not in given("on_hold")
    assert given("on_hold").count("Not your doing") == 4, "in codes, and in words"
    assert given("ill").count("'ill'") == 2  # what was their own doing is told


def test_words_that_nobody_ticked_are_left_out_and_strange_ones_refused(as_person, record_count):
    supervisor, at = as_person("kent_police.supervisor"), f"/cases/{BREACH.reference}/subject-access"
    keys = all_words(supervisor, at)
    assert any(one.startswith("non_compliance.") for one in keys)
    free = {
        (table, column)
        for table, told in OF_CASES.items()
        for column, one in told.columns.items()
        if isinstance(one, Free)
    }
    through = [o for o in found_in(copy_of(supervisor, at)[0]) if (o.table, o.column) in free]
    raw = copy_of(supervisor, at, keys[0])[0]
    assert {(o.table, o.column) for o in found_in(raw)} & free == {(keys[0].split(".")[0], keys[0].split(".")[-1])}
    assert supervisor.post(at, {"_key": key(), "include": "offender.1.0.folded"}).status_code == 422
    record_count("words that nobody ticked", len(keys), through)


def test_looking_and_producing_are_on_record(as_person, database):
    supervisor = as_person("kent_police.supervisor")
    supervisor.get(AT)
    copy_of(supervisor)
    with Session(database.admin()) as session:
        rows = session.execute(
            select(LedgerEntry.verb, LedgerEntry.act, LedgerEntry.subject_id).where(
                LedgerEntry.verb.like("subject_access.%")
            )
        ).all()
    assert [tuple(one) for one in rows] == [
        ("subject_access.checked", "consultation", str(CASE.id)), ("subject_access.produced", "disclosure", str(CASE.id)),
    ]  # fmt: skip


def test_the_check_says_what_is_withheld_and_the_copy_does_not(as_person):
    supervisor = as_person("kent_police.supervisor")
    page = supervisor.get(AT)
    assert "Of the person harmed, or leads to them" in page.text
    assert form_of(page.text, AT)
    assert b"harmed" not in copy_of(supervisor)[0]


def test_all_cases_of_the_same_person_are_in_it(as_person, database):
    other = next(one for one in CASES if one.force == FORCE and one.state == "withdrawn")
    with Session(database.admin()) as session, session.begin():
        from cara.features.referrals.models import Offender

        mine, theirs = session.get(Offender, CASE.id), session.get(Offender, other.id)
        theirs.folded, theirs.date_of_birth = mine.folded, mine.date_of_birth
    raw, _document, _html = copy_of(as_person("kent_police.supervisor"))
    assert (
        canary(FORCE, "referral", "crime_reference", provider=other.open_to or "", case=str(other.id)).encode() in raw
    )


def test_a_copy_for_whoever_was_erased_is_of_nobody_else(as_person, database):
    """Erased people have no name left, and of their birth date only the year: many share both."""
    other = next(one for one in CASES if one.force == FORCE and one.state == "withdrawn")
    with Session(database.admin()) as session, session.begin():
        from cara.features.referrals.models import Offender

        for number in (CASE.id, other.id):
            erased = session.get_one(Offender, number)
            erased.folded, erased.date_of_birth = "", date(1980, 1, 1)
    raw, _document, _html = copy_of(as_person("kent_police.supervisor"))
    assert (
        canary(FORCE, "referral", "crime_reference", provider=other.open_to or "", case=str(other.id)).encode()
        not in raw
    )
