"""Nobody types twice: what was typed comes back after a time-out, after an old page's token, and when somebody else was quicker."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from cara.features.referrals.models import Draft
from cara.platform.access.models import KeptTyping
from cara.platform.ledger.models import LedgerEntry
from cara.platform.unit_of_work import COOKIE
from cara.web.pages.csrf_token import made_for
from cara.web.pages.unsaved_forms import AT_ONCE
from cara.web.pages.unsaved_forms import COOKIE as TYPING
from sqlalchemy import Engine, delete, select, text, update
from synthetic.browser import Browser, form_of, key
from synthetic.cases import case_of, draft_of
from synthetic.people import PEOPLE
from synthetic.routes import routes_of, targets

OFFICER, COORDINATOR = "kent_police.referring_officer", "south_provider.coordinator"
STEP = f"/drafts/{draft_of('kent').reference}/needs"
ASK = f"/cases/{case_of('kent', 'south_provider', 'referred').reference}/ask"
SENT = {
    STEP: {"access_needs": "Synthetic ramp at the door", "format_proposed": "cti", "needs": ["health"]},
    ASK: {"question": "Synthetic question, long thought of"},
}
TYPED = {STEP: "Synthetic ramp at the door", ASK: "Synthetic question, long thought of"}
WHO = {STEP: OFFICER, ASK: COORDINATOR}


def timed_out(browser: Browser, path: str, database: Any, **more: str) -> Any:
    """Send the form of a page whose session ended while somebody typed."""
    fields = {"_key": key(), "_version": "1", "_csrf_token": browser.token(), **SENT[path], **more}
    admin = database.admin()
    with ended_session(admin, browser.somebody.number):
        answer = browser.send(path, fields)
    admin.dispose()
    return answer


def typing_of(browser: Browser) -> dict[str, str]:
    """The keys to typing that a browser holds."""
    return {name: value for name, value in browser.cookies.items() if name.startswith(TYPING)}


@pytest.mark.parametrize("path", [STEP, ASK], ids=["a step of a draft", "a turn of a case"])
def test_a_session_that_ended_while_typing_costs_nothing(as_person, database, path):
    browser = as_person(WHO[path])
    gone = timed_out(browser, path, database)
    assert (gone.status_code, gone.headers["location"]) == (303, f"/sign-in?to={path}")
    assert "HttpOnly" in gone.headers["set-cookie"]
    assert "Path=/;" in gone.headers["set-cookie"]
    with database.admin().connect() as connection:
        rows = connection.execute(select(KeptTyping)).mappings().all()
    assert len(rows) == 1
    assert TYPED[path] not in repr(rows)
    (held,) = typing_of(browser).values()
    assert held not in repr(rows)

    page = browser.get(path)  # signed in again
    assert page.status_code == 200
    assert "It is not saved yet" in page.text
    assert not typing_of(browser)
    form = form_of(page.text, path)
    assert TYPED[path] in form.values()
    assert TYPED[path] not in browser.get(path).text  # shown once, saved never
    assert browser.send(path, form).status_code == 303
    assert not kept(database)


def kept(database: Any) -> list[Any]:
    """The typing that is kept. `database` may be an engine without walls."""
    engine = database if isinstance(database, Engine) else database.admin()
    with engine.connect() as connection:
        return list(connection.execute(select(KeptTyping)).all())


def test_kept_typing_is_for_this_page_this_browser_and_those_who_may_open_it(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP, database)
    assert TYPED[STEP] not in browser.get(STEP.replace("needs", "offender")).text
    assert TYPED[STEP] not in as_person(OFFICER).get(STEP).text
    stranger = as_person("hampshire_police.referring_officer")
    stranger.cookies |= typing_of(browser)
    assert stranger.get(STEP).status_code == 404
    assert len(kept(database)) == 1
    assert TYPED[STEP] in browser.get(STEP).text


def pages_that_keep(app: Any) -> Iterator[tuple[str, str]]:
    """Where typing is kept, and somebody of whose force or provider the thing there is."""
    for route in routes_of(app):
        handler = next(
            (one for r in app.routes if r.path_format == route.path for one in r.route_handlers if "POST" in one.http_methods), None
        )  # fmt: skip
        if route.method != "POST" or handler is None or not handler.opt.get("keeps_typing"):
            continue
        for target in targets(route):
            for who in PEOPLE.values():
                reach = who.reach(*route.does) if route.does else None
                if reach is not None and target.belongs_to(who, reach):
                    yield target.path, who.key


def test_what_somebody_typed_is_shown_to_nobody_else_whoever_signs_in(app, as_person, database, record_count, full):
    """On every page that keeps typing: one person's session ends, another who may open the page signs in on that browser."""
    admin, shown, back, tried = database.admin(), [], 0, 0
    rooms: dict[str, dict[str, list[str]]] = {}
    for path, who in pages_that_keep(app):
        rooms.setdefault(path.rpartition("/")[2] + path.split("/")[1], {}).setdefault(path, []).append(who)
    shared = [[(path, who) for path, who in paths.items() if len(who) > 1] for paths in rooms.values()]
    every = [one for found in shared for one in (found if full else found[:1])]
    for path, (first, *others) in every if full else every[database.kind == "sqlite" :: 2]:
        browser = as_person(first)
        own, number = dict(browser.cookies), PEOPLE[first].number
        fields = {"_key": key(), "_version": "1", "_csrf_token": browser.token(), "anything": WORDS}
        with ended_session(admin, number):
            assert browser.send(path, fields).status_code == 303
            for other in others if full else others[:1]:
                assert {row.person_id for row in kept(admin)} == {number}
                browser.cookies |= as_person(other).cookies
                browser.get(path)
                tried += 1
                if not typing_of(browser):
                    shown.append((path, first, other))
                # Now the other, signed in, sends what still stands in the first one's tab.
                sent = browser.send(path, fields)
                browser.get(path)
                tried += 1
                if sent.status_code != 403 or {row.person_id for row in kept(admin)} != {number}:
                    shown.append((path, first, other, sent.status_code))
        browser.cookies |= own
        held = len(typing_of(browser))
        back += browser.get(path).status_code < 500 and len(typing_of(browser)) < held
        with admin.begin() as connection:
            connection.execute(delete(KeptTyping))
    record_count("pages that give typing back to whoever typed it", back)
    record_count("typing shown to somebody else", tried, shown)


@contextmanager
def ended_session(admin: Engine, number: int) -> Iterator[None]:
    """Within this, somebody's session has ended."""
    for ended in ("ends_at", "null"):
        with admin.begin() as connection:
            connection.execute(
                text(f"update browser_session set ended_at = {ended} where person_id = :number"), {"number": number}
            )
        if ended == "ends_at":
            yield


WORDS = "Synthetic words that somebody else must not read"


def test_two_tabs_on_one_page_keep_both(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP, database, access_needs="Synthetic first tab")
    timed_out(browser, STEP, database, access_needs="Synthetic second tab")
    assert len(kept(database)) == 2
    assert "Synthetic second tab" in browser.get(STEP).text
    assert "Synthetic first tab" in browser.get(STEP).text
    assert "Synthetic" not in "".join(form_of(browser.get(STEP).text, STEP)["access_needs"])


def test_so_much_is_kept_for_one_person_and_no_more(as_person, database):
    browser = as_person(OFFICER)
    for number in range(AT_ONCE + 5):
        timed_out(browser, STEP, database, access_needs=f"Synthetic tab {number}")
    assert len(kept(database)) == AT_ONCE
    assert len(typing_of(browser)) <= AT_ONCE + 1
    assert f"Synthetic tab {AT_ONCE + 4}" in browser.get(STEP).text


def test_a_cookie_that_was_never_a_session_s_stores_nothing(as_person, database):
    browser = as_person(OFFICER)
    browser.cookies[COOKIE] = "made-up"
    fields = {"_key": key(), "_version": "1", "_csrf_token": browser.token(), **SENT[STEP]}
    assert browser.send(STEP, fields).status_code == 303
    assert browser.send(STEP, {**fields, "_csrf_token": "old"}).status_code == 403
    assert not typing_of(browser)
    assert not kept(database)


def test_kept_typing_is_gone_after_an_hour_and_has_an_end(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP, database)
    with database.admin().begin() as connection:
        row = connection.execute(select(KeptTyping)).mappings().one()
        connection.execute(update(KeptTyping).values(at=row["at"] - timedelta(minutes=61)))
    assert TYPED[STEP] not in browser.get(STEP).text
    timed_out(browser, STEP, database)
    assert len(kept(database)) == 1  # the old one went
    assert timed_out(browser, STEP, database, access_needs="x" * 70_000).status_code == 303
    assert len(kept(database)) == 1


def test_typing_of_another_version_says_so(as_person, database):
    browser = as_person(OFFICER)
    timed_out(browser, STEP, database)
    other = as_person("kent_police.supervisor")
    assert other.post(STEP, {"_key": key(), "_version": "1", "format_proposed": "group"}).status_code == 303
    page = browser.get(STEP).text
    assert TYPED[STEP] in page
    assert "Somebody else has changed this" in page


@pytest.mark.parametrize("path", [STEP, ASK], ids=["a step of a draft", "a turn of a case"])
def test_an_old_page_s_token_is_refused_and_costs_nothing(app, as_person, database, path):
    browser, somebody = as_person(WHO[path]), PEOPLE[WHO[path]]
    fields = {"_key": key(), "_version": "1", "_csrf_token": made_for(app.state.secret, somebody.number), **SENT[path]}
    refused = browser.send(path, fields)
    assert refused.status_code == 403
    assert f'href="{path}"' in refused.text
    assert TYPED[path] in form_of(browser.get(path).text, path).values()
    assert browser.send(path, fields, **{"sec-fetch-site": "cross-site"}).status_code == 403
    for nobody_s in ("", "old", as_person().token()):
        assert browser.send(path, {**fields, "_csrf_token": nobody_s}).status_code == 403
    assert not kept(database), "another site filled in a page, or it is not known whose this was"


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
