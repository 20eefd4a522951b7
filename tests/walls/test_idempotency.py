"""What is sent twice is done once: at once, by many, on small pools, by two processes, across a crash; and what is kept tells nothing."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from cara import clock
from cara.features.messages import feedback
from cara.features.onward_services import service_link
from cara.features.victims.survey import actions
from cara.features.victims.wall.models import DetailsChange
from cara.platform.access.models import BrowserSession
from cara.platform.database.row_expiry import EXPIRING, prune
from cara.platform.idempotency import Idempotency, IdempotencyKey
from cara.settings import LONGEST_SESSION
from cara.web.pages import unsaved_forms
from sqlalchemy import event, select, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from synthetic.browser import Browser, form_of
from synthetic.cases import case_of, draft_of
from synthetic.course import cohort_of
from synthetic.databases import Database
from synthetic.deeds import COORDINATOR, DEEDS, OFFICER
from synthetic.doubles import Form, at_once, deed_at_once, fresh_key, held_up, keys_kept, running, said, slow, verbs
from synthetic.messages import token_of
from synthetic.people import PEOPLE
from synthetic.victims import VICTIMS, reference_of, views_token

WORKER = "hampton_trust.victim_service.victim_worker"
BOOKED = case_of("kent", "south_provider", "booked")
HELD = cohort_of("kent", "south_provider", ahead=False)
THOUGHT = dict.fromkeys(("awareness", "relationships", "own_behaviour", "motivation"), "some")
REFERRAL = Form(OFFICER, f"/drafts/{draft_of('kent').reference}/refer", {"_version": "1"}, "referral.referred")
REGISTER = Form(
    "south_provider.facilitator",
    f"/cohorts/{HELD.reference}/a/register",
    {f"line-{BOOKED.id}": "attended"},
    "register.written",
)
ATTEMPT = Form(WORKER, f"/victims/{reference_of('kent', 'referred')}/attempt", VICTIMS["attempt"], "victim.attempted")
FEEDBACK = Form("", f"/feedback/{token_of('kent')}", THOUGHT, "feedback.given")
VIEWS = Form(
    "", f"/views/{views_token('kent')}", {"heard": "some", "in_words": "Synthetic\r\nwords"}, "victim.gave_views"
)
FORMS = {"referral": REFERRAL, "register": REGISTER, "attempt": ATTEMPT, "feedback": FEEDBACK, "views": VIEWS}
HONEST = "An earlier sending may have been saved. Sending again cannot save it twice."
RULE = next(rule for rule in EXPIRING if rule.table == "idempotency_key")


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest, database: Database) -> Form:
    columns: Any = DetailsChange
    with database.admin().begin() as connection:  # while somebody's number is in doubt, a link of theirs opens nothing
        connection.execute(update(DetailsChange).values(decided_at=columns.proposed_at, confirmed=False))
    return FORMS[request.param]


def done(form: Form, answers: Any, before: Any, database: Database) -> list[str]:
    """What is wrong: with the answers of one form, sent several times, and with how often it was done."""
    wrong = [f"{one.status_code} {one.headers.get('location')}" for one in answers if one.status_code not in (303, 503)]
    wrong += [
        "503 that does not say when to come again"
        for one in answers
        if one.status_code == 503 and "retry-after" not in one.headers
    ]
    places = {one.headers["location"] for one in answers if one.status_code == 303}
    if len(places) != 1:
        wrong.append(f"led to {places}")
    often = (verbs(database.admin()) - before)[form.verb]
    if often != 1:
        wrong.append(f"{form.verb}: {often} times")
    return wrong


@pytest.mark.parametrize(("times", "pool_size"), [(4, 2), (50, 2), (4, 8), (50, 8)])
def test_sent_at_once_it_is_done_once(database, form, times, pool_size, record_count):
    before, sent_key = verbs(database.admin()), fresh_key()
    with running(database, pool_size) as (app, client):
        there = 0.0 if app.state.store.sqlite else 0.3
        with slow(app.state.store.engine, there):
            answers = at_once(client, form, times, sent_key)
        cookies = form.cookies(client)
        late = [form.send(client, cookies, sent_key) for one in answers if one.status_code == 503]
        late.append(form.send(client, cookies, sent_key))
        other = form.send(client, cookies, sent_key, **{next(iter(form.fields)): "other"})
    wrong = done(form, [*answers, *late], before, database)
    wrong += [f"sent again: {one.status_code}" for one in late if one.status_code != 303]
    if other.status_code != 422:
        wrong.append(f"another body: {other.status_code}")
    record_count("one form at once: sendings", len(answers) + len(late), wrong)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_processes_do_it_once_between_them(database, form, record_count):
    """Nothing in one process knows of the other: the database alone lets one wait for the other."""
    before, sent_key, together = verbs(database.admin()), fresh_key(), threading.Barrier(4)
    with running(database, 2) as (app, one), running(database, 2) as (_, other):
        cookies = form.cookies(one)

        def send(client: Any) -> Any:
            together.wait(30)
            return form.send(client, cookies, sent_key)

        with slow(app.state.store.engine, 0.3), ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, (one, other, one, other)))
    wrong = done(form, answers, before, database) + [f"{a.status_code}" for a in answers if a.status_code != 303]
    record_count("one form in two processes at once: sendings", len(answers), wrong)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_nobody_else_waits_for_those_who_wait(database, record_count):
    """The first takes longer than anybody waits; fifty more come, here and to another process; on both somebody else is served."""
    before, sent_key, wrong = verbs(database.admin()), fresh_key(), []
    with running(database, 2) as (app, one), running(database, 2) as (_, other):
        cookies = REGISTER.cookies(one)
        bystanders = {client: REFERRAL.cookies(client) for client in (one, other)}

        def look(client: Any) -> int:
            browser = Browser(client)
            browser.cookies = dict(bystanders[client])
            return browser.get("/cases").status_code

        with ThreadPoolExecutor(60) as pool, held_up(app.state.store.engine) as (there, go_on):
            first = pool.submit(REGISTER.send, one, cookies, sent_key)
            assert there.wait(60)
            losers = [
                pool.submit(REGISTER.send, client, cookies, sent_key) for _ in range(25) for client in (one, other)
            ]
            seen = [look(client) for client in (one, other, one, other)]
            answers = [loser.result(90) for loser in losers]
            assert not first.done(), "all were answered while the first still held its key"
            go_on.set()
            assert first.result(60).status_code == 303
        again = [REGISTER.send(client, cookies, sent_key) for client in (one, other)]
    wrong += [f"a bystander was told {status}" for status in seen if status != 200]
    wrong += [
        f"a loser was told {answer.status_code}"
        for answer in answers
        if answer.status_code != 503 or "retry-after" not in answer.headers
    ]
    wrong += ["a loser was not told that it may be saved" for answer in answers if HONEST not in answer.text]
    wrong += done(REGISTER, again, before, database)
    record_count("sendings and bystanders beside a slow one", len(answers) + len(again) + len(seen), wrong)


def cut(database: Database, app: Any, when: str) -> Any:
    """Let the connection be lost once all is done: before the commit reaches the database, or before its answer comes back."""

    class Lost:
        def __enter__(self) -> None:
            self.commit, self.left = Session.commit, 1
            lost = self

            def commit(session: Session) -> None:
                if not lost.left or not any(one.startswith("UPDATE idempotency_key") for one in lost.done):
                    return lost.commit(session)
                lost.left = 0
                if when == "after":
                    lost.commit(session)
                elif not app.state.store.sqlite:
                    pid = session.connection().execute(text("select pg_backend_pid()")).scalar()
                    with database.admin().begin() as admin:
                        admin.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
                    return lost.commit(session)
                raise OperationalError("commit", {}, Exception("the connection is lost"))

            self.done: list[str] = []
            self.heard = lambda *given: self.done.append(given[2])
            event.listen(app.state.store.engine, "before_cursor_execute", self.heard)
            Session.commit = commit  # type: ignore[method-assign]

        def __exit__(self, *_how: object) -> None:
            Session.commit = self.commit  # type: ignore[method-assign]
            event.remove(app.state.store.engine, "before_cursor_execute", self.heard)

    return Lost()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failed_commit_says_so_and_gives_the_form_back(app, client, database, form, when):
    """The page does not say that nothing was saved, and what it offers is the same form with the same key: it is done once."""
    admin, before, sent_key = database.admin(), verbs(database.admin()), fresh_key()
    cookies = form.cookies(client)
    with cut(database, app, when):
        failed = form.send(client, cookies, sent_key)
    assert failed.status_code == 503
    assert "retry-after" in failed.headers
    assert HONEST in failed.text
    assert "Nothing was" not in failed.text
    assert keys_kept(admin) == (1 if when == "after" else 0)
    offered = form_of(failed.text, form.path)
    assert offered["_key"] == sent_key
    for name, value in form.fields.items():
        assert offered[name] == (value if isinstance(value, str) else value[-1])
    browser = Browser(client)
    browser.cookies = dict(cookies)
    again = browser.send(form.path, offered)
    assert again.status_code == 303
    assert (verbs(admin) - before)[form.verb] == 1
    assert keys_kept(admin) == 1


def test_a_file_is_asked_for_again_with_the_same_key(app, client, database):
    """A browser gives no page back the file that was chosen."""
    deed = next(one for one in DEEDS if one.file)
    browser, sent_key = Browser(client, PEOPLE[deed.who]), fresh_key()
    with cut(database, app, "after"):
        failed = deed.do(browser, sent_key=sent_key)
    assert failed.status_code == 503
    assert form_of(failed.text, deed.path)["_key"] == sent_key
    assert 'enctype="multipart/form-data"' in failed.text
    assert deed.do(browser, sent_key=sent_key).status_code == 303
    assert keys_kept(database.admin()) == 1


def test_a_refusal_leaves_no_key(client, database, record_count):
    """Forbidden, moved on, full of mistakes, or with no token: the key is as new as before."""
    admin, wrong, tried = database.admin(), [], 0
    officer, coordinator = (Browser(client, PEOPLE[who]) for who in (OFFICER, COORDINATOR))
    for browser, path, fields, status in (
        (coordinator, REFERRAL.path, REFERRAL.fields, (403, 404)),
        (officer, ATTEMPT.path, ATTEMPT.fields, (403, 404)),
        (officer, REFERRAL.path, {"_version": "7"}, (409,)),
        (officer, REFERRAL.path, {"_version": "x"}, (422,)),
        (officer, f"/cases/{BOOKED.reference}/victim", {"phone": "01632 960001"}, (422,)),
        (officer, f"/cases/{BOOKED.reference}/victim", {"strange": "1"}, (422,)),
        (coordinator, f"/cases/{BOOKED.reference}/accept", {"_version": "1", "format": "group"}, (409,)),
    ):
        tried += 1
        answer = browser.post(path, {"_key": fresh_key(), **fields})
        if answer.status_code not in status:
            wrong.append((path, answer.status_code))
        if HONEST in answer.text:
            wrong.append((path, "says that it may be saved"))
    tried += 1
    if officer.send(REFERRAL.path, {"_key": fresh_key(), **REFERRAL.fields}).status_code != 403:
        wrong.append("without a token")
    if kept := keys_kept(admin):
        wrong.append(f"{kept} keys are kept")
    record_count("refused forms and what they leave", tried, wrong)


def test_what_was_kept_over_a_sign_in_is_not_saved_twice(client, database):
    """Saved, but the answer was lost; the session ends; sent again; signed in again: the page has the typing, and the same key."""
    path = f"/cases/{BOOKED.reference}/victim"
    officer = Browser(client, PEOPLE[OFFICER])
    fields = form_of(officer.get(path).text, path) | {"name": "Synthetic", "phone": "01632 960001"}
    assert officer.post(path, fields).status_code == 303
    now = clock.now()
    with database.admin().begin() as connection:  # typing is kept for a session that ended, and for no stranger
        connection.execute(update(BrowserSession).values(seen_at=now - timedelta(days=1)))
    assert officer.post(path, fields).headers["location"].startswith("/sign-in")
    with database.admin().begin() as connection:
        connection.execute(update(BrowserSession).values(seen_at=now))
    back = officer.get(path)
    again = form_of(back.text, path)
    assert (again["_key"], again["name"]) == (fields["_key"], "Synthetic")
    assert officer.send(path, again).status_code == 303
    assert verbs(database.admin())["victim.recorded"] == 1


def test_what_is_kept_tells_nothing(client, database):
    """Neither who, nor what, nor where; the same form with another key, or another installation's secret, is another row."""
    officer = Browser(client, PEOPLE[OFFICER])
    path = f"/cases/{BOOKED.reference}/victim"
    for _ in range(2):
        assert (
            officer.post(path, {"_key": fresh_key(), "name": "Synthetic", "phone": "01632 960001"}).status_code == 303
        )
    with database.admin().connect() as connection:
        rows = connection.execute(select(IdempotencyKey.__table__)).all()  # type: ignore[attr-defined]
    assert len({one.id for one in rows}) == len({one.tag for one in rows}) == len({one.sealed for one in rows}) == 2
    assert len({one.about for one in rows}) == 1, "both are about one record, and are found together"
    kept = b"".join(bytes(one) for row in rows for one in row[:4])
    for word in (BOOKED.reference, "cases", "victim", "Synthetic", str(PEOPLE[OFFICER].number) * 3):
        assert word.encode() not in kept
    made: dict[str, Any] = {"person": "person/1", "route": "POST /x", "path": "/x", "body": b"x"}
    one, other = (Idempotency(secret, 1).sending("k" * 20, **made) for secret in ("a", "b"))
    assert not {one.id, one.tag, one.about, one.seal} & {other.id, other.tag, other.about, other.seal}


def test_rows_stand_in_no_order_of_their_own(database):
    """On SQLite a table keeps a hidden number of each row, in the order in which they came, unless it is made without."""
    if database.kind == "sqlite":
        with database.admin().connect() as connection, pytest.raises(OperationalError):
            connection.execute(text("select rowid from idempotency_key"))
    assert set(SQL_COLUMNS) == {"id", "tag", "about", "sealed", "day"}


SQL_COLUMNS = IdempotencyKey.__table__.columns.keys()  # type: ignore[attr-defined]


def test_keys_are_kept_longer_than_anything_can_be_sent(client, database):
    """A page lasts as long as its session, typing an hour more and then as long as the next session, a link its own time."""
    sessions, now = timedelta(hours=LONGEST_SESSION), clock.now()
    for lasts in (2 * sessions + unsaved_forms.LASTS, feedback.LASTS, actions.LASTS, service_link.LASTS):
        assert 2 * lasts < RULE.lasts
    assert Browser(client, PEOPLE[OFFICER]).post("/drafts", {"_key": fresh_key()}).status_code == 303
    with database.store("pruning").engine.begin() as connection:
        assert prune(connection, RULE, now + RULE.lasts) == 0
        assert prune(connection, RULE, now + RULE.lasts + timedelta(1)) == 1
    assert keys_kept(database.admin()) == 0


@pytest.fixture
def worlds(request: pytest.FixtureRequest, templates: Any, tmp_path: Any) -> Iterator[Any]:
    """Makes one world after another."""
    from contextlib import ExitStack

    from synthetic import world

    server = request.getfixturevalue("postgresql")
    with ExitStack() as stack:
        numbers = iter(range(1000))
        yield lambda: stack.enter_context(server.fresh(tmp_path / f"home{next(numbers)}", "world", world.fill))


def test_every_form_sent_twice_at_once_is_done_once(worlds, record_count):
    """Every deed on PostgreSQL, by two threads. One that another has made impossible is tried again in the next world."""
    left, wrong, tried = list(DEEDS), [], 0
    while left:
        database, postponed = worlds(), []
        admin = database.admin()
        with running(database, 4) as (_app, client):
            for deed in left:
                before, kept, sent_key = said(admin), keys_kept(admin), fresh_key()
                answers = deed_at_once(client, deed, 2, sent_key)
                if 503 in {
                    one.status_code for one in answers
                }:  # a busy machine: honest, and good when it is sent again
                    answers = [one for one in answers if one.status_code != 503] + deed_at_once(
                        client, deed, 1, sent_key
                    )
                statuses = [one.status_code for one in answers]
                if deed.status not in statuses and len(postponed) < len(left) - 1:
                    postponed.append(deed)
                    wrong += [(str(deed), "refused, and left a key")] * (keys_kept(admin) != kept)
                    continue
                tried += 1
                if set(statuses) != {303} and deed.status == 303:
                    wrong.append((str(deed), statuses))
                places = {one.headers.get("location") for one in answers}
                if deed.status == 303 and len(places) != 1:
                    wrong.append((str(deed), places))
                if keys_kept(admin) != kept + 1:
                    wrong.append((str(deed), "keys", keys_kept(admin) - kept))
                wrong += [
                    (str(deed), "done twice", entry) for entry, often in (said(admin) - before).items() if often > 1
                ]
        left = postponed
    record_count("forms sent twice at once on PostgreSQL", tried, wrong)
