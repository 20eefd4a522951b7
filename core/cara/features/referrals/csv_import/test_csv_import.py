"""Exports of real shape: exact counts, text as it came, and a second run that adds nothing."""

import tracemalloc
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cara.errors import BadInput, Misconfigured
from cara.features.referrals.csv_import import (
    Identity,
    ImportedRow,
    Plan,
    RejectedRow,
    findings_csv,
    read_export,
    rejected_csv,
)
from cara.features.referrals.csv_import.samples import HEADER, SURNAMES, export, mixed, row

TODAY = date(2026, 6, 1)


def category_of(code: str) -> str | None:
    return {"CJ88116": "battery", "TH68002": "", "CJ88149": "other"}.get(code)


def read(data: bytes, **options: object):
    return read_export(data, today=TODAY, category_of=category_of, **options)  # type: ignore[arg-type]


def nothing_known(identity: Identity) -> None:
    """Nothing was imported before."""


def planned(data: bytes, known=nothing_known) -> tuple[Plan, list[ImportedRow]]:
    plan = Plan(read(data), known)
    return plan, list(plan)


def one(**changed: str) -> ImportedRow | RejectedRow:
    (only,) = read(export([row(1, **changed)])).rows
    return only


def codes(found: ImportedRow | RejectedRow) -> list[tuple[str, str]]:
    assert isinstance(found, RejectedRow), "the row was accepted"
    return [(each.field, each.code) for each in found.findings]


def counts(plan: Plan) -> dict[str, int]:
    return {name: getattr(plan, name) for name in ("read", "accepted", "rejected", "duplicates")}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_ten_thousand_rows_give_exact_counts_and_twice_over_adds_nothing(encoding, delimiter):
    rows, expected = mixed(10_000 if delimiter == "," else 500)
    data = export(rows, encoding=encoding, delimiter=delimiter)
    plan, accepted = planned(data)
    assert counts(plan) == expected
    assert len(accepted) == expected["accepted"]
    by_code = [each.code for each in plan.findings]
    assert by_code.count("changed_repeat") == expected["duplicates"] / 2
    assert by_code.count("required") == by_code.count("bad_date") == expected["rejected"]
    assert by_code.count("unknown_column") == 1
    assert len(by_code) == expected["duplicates"] / 2 + 2 * expected["rejected"] + 1
    assert all(each.answers["surname"] in SURNAMES for each in accepted)
    assert all(each.answers["phone"] == "+44 7700 900123" for each in accepted)

    store = {each.identity: each.fingerprint for each in accepted}
    again, new = planned(data, store.get)
    assert not new
    assert counts(again) == expected | {
        "accepted": 0,
        "duplicates": expected["accepted"] + expected["duplicates"],
    }
    assert again.findings == plan.findings


def test_a_row_is_the_line_on_which_it_begins():
    rows = [row(1, Officer_Notes="a\nb\nc"), None, row(2), row(3, Surname="")]
    found = list(read(export(rows)).rows)
    assert [each.line for each in found] == [2, 6, 6 + export([row(2)]).count(b"\n") - 1]


def test_answers_are_those_of_the_file():
    found = one(
        OFFENCE_CATEGORY="cj88116",
        offence_date="5/4/2026 00:00",
        Relationship=" Ex-Partner ",
        RISK="medium risk",
        Admits_Offence="Y",
        victim_agrees="unknown",
        Sex="F",
        Surname="O’Néill  Synthetic",
        Interpreter_Language="English",
        Postcode="so14 2aa",
    )
    assert isinstance(found, ImportedRow)
    assert found.answers == {
        "crime_reference": "SYN/000001/26",
        "offence_code": "CJ88116",
        "offence_category": "battery",
        "offence_date": "2026-04-05",
        "caution_date": "2026-04-20",
        "surname": "O’Néill  Synthetic",
        "forenames": "Zoë Synthetic1",
        "date_of_birth": "1961-02-02",
        "sex": "female",
        "relationship": "intimate",
        "risk": "medium",
        "admits_offence": True,
        "phone": "+44 7700 900123",
        "postcode": "so14 2aa",
    }
    assert found.identity == Identity("syn/000001/26", "oneill synthetic", "zoe synthetic1", "1961-02-02")


@pytest.mark.parametrize(
    ("written", "answers"),
    [
        ("Assault by Beating", {"offence_category": "battery"}),
        ("CJ88149", {"offence_code": "CJ88149", "offence_category": "other"}),
        ("TH68002", {"offence_code": "TH68002"}),  # an officer must say whether it is domestic
        ("theft", {}),
        ("Witness intimidation", {"offence_category": "witness_intimidation"}),
    ],
)
def test_offences(written, answers):
    found = one(OFFENCE_CATEGORY=written)
    assert isinstance(found, ImportedRow)
    assert {
        name: value for name, value in found.answers.items() if name in ("offence_code", "offence_category")
    } == answers


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Surname": " "}, [("surname", "required")]),
        ({"offence_date": "31/04/2026"}, [("offence_date", "bad_date")]),
        ({"offence_date": "04/13/2026"}, [("offence_date", "bad_date")]),
        ({"offence_date": "01/04/26"}, [("offence_date", "bad_date")]),
        ({"offence_date": "٠١/٠٤/٢٠٢٦"}, [("offence_date", "bad_date")]),
        ({"CautionDate": "02/06/2026"}, [("caution_date", "future_date")]),
        ({"CautionDate": "31/03/2026"}, [("caution_date", "before_offence")]),
        ({"date_of_birth": "2026-06-02"}, [("date_of_birth", "future_date")]),
        ({"date_of_birth": "2026-04-02"}, [("date_of_birth", "born_after")]),
        ({"OFFENCE_CATEGORY": "ZZ99999"}, [("offence_category", "unknown_offence_code")]),
        ({"OFFENCE_CATEGORY": "??"}, [("offence_category", "bad_offence_category")]),
        ({"Sex": "Q"}, [("sex", "bad_sex")]),
        ({"Relationship": "colleague's dog"}, [("relationship", "bad_relationship")]),
        ({"RISK": "=1+1"}, [("risk", "bad_risk")]),
        ({"Admits_Offence": "perhaps"}, [("admits_offence", "bad_yes_no")]),
        ({"Phone": "4.47E+11"}, [("phone", "bad_phone")]),
        ({"Postcode": "Southampton"}, [("postcode", "bad_postcode")]),
        ({"Surname": "Syn\0thetic"}, [("surname", "control_character")]),
        ({"Surname": "Syn\u202ecitehtn"}, [("surname", "control_character")]),
        ({"Surname": "Syn\ufffdthetic"}, [("surname", "unreadable_character")]),
        ({"forenames": "ZoÃ«"}, [("forenames", "garbled_text")]),
        ({"forenames": "Z" * 121}, [("forenames", "too_long")]),
        (
            {"Sex": "Q", "RISK": "none", "Surname": "", "CautionDate": "1/1/2020"},
            [("caution_date", "before_offence"), ("risk", "bad_risk"), ("sex", "bad_sex"), ("surname", "required")],
        ),
    ],
)
def test_every_fault_of_a_row_is_named_and_none_of_its_text(changed, expected):
    found = one(**changed)
    assert sorted(codes(found)) == expected
    assert isinstance(found, RejectedRow)
    for each in found.findings:
        assert not any(value.strip() and len(value) > 2 and value in each.message for value in changed.values())


@pytest.mark.parametrize(
    "name",
    [
        "O'Neill",
        "O’Neill",
        "Siân Ŵyn-ŷ",
        "Zoe\u0308",
        "=SUM(A1)",
        "+Test",
        "-Test",
        "@Test",
        "Łódź",
        "李",
        "Anna de la Cruz",
    ],
)
def test_text_is_kept_as_it_came(name):
    found = one(Surname=name, Phone="+447700900123")
    assert isinstance(found, ImportedRow)
    assert (found.answers["surname"], found.answers["phone"]) == (name, "+447700900123")


def test_composition_case_and_space_do_not_make_another_person():
    rows = [row(1, forenames="Zoë  Ann"), row(1, forenames="ZOE\u0308 ann")]
    plan, _ = planned(export(rows))
    assert counts(plan) == {"read": 2, "accepted": 1, "rejected": 0, "duplicates": 1}


def test_the_same_dates_written_otherwise_are_no_change():
    plan, _ = planned(export([row(1, offence_date="01/04/2026"), row(1, offence_date="2026-04-01")]))
    assert plan.duplicates == 1
    assert [each.code for each in plan.findings] == ["unknown_column"]


def test_a_row_is_accepted_after_a_faulty_one_of_the_same_case():
    plan, accepted = planned(export([row(1, RISK="?"), row(1)]))
    assert counts(plan) == {"read": 2, "accepted": 1, "rejected": 1, "duplicates": 0}
    assert accepted[0].line > 2


def test_undefined_windows_1252_bytes_reject_their_row_alone():
    data = export([row(1), row(2, Surname="B\xe9XX")], encoding="cp1252").replace(b"XX", b"\x81\x9d")
    plan, _ = planned(data)
    assert counts(plan) == {"read": 2, "accepted": 1, "rejected": 1, "duplicates": 0}
    assert plan.findings[-1].code == "unreadable_character"


def test_a_lone_surrogate_among_good_utf8():
    rows = [row(n) for n in range(1, 6)] + [row(6, Surname="XXX")]
    data = export(rows).replace(b"XXX", b"\xed\xa0\x80")
    plan, _ = planned(data)
    assert (plan.accepted, plan.rejected, plan.findings[-1].field) == (5, 1, "surname")


class TestWholeFile:
    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "file_empty"),
            (b"\xef\xbb\xbf\r\n", "file_empty"),
            (b"PK\x03\x04rest", "not_csv"),
            (b"\xd0\xcf\x11\xe0rest", "not_csv"),
            (export([row(1)], encoding="utf-16"), "utf16"),
            (export([row(1)], encoding="utf-16-le"), "utf16"),
            (b"x," * 400 + b"\n", "too_many_columns"),
            (b"x" * 100_000, "header_unreadable"),
        ],
    )
    def test_what_is_no_export_is_refused_with_what_to_do(self, data, code):
        with pytest.raises(BadInput) as refused:
            read(data)
        assert [fault.code for fault in refused.value.faults] == [code]

    def test_missing_and_doubled_columns_are_named(self):
        with pytest.raises(BadInput) as refused:
            read(b"surname,SUR NAME,forenames\n")
        assert [(fault.field, fault.code) for fault in refused.value.faults] == [
            ("crime_reference", "missing_column"),
            ("date_of_birth", "missing_column"),
            ("surname", "duplicate_column"),
        ]

    def test_a_header_alone_has_no_rows(self):
        for delimiter in ",;\t":
            plan, accepted = planned(export([], delimiter=delimiter))
            assert (plan.read, accepted) == (0, [])

    def test_a_force_maps_its_own_headings(self):
        data = b"Occurrence No;Surname;Given 1;DOB\nSYN/1;Testham;Ann;1/2/1990\n"
        names = {"occurrence no": "crime_reference", "Given 1": "forenames", "dob": "date_of_birth"}
        (found,) = read(data, column_map=names).rows
        assert isinstance(found, ImportedRow)
        assert found.answers["crime_reference"] == "SYN/1"
        with pytest.raises(Misconfigured):
            read(data, column_map={"dob": "birthday"})

    def test_too_many_rows(self, monkeypatch):
        monkeypatch.setattr("cara.features.referrals.csv_import.table.MOST_ROWS", 3)
        assert len(list(read(export(map(row, range(3)))).rows)) == 3
        with pytest.raises(BadInput, match="rows"):
            list(read(export(map(row, range(4)))).rows)

    def test_too_many_bytes(self, monkeypatch):
        monkeypatch.setattr("cara.features.referrals.csv_import.decode.MOST_BYTES", 100)
        with pytest.raises(BadInput):
            read(export([row(1)]))


HEAD = b"crime_reference,surname,forenames,date_of_birth\n"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'SYN/1,"Open,Ann,1990-02-01', "quotes"),
        (b'SYN/1,"Open"x,Ann,1990-02-01', "quotes"),
        (b"SYN/1,Short,Ann", "too_few_cells"),
        (b"SYN/1,Long,Ann,1990-02-01,more", "too_many_cells"),
        (b"SYN/1," + b"x" * 200_000 + b",Ann,1990-02-01", "line_too_long"),
    ],
)
@pytest.mark.parametrize("after", [1, 60])
def test_a_broken_line_is_rejected_and_those_below_it_are_read(line, code, after):
    good = b"".join(b"SYN/%d,Testham,Ann,1990-02-01\n" % n for n in range(10, 10 + after))
    plan, accepted = planned(HEAD + line + b"\n" + good)
    assert counts(plan) == {"read": after + 1, "accepted": after, "rejected": 1, "duplicates": 0}
    assert [(each.row, each.code) for each in plan.findings] == [(2, code)]
    assert [each.line for each in accepted] == list(range(3, 3 + after))


def test_a_quote_within_a_bare_cell_is_text_and_trailing_separators_are_nothing():
    (found,) = read(HEAD + b'SYN/1,Test"ham,Ann,1990-02-01,,,\n').rows
    assert isinstance(found, ImportedRow)
    assert found.answers["surname"] == 'Test"ham'


def test_rejected_rows_are_downloaded_harmless_mended_and_sent_again():
    rows = [row(1, Surname="=cmd|x", Sex="?"), row(2), row(3, Surname="\t=SUM(1)", Sex="?", Officer_Notes="a\nb")]
    data = export(rows, delimiter=";")
    plan, _ = planned(data)
    download = "".join(rejected_csv(data, plan.findings))
    assert "sex bad_sex" in download
    assert not [
        line for line in download.splitlines() for cell in line.split(",") if cell.lstrip('"')[:1] in tuple("=+@")
    ]
    mended, accepted = planned(download.replace("?", "M").encode())
    assert counts(mended) == {"read": 2, "accepted": 2, "rejected": 0, "duplicates": 0}
    assert [each.answers["surname"] for each in accepted] == ["=cmd|x", "=SUM(1)"]
    assert all(each.answers["phone"] == "+44 7700 900123" for each in accepted)
    assert [each.field for each in mended.findings] == ["Officer Notes"]  # our own column is not named
    twice = "".join(rejected_csv(download.encode(), planned(download.encode())[0].findings))
    assert twice == download


def test_findings_are_downloaded_harmless():
    plan, _ = planned(export([row(1)], header=HEADER).replace(b"Officer Notes", b"=Officer"))
    assert ",'=Officer" not in "".join(findings_csv(plan.findings)).split("\n")[0]
    assert "1,'=Officer,unknown_column," in "".join(findings_csv(plan.findings))


CELL = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["", "SYN/1", "1990-02-01", '"', "=1", "\r\n", ";"]
)


@settings(deadline=None)
@given(st.lists(st.lists(CELL, max_size=6), max_size=12), st.sampled_from([",", ";", "\t"]), st.booleans())
def test_whatever_comes_the_counts_add_up_and_a_second_run_adds_nothing(cells, delimiter, quoted):
    head = HEAD.decode().replace(",", delimiter)
    join = (lambda c: '"' + c.replace('"', '""') + '"') if quoted else str
    data = (head + "\n".join(delimiter.join(map(join, line)) for line in cells)).encode("utf-8", "replace")
    plan, accepted = planned(data)
    assert plan.read == plan.accepted + plan.rejected + plan.duplicates
    assert plan.accepted == len({each.identity for each in accepted})
    assert {each.row for each in plan.findings if each.code != "changed_repeat"} <= set(
        range(1, data.count(b"\n") + data.count(b"\r") + 2)
    )
    store = {each.identity: each.fingerprint for each in accepted}
    again, new = planned(data, store.get)
    assert (new, again.read) == ([], plan.read)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tail):
    with suppress(BadInput):
        plan, _ = planned(HEAD + tail)
        assert plan.read == plan.accepted + plan.rejected + plan.duplicates


def peak_of(count: int) -> int:
    """Bytes of memory beyond the file itself."""
    data = export(map(row, range(count)))
    tracemalloc.start()
    try:
        plan = Plan(read(data), nothing_known).run()
        assert plan.accepted == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_rows_kept():
    # 16 bytes of identity and of fingerprint a row, with what a dictionary needs around them, twice while it grows
    assert peak_of(4_000) - peak_of(1_000) < 3_000 * 600  # a row kept whole takes some 3,000


@pytest.mark.full
def test_a_hundred_thousand_rows_in_bounded_memory():
    assert peak_of(100_000) < 40_000_000
