"""Letters: tagged, titled, in a language, read in order, and nothing that is typed is an instruction."""

import io
from datetime import date
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cara.errors import Conflict
from cara.features.messages.pdf import (
    FailureRecord,
    Happening,
    Letter,
    letter_pdf,
    letter_png,
    parts,
    record_pdf,
    record_png,
)
from cara.features.messages.render import Reader
from cara.features.messages.template_loader import Sender, Texts

BODY = "Dear Synthia,\n\nA paragraph.\n\n- One day\n- Another day\n\n## What to do\n\nRing us.\n\nThe Course Office"
MM = 25.4 / 72
OFFICE = Sender("The Course Office", ("PO Box 1", "Exampleton"))


def letter(**changes: Any) -> Letter:
    known: dict[str, Any] = {
        "title": "Your place is booked", "body": BODY, "language": "en", "to": ("Synthia Ŵyn-O’Neill", "2 Invented Road", "EX2 2EX"),
        "sender": OFFICE, "reference": "SYN4-22AB", "day": date(2026, 11, 22), "written_day": "Sunday 22 November 2026",
    }  # fmt: skip
    return Letter(**known | changes)


RECORD = FailureRecord(
    "SYN4-22AB", "44SY/0001/26", "Synthia Ŵyn-O’Neill", date(1990, 2, 3), "Hampshire", "Synthetic provider", date(2026, 8, 1),
    date(2026, 11, 21), 1, 1,
    (Happening(date(2026, 9, 5), "First workshop: absent", "Synthetic Facilitator", date(2026, 9, 6)),),
    ("Says that the bus did not come",), "Synthetic Coordinator", date(2026, 11, 22),
)  # fmt: skip


def tags(node: Any) -> list[str]:
    """The structure tree's tags, in reading order."""
    found: list[str] = []
    if isinstance(node, pikepdf.Array):
        for one in node:
            found += tags(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found.append(str(node["/S"]))
        if "/K" in node:
            found += tags(node["/K"])
    return found


def check(raw: bytes, title: str, language: str) -> tuple[list[str], str]:
    """What every document of ours is; gives its tags and its text."""
    with pikepdf.open(io.BytesIO(raw)) as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang).split("-")[0] == language
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert title in str(metadata["dc:title"])
        found = tags(pdf.Root.StructTreeRoot["/K"])
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(raw)).pages)
    return found, text


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_letter_is_tagged_titled_and_read_in_order(language: str) -> None:
    found, text = check(letter_pdf(letter(language=language)), "Your place is booked", language)
    assert [one for one in found if one in ("/H1", "/H2")] == ["/H1", "/H2"]
    assert found.count("/LI") == 2
    read = ["The Course Office", "Synthia Ŵyn-O’Neill", "2 Invented Road", "Sunday 22 November 2026", "SYN4-22AB", "Your place is booked",
            "Dear Synthia", "A paragraph", "One day", "Another day", "What to do", "Ring us"]  # fmt: skip
    places = [text.index(words) for words in read]
    assert places == sorted(places)


def test_the_address_stands_in_the_window_and_nothing_that_tells_above_it() -> None:
    where: dict[str, tuple[float, float]] = {}

    def seen(text: str, cm: Any, tm: Any, _font: Any, _size: Any) -> None:
        for words in ("Synthia", "EX2 2EX", "Your place"):
            if words in text:
                left, up = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
                where.setdefault(words, (left * MM, 297 - up * MM))

    pypdf.PdfReader(io.BytesIO(letter_pdf(letter()))).pages[0].extract_text(visitor_text=seen)
    for words in ("Synthia", "EX2 2EX"):
        left, top = where[words]
        assert 20 <= left <= 110
        assert 45 <= top <= 80, (words, top)
    assert where["Your place"][1] > 90


def test_a_certificate_and_a_record() -> None:
    body = "This is to certify that\n\nSynthia Ŵyn-O’Neill\n\ncompleted it."
    found, text = check(
        letter_pdf(letter(certificate=True, body=body, title="Certificate of completion")), "Certificate", "en"
    )
    assert found.count("/H1") == 1
    assert "Synthia Ŵyn-O’Neill" in text
    found, text = check(record_pdf(RECORD), "Record of failure", "en")
    assert found.count("/Table") == 2
    assert found.count("/TH") == 6
    told = [
        "44SY/0001/26",
        "1 August 2026",
        "21 November 2026",
        "1 used, 1 allowed",
        "5 September 2026",
        "Synthetic Facilitator",
        "bus",
    ]
    assert all(words in " ".join(text.split()) for words in told)
    for picture in (letter_png(letter()), record_png(RECORD)):
        assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "name", ["#panic()", "*bold*", '"; #read("x")', "$x$", "\\", "@label", "<b>", "O'Neill", "Łukasz", "محمد"]
)
def test_what_is_typed_is_no_instruction(name: str) -> None:
    text = "".join(
        page.extract_text() for page in pypdf.PdfReader(io.BytesIO(letter_pdf(letter(to=(name, "x"), body=name)))).pages
    )
    if name.isascii():
        assert text.replace("’", "'").count(name) == 2


@settings(max_examples=40)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["C"]), min_size=1, max_size=40))
def test_any_latin_name_can_be_printed(name: str) -> None:
    try:
        assert letter_pdf(letter(to=(name,), body=f"Dear {name},")).startswith(b"%PDF")
    except Conflict:
        assert not name.isascii()


def test_a_script_that_no_font_shows_is_said_to_be() -> None:
    with pytest.raises(Conflict, match="by hand"):
        letter_pdf(letter(to=("\U0001f9ff\U000100a0",)))


def test_the_same_letter_is_the_same_bytes() -> None:
    assert letter_pdf(letter()) == letter_pdf(letter())


def test_parts_of_a_body() -> None:
    assert [one["kind"] for one in parts(BODY)] == [
        "paragraph",
        "paragraph",
        "list",
        "heading",
        "paragraph",
        "paragraph",
    ]


def test_a_sender_of_the_nation_s_own_prints() -> None:
    assert letter_pdf(letter(sender=Texts().sender("kent"), to=(Reader(name="Synthia").name,)))
