"""What becomes of typing when something is in the way: a second tab, a session that ended, an address that is not one's own."""

import pytest
from playwright.sync_api import expect

from browser.conftest import Visit
from browser.journey import Referral, Visitor, refer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
OFFICER = "Officer Owen O’Testcase"


def begun(officer: Visitor, told: Referral, heading: str) -> None:
    """A draft, open at the page with this heading."""
    refer(officer, told, up_to=heading)


def test_a_second_tab_that_has_grown_stale_keeps_what_was_typed_in_it(visit: Visit) -> None:
    officer, told = visit(OFFICER), Referral()
    begun(officer, told, "Who is being referred?")
    second = officer.second_tab()
    officer.answer_all(told.pages["Who is being referred?"]).press("Save and continue").sees("What is the offence?")
    second.answer_all(told.pages["Who is being referred?"]).answer("Forenames", "Typed later").press(
        "Save and continue"
    )
    expect(second.page.get_by_role("alert")).to_be_visible()
    expect(second.page.get_by_label("Forenames", exact=True)).to_have_value("Typed later")
    second.reads("is not saved yet")
    second.page.reload()
    second.sees("Who is being referred?")


def test_a_session_that_ends_in_the_middle_costs_no_page_that_was_saved(visit: Visit) -> None:
    officer, told = visit(OFFICER), Referral()
    begun(officer, told, "What is the offence?")
    task = officer.page.url
    officer.second_tab().press("Sign out").sees("You are signed out")
    officer.open(task)
    officer.sees("Sign in").answer("Your work email address", "owen.testcase@hampshire.police.example")
    officer.press("Continue").choose_at_practice_sign_in(OFFICER)
    officer.sees("What is the offence?").follow("Back").follow("Who is being referred?")
    expect(officer.page.get_by_label("Surname", exact=True)).to_have_value(told.surname)


def test_what_was_being_typed_when_the_session_ended_comes_back_after_sign_in(visit: Visit) -> None:
    officer, told = visit(OFFICER), Referral()
    begun(officer, told, "What is the offence?")
    officer.is_away_for_too_long()
    officer.answer_all(told.pages["What is the offence?"]).press("Save and continue").sees("Sign in")
    officer.answer("Your work email address", "owen.testcase@hampshire.police.example")
    officer.press("Continue").choose_at_practice_sign_in(OFFICER)
    officer.sees("What is the offence?").reads("It is not saved yet")
    expect(officer.page.get_by_label("Crime reference", exact=True)).to_have_value("00/TEST/2026")
    officer.press("Save and continue").sees("Relationship and risk")


def test_what_one_person_typed_is_shown_to_nobody_who_signs_in_after_them(visit: Visit) -> None:
    officer, told = visit(OFFICER), Referral()
    begun(officer, told, "What is the offence?")
    officer.is_away_for_too_long()
    officer.answer_all(told.pages["What is the offence?"]).press("Save and continue").sees("Sign in")
    task = officer.page.url
    officer.answer("Your work email address", "owen.testcase@hampshire.police.example")
    officer.press("Continue").choose_at_practice_sign_in("Officer Amber Testcase")
    officer.sees("What is the offence?")
    expect(officer.page.get_by_label("Crime reference", exact=True)).to_have_value("")
    assert "It is not saved yet" not in officer.page.content()
    officer.press("Sign out").sees("You are signed out")
    officer.open(task)
    officer.answer("Your work email address", "owen.testcase@hampshire.police.example")
    officer.press("Continue").choose_at_practice_sign_in(OFFICER)
    officer.sees("What is the offence?").reads("It is not saved yet")
    expect(officer.page.get_by_label("Crime reference", exact=True)).to_have_value("00/TEST/2026")


def test_a_page_saved_with_a_mistake_comes_back_with_it(visit: Visit) -> None:
    officer, told = visit(OFFICER), Referral()
    begun(officer, told, "What is the offence?")
    officer.type_day("Date of the offence", 30, 2, 2026).answer("Crime reference", "Half typed").press(
        "Save and continue"
    )
    officer.follow("Back").reads("Has mistakes").follow("What is the offence?")
    expect(officer.page.get_by_label("Crime reference", exact=True)).to_have_value("Half typed")
    assert officer.problems().count() >= 1


def test_facts_that_are_not_known_ask_for_information_and_one_that_is_wrong_refuses(visit: Visit) -> None:
    officer, told = visit("Officer Dylan Testcase"), Referral()
    refer(officer, told)
    officer.change("Has the person admitted the offence?").answer("Has the person admitted the offence?", "Not known")
    officer.press("Save and continue").sees("Check your answers").reads("More information is needed")
    officer.change("Risk to the victim").answer("Risk to the victim", "High").press("Save and continue")
    officer.sees("Check your answers").reads("Not eligible")
    assert not officer.page.get_by_role("button", name="Refer to CARA").count()


def test_a_name_that_is_nobodys_says_so_and_sign_in_keeps_what_was_typed(visit: Visit) -> None:
    stranger = visit()
    stranger.open("/sign-in")
    stranger.answer("Your work email address", "somebody@nowhere.example").press("Continue")
    expect(stranger.problems()).to_have_count(1)
    expect(stranger.page.get_by_label("Your work email address")).to_have_value("somebody@nowhere.example")
