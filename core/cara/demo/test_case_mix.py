"""The plan of invented cases: the same again from one seed, whole, in the past, and never to be taken for real."""

import re
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cara.api import Option, Question
from cara.bank_holidays import is_working_day
from cara.clock import LONDON
from cara.demo.case_mix import PLOTS, Local, Story, plan
from cara.demo.fake_people import person
from cara.demo.organisations import CASE_FORCES, ORGANISATIONS
from cara.demo.people import PEOPLE, holding
from cara.platform.access.roles import ROLES
from cara.platform.reference_data.forces import FORCES

NOW = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
AREA = Question("area", "Which area?", "choice", options=(Option("north", "North"), Option("south", "South")))
LOCAL = {force: Local((AREA,) if force != "kent" else ()) for force in CASE_FORCES}


def planned(seed: int = 7, count: int = 240, now: datetime = NOW, local: dict[str, Local] = LOCAL) -> list[Story]:
    return plan(Random(seed), count, now, local)  # noqa: S311 - invented cases


def test_one_seed_makes_one_plan() -> None:
    assert planned(7) == planned(7)
    assert planned(7) != planned(8)


def test_every_plot_is_there_in_every_force() -> None:
    assert {(story.force, story.plot.name) for story in planned()} == {
        (force, plot.name) for force in CASE_FORCES for plot in PLOTS
    }


@pytest.mark.parametrize("count", [12, 60])
def test_a_small_plan_has_something_of_everything(count: int) -> None:
    stories = planned(count=count)
    assert len(stories) == count
    assert {story.force for story in stories} == set(CASE_FORCES)
    assert any(story.plot.fate for story in stories), "courses too"
    assert any(not story.refers for story in stories)


@given(st.integers(0, 5 * 365 * 24).map(lambda hours: NOW + timedelta(hours=hours)), st.integers(0, 99))
@settings(deadline=None)  # the first asks for the bank holidays, which takes its time
def test_everything_happens_in_order_and_before_now(now: datetime, seed: int) -> None:
    for story in planned(seed, 60, now):
        times = [story.at, *(moment for _, moment in story.turns), now]
        assert times == sorted(times)
        begun = story.at.astimezone(LONDON)
        assert is_working_day(begun.date())
        assert 8 <= begun.hour < 18
        assert now - story.at < timedelta(weeks=15, days=-1)


def test_where_each_case_is_authorised_that_comes_first() -> None:
    strict = LOCAL | {"kent": Local(authorises=True)}
    referred = [story for story in planned(local=strict) if story.force == "kent" and story.refers]
    assert {story.turns[0][0] for story in referred if not story.plot.override} == {"authorise"}
    assert any(not story.turns for story in referred)  # some still wait


def test_answers_only_suit_the_force() -> None:
    for story in planned():
        answers = story.answers
        assert ("area" in answers) == (story.force != "kent")
        if story.force != "hampshire":
            assert answers["relationship"] == "intimate"
            assert answers["risk"] in {"standard", "high"}
        assert answers["crime_reference"].startswith(FORCES[story.force].codes)


@given(st.integers(), st.sampled_from(["male", "female", "other"]))
def test_nobody_could_be_real(seed: int, sex: str) -> None:
    answers = person(Random(seed), 3, sex, date(2026, 11, 1))  # noqa: S311 - an invented person
    assert answers["surname"].split("-")[0] in {"Testcase", "Sample", "Specimen", "Example", "Practice"}
    assert re.fullmatch(r"(07700 900|01632 960)\d{3}", answers["phone"])
    assert re.fullmatch(r"ZZ99 \d[A-Z]{2}", answers["postcode"])
    assert answers.get("email", "x@mail.example").endswith("@mail.example")
    assert date.fromisoformat(answers["date_of_birth"]) <= date(2008, 11, 1)


def test_addresses_lead_nowhere_and_belong_to_one_organisation() -> None:
    assert all(one.domain.endswith(".example") for one in ORGANISATIONS)
    assert len({one.domain for one in ORGANISATIONS}) == len(ORGANISATIONS)
    assert len({(one.organisation, one.key) for one in PEOPLE}) == len(PEOPLE)


def test_every_role_is_held_by_somebody_in_a_capacity_of_their_organisation() -> None:
    capacities = {one.id: one.capacities for one in ORGANISATIONS}
    held = {tuple(role.split(".")) for one in PEOPLE for role in one.roles}
    assert held == {role for role in ROLES if role != ("force", "system")}
    assert all(role.split(".")[0] in capacities[one.organisation] for one in PEOPLE for role in one.roles)


@pytest.mark.parametrize("force", CASE_FORCES)
def test_each_force_can_tell_its_stories(force: str) -> None:
    assert holding(force, "force.referring_officer")
    assert holding(force, "force.supervisor")
