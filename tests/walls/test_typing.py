"""Nobody types twice: what was typed comes back after a time-out, after an old page's token, and when somebody else was quicker."""

from datetime import timedelta
from typing import Any

import pytest
from cara.identity.models import KeptTyping
from cara.kept_typing import COOKIE as TYPING
from cara.ledger.models import LedgerEntry
from cara.referrals.models import Draft
from cara.work import COOKIE
from sqlalchemy import select, update
from synthetic.browser import Browser, form_of, key
from synthetic.cases import case_of, draft_of
from synthetic.people import PEOPLE

OFFICER, COORDINATOR = "kent_police.referring_officer", "south_provider.coordinator"
STEP = f"/drafts/{draft_of('kent').reference}/needs"
ASK = f"/cases/{case_of('kent', 'south_provider', 'referred').reference}/ask"
SENT = {
    STEP: {"access_needs": "Synthetic ramp at the door", "format_proposed": "cti", "needs": ["health"]},
    ASK: {"question": "Synthetic question, long thought of"},
}
TYPED = {STEP: "Synthetic ramp at the door", ASK: "Synthetic question, long thought of"}
WHO = {STEP: OFFICER, ASK: COORDINATOR}


def timed_out(browser: Browser, path: str) -> Any:
    """Send the form of a page whose session ended while somebody typed."""
    fields = {"_key": key(), "_version": "1", "_csrf_token": browser.token(), **SENT[path]}
    browser.cookies[COOKIE] = "ended-meanwhile"
    return browser.send(path, fields)


@pytest.mark.parametrize("path", [STEP, ASK], ids=["a step of a draft", "a turn of a case"])
def test_a_session_that_ended_while_typing_costs_nothing(as_person, database, path):
    somebody = PEOPLE[WHO[path]]
    browser = as_person(somebody.key)
    gone = timed_out(browser, path)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/sign-in?to={path}")
    assert "HttpOnly" in gone.headers["set-cookie"]
    assert f"Path={path}" in gone.headers["set-cookie"]
    with database.admin().connect() as connection:
        rows = connection.execute(select(KeptTyping)).mappings().all()
    assert len(rows) == 1
    assert TYPED[path] not in repr(rows)
    assert browser.cookies[TYPING] not in repr(rows)

    browser.cookies[COOKIE] = somebody.token  # signed in again
    page = browser.get(path)
    assert page.status_code == 200
    assert "It is not saved yet" in page.text
    form = form_of(page.text, path)
    assert TYPED[path] in form.values()
    assert TYPED[path] not in browser.get(path).text  # shown once, saved never
    assert browser.send(path, form).status_code == 303
    assert not kept(database)


def kept(database: Any) -> list[Any]:
    with database.admin().connect() as connection:
        return list(connection.execute(select(KeptTyping)).all())


def test_kept_typing_is_for_this_page_this_browser_and_those_who_may_open_it(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP)
    cookie = browser.cookies[TYPING]
    browser.cookies[COOKIE] = PEOPLE[OFFICER].token
    assert TYPED[STEP] not in browser.get(STEP.replace("needs", "offender")).text
    assert TYPED[STEP] not in as_person(OFFICER).get(STEP).text
    stranger = as_person("hampshire_police.referring_officer")
    stranger.cookies[TYPING] = cookie
    assert stranger.get(STEP).status_code == 404
    assert len(kept(database)) == 1
    assert TYPED[STEP] in browser.get(STEP).text


def test_kept_typing_is_gone_after_an_hour_and_has_an_end(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP)
    with database.admin().begin() as connection:
        row = connection.execute(select(KeptTyping)).mappings().one()
        connection.execute(update(KeptTyping).values(at=row["at"] - timedelta(minutes=61)))
    browser.cookies[COOKIE] = PEOPLE[OFFICER].token
    assert TYPED[STEP] not in browser.get(STEP).text
    timed_out(browser, STEP)
    assert len(kept(database)) == 1  # the old one went
    large = {"_key": key(), "_version": "1", "_csrf_token": browser.token(), "access_needs": "x" * 70_000}
    assert browser.send(STEP, large).status_code == 303
    assert len(kept(database)) == 1


def test_typing_of_another_version_says_so(as_person):
    browser = as_person(OFFICER)
    timed_out(browser, STEP)
    other = as_person("kent_police.supervisor")
    assert other.post(STEP, {"_key": key(), "_version": "1", "format_proposed": "group"}).status_code == 303
    browser.cookies[COOKIE] = PEOPLE[OFFICER].token
    page = browser.get(STEP).text
    assert TYPED[STEP] in page
    assert "Somebody else has changed this" in page


@pytest.mark.parametrize("path", [STEP, ASK], ids=["a step of a draft", "a turn of a case"])
@pytest.mark.parametrize("token", ["", "old"])
def test_an_old_page_s_token_is_refused_and_costs_nothing(as_person, database, path, token):
    browser = as_person(WHO[path])
    browser.token()
    fields = {"_key": key(), "_version": "1", "_csrf_token": token, **SENT[path]}
    refused = browser.send(path, fields)
    assert refused.status_code == 403
    assert f'href="{path}"' in refused.text
    assert TYPED[path] in form_of(browser.get(path).text, path).values()
    assert browser.send(path, fields, **{"sec-fetch-site": "cross-site"}).status_code == 403
    assert not kept(database), "another site filled in a page"


def entries(database: Any, verb: str) -> int:
    columns: Any = LedgerEntry
    with database.admin().connect() as connection:
        return len(connection.execute(select(columns.id).where(columns.verb == verb)).all())


def test_the_page_that_says_somebody_else_was_quicker_leaves_its_entry(as_person, database):
    browser = as_person(OFFICER)
    browser.token()
    before = entries(database, "draft.read")
    answer = browser.post(STEP, {"_key": key(), "_version": "7", **SENT[STEP]})
    assert answer.status_code == 409
    assert TYPED[STEP] in form_of(answer.text, STEP).values()
    assert entries(database, "draft.read") == before + 1


def test_a_draft_that_was_put_away_meanwhile_gives_the_typing_back(as_person):
    assert (
        as_person(OFFICER).post(STEP.replace("needs", "discard"), {"_key": key(), "_version": "1"}).status_code == 303
    )
    answer = as_person("kent_police.supervisor").post(STEP, {"_key": key(), "_version": "1", **SENT[STEP]})
    assert answer.status_code == 409
    assert TYPED[STEP] in answer.text
    assert f'action="{STEP}"' not in answer.text


def test_a_case_that_moved_on_gives_the_typing_back_and_no_button(as_person):
    accept = ASK.replace("/ask", "/accept")
    assert as_person(COORDINATOR).post(accept, {"_key": key(), "_version": "1", "format": "group"}).status_code == 303
    answer = as_person("south_provider.manager" if "south_provider.manager" in PEOPLE else COORDINATOR).post(
        ASK, {"_key": key(), "_version": "1", **SENT[ASK]}
    )
    assert answer.status_code == 409
    assert TYPED[ASK] in answer.text
    assert f'action="{ASK}"' not in answer.text
    assert f'href="{ASK.removesuffix("/ask")}"' in answer.text


def test_a_turn_that_cannot_be_taken_is_not_offered(as_person):
    accepted = f"/cases/{case_of('kent', 'south_provider', 'accepted').reference}/accept"
    page = as_person(COORDINATOR).get(accepted)
    assert page.status_code == 409
    assert '<form method="post" action="/cases/' not in page.text
    assert "Accepted" in page.text


OFFENCE = STEP.replace("needs", "offence")


def test_a_search_for_an_offence_is_not_its_code(as_person, database):
    browser = as_person(OFFICER)
    fields = form_of(browser.get(OFFENCE).text, OFFENCE)
    found = browser.send(OFFENCE, {**fields, "offence_code": "criminal damage", "find": "yes"})
    assert found.status_code == 200
    assert form_of(found.text, OFFENCE)["offence_code"] == "criminal damage"
    columns: Any = Draft
    with database.admin().connect() as connection:
        kept_draft = connection.execute(
            select(columns.answers, columns.done, columns.typed).where(columns.reference == draft_of("kent").reference)
        ).one()
    assert kept_draft.answers.get("offence_code") is None
    assert "offence" not in kept_draft.done
    assert kept_draft.typed["offence"]["offence_code"] == ["criminal damage"]
    assert form_of(browser.get(OFFENCE).text, OFFENCE)["offence_code"] == "criminal damage"


def test_a_search_of_any_length_is_answered(as_person):
    browser = as_person(OFFICER)
    fields = form_of(browser.get(OFFENCE).text, OFFENCE)
    assert browser.send(OFFENCE, {**fields, "offence_code": "x" * 200_000, "find": "yes"}).status_code == 200
