from dataclasses import asdict, replace
from datetime import date
from json import dumps

import pytest

from cara.api import Authorisation, ForceProfile, Funder, Instrument, OnwardService, Option, Question, VictimContact
from cara.platform.plugins.validation import Nonsense, profile, questions
from cara.platform.plugins.versions import admits

PAPER = Instrument("kent", "E09", "medium", "dpp_dispensation", "DPP", "K/1", date(2026, 1, 1), date(2026, 12, 31))
SERVICE = OnwardService("centre", "offender", "Synthetic centre", ("drugs",), ("east",))
FUNDER = Funder("partnership", "victim", "Synthetic partnership", ("west",))
SOUND = ForceProfile(
    "kent",
    "Kent Police",
    areas=(Option("east", "East"), Option("west", "West")),
    instruments=(PAPER,),
    pathways=(Option("juno", "JUNO"),),
    import_columns={"Crime No": "crime_reference"},
    services=(SERVICE,),
    funders=(FUNDER,),
    data_protection_officer="data.protection@kent.example",
)


def test_a_sound_profile_is_believed_and_is_plain_data() -> None:
    assert profile(SOUND, "kent") is SOUND
    assert '"until": "2026-12-31"' in dumps(asdict(SOUND), default=str)


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "surrey"},
        {"name": " "},
        {"api": ">=2"},
        {"api": None},
        {"areas": [Option("east", "East"), Option("east", "Again")]},
        {"areas": ("east",)},
        {"pathways": (Option("", "Nothing"),)},
        {"instruments": (replace(PAPER, force="surrey"),)},
        {"instruments": (replace(PAPER, rule="E08", admits="denied"),)},
        {"instruments": (replace(PAPER, admits="high"),)},
        {"instruments": (replace(PAPER, until=date(2025, 1, 1)),)},
        {"instruments": (replace(PAPER, starts="2026-01-01"),)},  # type: ignore[arg-type]
        {"instruments": (replace(PAPER, kind="say_so"),)},  # type: ignore[arg-type]
        {"instruments": (replace(PAPER, reference=""),)},
        {"authorisation": True},
        {"authorisation": Authorisation(required="by a supervisor")},
        {"chances_at_a": -1},
        {"chances_at_a": "one"},
        {"victim_contact": VictimContact(who="a_friend")},  # type: ignore[arg-type]
        {"victim_contact": VictimContact(provider_is_asked="no")},  # type: ignore[arg-type]
        {"victim_contact": VictimContact(encompass_areas=("nowhere",))},
        {"languages": ()},
        {"import_columns": {"Crime No": "no such column!"}},
        {"import_columns": None},
        {"services": (replace(SERVICE, audience="everybody"),)},  # type: ignore[arg-type]
        {"services": (replace(SERVICE, needs=("magic",)),)},  # type: ignore[arg-type]
        {"services": (replace(SERVICE, needs=()),)},
        {"services": (replace(SERVICE, areas=("north",)),)},
        {"services": (replace(SERVICE, paid="yes"),)},  # type: ignore[arg-type]
        {"services": (replace(SERVICE, phone=None),)},  # type: ignore[arg-type]
        {"services": (SERVICE, replace(SERVICE, name="Again"))},
        {"funders": (replace(FUNDER, key="No key"),)},
        {"funders": (replace(FUNDER, areas=("north",)),)},
        {"funders": (FUNDER, FUNDER)},
        {"data_protection_officer": "the office"},
        {"data_protection_officer": "dpo@kent.example\nBcc: x@kent.example"},
        {"data_protection_officer": None},
    ],
)
def test_an_unsound_profile_is_not(changes: dict[str, object]) -> None:
    with pytest.raises(Nonsense):
        profile(replace(SOUND, **changes), "kent")  # type: ignore[arg-type]


ASKED = Question("area", "Which area?", "choice", options=(Option("east", "East"),))


@pytest.mark.parametrize(
    "asked",
    [
        (ASKED, ASKED),
        (replace(ASKED, options=()),),
        (replace(ASKED, kind="text"),),
        (replace(ASKED, kind="riddle"),),  # type: ignore[arg-type]
        (replace(ASKED, name="Area!"),),
        (replace(ASKED, label=""),),
        (replace(ASKED, when=("later", "yes")), Question("later", "Later?", "yes_no")),
        (replace(ASKED, max_length=0),),
        "area",
    ],
)
def test_unsound_questions(asked: object) -> None:
    with pytest.raises(Nonsense):
        questions(asked)


def test_a_question_may_depend_on_an_earlier_one() -> None:
    both = (ASKED, Question("ward", "Which ward?", "text", when=("area", "east")))
    assert questions(list(both)) == both


@pytest.mark.parametrize(
    ("wanted", "version", "expected"),
    [
        (">=1,<2", (1, 0), True),
        (">=1,<2", (1, 9), True),
        (">=1,<2", (2, 0), False),
        (">=1.1", (1, 0), False),
        (" >= 1 , != 1.3 ", (1, 3), False),
        ("==1.3", (1, 3), True),
        (">1", (1, 0), False),
        ("<=1", (1, 1), False),
    ],
)
def test_version_ranges(wanted: str, version: tuple[int, int], expected: bool) -> None:
    assert admits(wanted, version) is expected


@pytest.mark.parametrize("wanted", ["", "1", "latest", ">=1;<2", ">=1,,<2", "~=1.0"])
def test_what_is_no_range(wanted: str) -> None:
    with pytest.raises(ValueError, match="range"):
        admits(wanted, (1, 0))
