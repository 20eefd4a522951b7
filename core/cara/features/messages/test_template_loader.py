"""Texts: nothing tells a bystander anything, placeholders come from the closed list, and a force's own take their place."""

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cara.errors import Misconfigured
from cara.features.messages import discretion
from cara.features.messages.message_types import KINDS, LANGUAGES, PLACEHOLDERS, READERS
from cara.features.messages.template_loader import FOLDER, Text, Texts, seen_outside
from cara.platform.plugins import load_forces

NATIONAL = Texts()


def folder(where: Path, **files: str) -> Path:
    for name, content in files.items():
        language, kind, channel = name.split("__")
        file = where / language / f"{kind}.{channel}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    return where


def test_every_kind_has_a_text_on_each_of_its_ways_in_each_language() -> None:
    for kind in KINDS.values():
        for channel in {channel for group in kind.ways for channel in group}:
            for language in LANGUAGES if kind.audience == "offender" else ("en",):
                own = NATIONAL.text("kent", kind.name, channel, language)
                assert own is not None, (kind.name, channel, language)
                if language != "en":
                    assert own != NATIONAL.text("kent", kind.name, channel, "en"), (kind.name, channel)


def test_no_text_of_any_force_tells_a_bystander_anything() -> None:
    """With a word in every placeholder that no list holds, so that only what is written is judged."""
    words = dict.fromkeys(PLACEHOLDERS, "Synthetic")
    loaded = Texts(load_forces().letters())
    assert not loaded.faults
    seen = 0
    for force, language, name, channel, text in loaded.all():
        audience = KINDS[name].audience if name in KINDS else "offender"
        filled = text.filled(words)
        assert discretion.told(seen_outside(filled, channel, audience)) == "", (force, language, name, channel)
        assert not set(seen_outside(filled, channel, audience)) & set("{}")
        if channel in ("sms", "calendar"):
            assert "{name}" not in text.body + text.heading
        seen += 1
    assert seen >= 40


@pytest.mark.parametrize(
    "words",
    [
        "Your CARA course", "DOMESTIC", "about abuse", "a violent",
         "the police", "Cautioned", "Dómestic", "your victim", "Heddlu", "rhybudd",
        "Hampton Trust", "relationship",
    ],
)  # fmt: skip
def test_words_that_tell(words: str) -> None:
    assert discretion.told(words)


@pytest.mark.parametrize(
    "words", ["Your place is booked", "The hall by the caravan park", "Scarab House", "Appointment", ""]
)
def test_words_that_do_not(words: str) -> None:
    assert discretion.told(words) == ""


def test_a_street_may_have_its_name() -> None:
    for name in ("Court Road", "Battersea", "Partnership House", "12 Bailey Street", "Offenham"):
        assert discretion.told_by_name(name) == ""
    for name in ("Domestic Abuse Centre", "Kent Police College", "The CARA Rooms", "Victim Support House"):
        assert discretion.told_by_name(name)


@pytest.mark.parametrize(
    ("host", "word"),
    [
        ("cara.example.org", "cara"), ("my-cara.example.org", "cara"), ("CaraOnline.example.org", "cara"),
        ("stopabuse.example.org", "abus"), ("referrals.kent.police.example", "police"), ("hamptontrust.example", "hampton trust"),
        ("referrals.example.org", ""), ("scarab-house.example.org", ""), ("127.0.0.1", ""), ("", ""),
    ],
)  # fmt: skip
def test_in_a_host_s_name_words_run_together(host: str, word: str) -> None:
    assert discretion.told_by_host(host) == word


@given(st.text(string.printable, max_size=30), st.sampled_from(discretion.FORBIDDEN), st.booleans())
def test_a_forbidden_word_is_found_wherever_a_word_begins(before: str, word: str, upper: bool) -> None:
    assert discretion.told(f"{before} {word.upper() if upper else word}")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("en__place_booked__sms", "On {dat}", "{dat}, which there is not"),
        ("en__reminder__sms", "On {second_date}", "{second_date}, which messages of this kind do not have"),
        ("en__reminder__sms", "Your domestic course is on {date}", "“domestic”"),
        ("en__reminder__letter", "Title: Police matters\n\nOn {date}", "“police”"),
        ("en__reminder__letter", "Title: At {venue}\n\nOn {date}", "names a venue in its heading"),
        ("en__reminder__letter", "On {date}", "must begin with a line"),
        ("en__reminder__sms", "On {date", "brace"),
        ("fr__reminder__sms", "Le {date}", "LANGUAGE/KIND.CHANNEL"),
        ("en__remainder__sms", "On {date}", "LANGUAGE/KIND.CHANNEL"),
        ("en__appointment__calendar", "Title: Your victim awareness\n\n.", "“victim”"),
    ],
)
def test_a_fault_is_named_when_it_is_loaded(tmp_path: Path, name: str, content: str, says: str) -> None:
    loaded = Texts({"kent": folder(tmp_path, **{name: content})})
    assert says in loaded.faults["kent"]
    assert loaded.text("kent", "reminder", "sms", "en") == NATIONAL.text("kent", "reminder", "sms", "en")


def test_a_fault_of_the_nation_s_own_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "sender.toml").write_text('name = "Office"\n')
    with pytest.raises(Misconfigured, match="dat"):
        Texts(base=folder(tmp_path, en__reminder__sms="On {dat}"))


@pytest.mark.parametrize(
    "sender", ['name = "Police Office"', 'name = ""', "name = 1\nlogo = 2", "=", 'name="A"\naddress=["Refuge Road"]']
)
def test_a_sender_that_tells_or_is_none_is_refused(tmp_path: Path, sender: str) -> None:
    (tmp_path / "sender.toml").write_text(sender)
    assert Texts({"kent": tmp_path}).faults


def test_a_force_s_own_take_the_place_of_the_nation_s(tmp_path: Path) -> None:
    (tmp_path / "sender.toml").write_text(
        'name = "Kent Course Office"\naddress = ["1 Invented Way"]\nphone = "01632 960 001"\n'
    )
    loaded = Texts({"kent": folder(tmp_path, en__reminder__sms="Kent: {date}")})
    assert loaded.text("kent", "reminder", "sms", "en") == Text("", "Kent: {date}")
    assert loaded.text("surrey", "reminder", "sms", "en") == NATIONAL.text("surrey", "reminder", "sms", "en")
    assert loaded.sender("kent").name == "Kent Course Office"
    assert loaded.sender("surrey") == NATIONAL.sender("")
    welsh = loaded.text("kent", "reminder", "sms", "cy")
    assert welsh == NATIONAL.text("", "reminder", "sms", "cy")  # the nation's Welsh rather than the force's English


def test_an_email_says_what_the_letter_says() -> None:
    assert NATIONAL.text("kent", "reminder", "email", "en") == NATIONAL.text("kent", "reminder", "letter", "en")
    assert NATIONAL.text("kent", "feedback_invitation", "letter", "en") is None


def test_the_welsh_is_marked_as_a_draft() -> None:
    assert "translator must review" in (FOLDER / "cy" / "README.md").read_text("utf-8")


def test_there_is_no_kind_for_a_victim() -> None:
    assert {kind.audience for kind in KINDS.values()} == set(READERS)


@pytest.mark.parametrize(("language", "lost"), [("en", "place is not kept"), ("cy", "Nid yw eich lle wedi’i gadw")])
def test_whoever_missed_a_workshop_is_told_that_the_place_is_lost(language: str, lost: str) -> None:
    """Both parts go with it, and nothing else says so."""
    for channel in ("letter", "email", "sms"):
        text = Texts().text("", "missed_workshop", channel, language)
        assert text is not None
        assert lost in text.body
