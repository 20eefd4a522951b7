"""Which recorded answers hold a case: whatever else was answered, and whatever else a form asks."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cara.features.victims.wall import questions, review_triggers
from cara.features.victims.wall.review_rules import RISKS
from cara.features.victims.wall.vocabulary import GRADES, SAID_AT
from cara.web.ui import form_binding

ABUSE = [option.value for one in questions.SAID if one.name == "abuse" for option in one.options]
GRADED = st.sampled_from(list(GRADES))
REFERRED = st.sampled_from([*GRADES, "", "unknown"])
SAID = st.fixed_dictionaries(
    {},
    optional={
        "abuse": st.sampled_from(ABUSE), "incident": st.sampled_from([True, False, None]),
        "disclosed": st.sampled_from([True, False, None]),
        "point": st.sampled_from(list(SAID_AT)),
        "together": st.text(max_size=5), "worse": st.text(max_size=20), "risk_now": st.text(max_size=20),
    },
)  # fmt: skip


@given(SAID, REFERRED)
def test_abuse_that_goes_on_a_further_incident_and_a_disclosure_hold_whatever_else_is_said(
    said: dict[str, Any], referred: str
) -> None:
    raised = review_triggers.causes("conversation", said, referred)
    assert ("abuse" in raised) == (said.get("abuse") in {"ongoing", "both"})
    assert ("incident" in raised) == (said.get("incident") is True)
    assert ("disclosed" in raised) == (said.get("disclosed") is True)
    assert set(raised) <= {"abuse", "incident", "disclosed"}
    assert review_triggers.alone(raised) == (bool(raised) and "disclosed" not in raised)


@given(GRADED, REFERRED)
def test_high_and_whatever_is_above_the_referral_hold(grade: str, referred: str) -> None:
    order = list(GRADES)
    before = order.index(referred) if referred in order else 0
    raised = review_triggers.causes("risk", {"grade": grade}, referred)
    assert ("high" in raised) == (grade == "high")
    assert ("risen" in raised) == (order.index(grade) > before)
    assert bool(raised) == (grade == "high" or order.index(grade) > before)


@given(SAID, GRADED | st.just(""))
def test_what_somebody_says_gives_no_grade_but_a_high_one_that_stands_stays(said: dict[str, Any], graded: str) -> None:
    found = review_triggers.risk_of("conversation", said, graded)
    assert found == ("high" if graded == "high" else "unknown")
    assert found in RISKS


@given(GRADED)
def test_a_review_begins_with_the_grade_that_was_given(grade: str) -> None:
    assert review_triggers.risk_of("risk", {"grade": grade}, "") == grade


def test_the_further_incident_is_asked_at_every_point_at_which_somebody_is_spoken_with() -> None:
    asked = {one.name: one for one in questions.CONVERSATION}
    assert asked["incident"].kind == "yes_no_unknown"
    assert asked["incident"].when is None, "at whichever point"
    assert {option.value for option in asked["point"].options} == set(SAID_AT) - {questions_survey()}


def questions_survey() -> str:
    return "survey"


def test_what_the_page_says_before_it_is_sent_is_what_the_rule_does() -> None:
    assert len(review_triggers.told("conversation")) + len(review_triggers.told("risk")) == len(review_triggers.CAUSES)
    sent = form_binding.read(questions.SAID, {"incident": ["yes"]}).values
    assert review_triggers.causes("conversation", sent, "standard") == ("incident",)


def test_a_hold_says_whom_to_call_and_invents_no_number() -> None:
    assert review_triggers.unprotected("01632 960999") == (
        "This hold does not protect the victim now. Call 999, or the duty supervisor on 01632 960999."
    )
    assert not any(letter.isdigit() for letter in review_triggers.unprotected("").replace("999", ""))
