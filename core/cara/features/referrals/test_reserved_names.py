"""What a force's own questions may not be called: see `cara.api.RESERVED`."""

import re
from pathlib import Path

import pytest

from cara.api import RESERVED, Question
from cara.features.referrals.pages import ASKED
from cara.features.referrals.questions import NATIONAL_STEPS
from cara.platform.plugins.validation import Nonsense, questions

TEMPLATES = Path(__file__).parents[2].rglob("templates/**/*.html")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_NAMED = re.compile(r'\b(?:name|id)="([^"{}]+)"|"(?:secondary|warning)", "(\w+)"')


def controls() -> set[str]:
    """Names and ids in the layout and in the referral's templates that a question could take for its own."""
    found: set[str] = set()
    for template in TEMPLATES:
        if "referrals" in template.parts or template.name in ("page.html", "forms.html"):
            found |= {one for pair in _NAMED.findall(template.read_text()) for one in pair if _WORD.fullmatch(one)}
    return found


def test_every_national_question_and_control_is_reserved() -> None:
    national = {question.name for step in NATIONAL_STEPS for question in step.questions}
    turns = {question.name for asked in ASKED.values() for question in asked}
    assert {"find", "name"} <= controls()
    assert (national | turns | controls() | {"provider"}) <= RESERVED


@pytest.mark.parametrize("name", ["admits_offence", "surname", "find", "provider"])
def test_a_force_s_question_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(Nonsense, match="name of a national question"):
        questions((Question(name, "What is it?", "text"),))
