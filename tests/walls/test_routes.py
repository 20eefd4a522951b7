"""Who gets which answer where: every route for every role, on things of their own, of others, and of nobody."""

import random
from collections.abc import Iterator

import pytest
from cara.platform.access.policy import pairs
from cara.platform.crypto.keyring import Keyring
from cara.platform.unit_of_work import COOKIE
from sqlmodel import Session
from synthetic.canaries import Origin, found_in
from synthetic.course import COURSE_TABLES
from synthetic.onward import CONTACTED, ONWARD_TABLES
from synthetic.people import PEOPLE, SERVES, Somebody
from synthetic.routes import DOCUMENTATION, Route, Target, body, routes_of, targets
from synthetic.victims import keeper_of

CASE_TABLES = (
    "referral", "offender", "local_answer", "information_request", "outbox_message", "feedback_request", "feedback",
    *COURSE_TABLES, *ONWARD_TABLES,
)  # fmt: skip
PROVIDERS_OWN = ("engagement_note",)
"""Tables that no police officer reads."""
NEEDS = {"draft": ("draft", "read"), "held_upload": ("import", "run"), "outbox_message": ("message", "read"),
         "schedule_proposal": ("schedule", "read"), "onward_referral": ("onward_referral", "read"),
         "onward_service": ("service", "read"), "victims_service": ("victims_service", "read"), "funder": ("budget", "list"),
         "victims_funder": ("victims_budget", "list"), "retention_review": ("retention", "read"),
         "legal_hold": ("retention", "hold"), "encompass_agreement": ("agreement", "list"),
         "force_contact": ("force_contact", "list")}  # fmt: skip
"""What somebody must be allowed to do to see a table, where it is not to read referrals."""
MAY_REFUSE = {
    ("POST", "/account/capacity"), ("POST", "/people/{person}/roles"), ("POST", "/people/{person}/roles/{membership}/end")
}  # fmt: skip
"""Refused by a rule of its own: to those who have one capacity only; to administrators in another capacity than the role's, and
for themselves."""


TOLD_BY = {"/onward/{token}": (("person", "name"), ("person", "work_address"))}
"""Address → what whoever opens it reads: a service who writes to it."""
BEHIND = dict.fromkeys(("disclosure_review", "disclosure_view", "disclosure_step"), ("review", "read"))
"""Table behind the victim wall → what somebody must be allowed to do to read it, where it is not to read victims' records."""
RECORDS = ("victim", "read")


def keeps(who: Somebody, force: str, does: tuple[str, str] = RECORDS) -> bool:
    """Whether somebody reads what a force's victims said: the force itself, or whoever keeps their records."""
    reach = who.reach(*does)
    return (reach == "own_force" and who.force == force) or (reach == "own_victims" and who.body.id == keeper_of(force))


def may_see(who: Somebody | None, what: Origin) -> bool:
    """Whether a canary may ever stand in an answer to this person."""
    if who is None:
        return False
    if what.owner.startswith("victim:"):
        return keeps(who, what.owner.removeprefix("victim:"), BEHIND.get(what.table, RECORDS))
    if (what.table, what.column) == ("referral", "reference") and keeps(who, what.owner):
        return True
    if what.table == "person":
        return what.owner == who.body.id
    if what.table == "instrument":
        return what.owner == who.force or who.reach("instrument", "read") == "everywhere"
    reach = who.reach(*NEEDS.get(what.table, ("referral", "read")))
    if what.table in ("onward_service", "victims_service") and reach != "own_force":
        mine = SERVES[what.owner] if reach == "own_provider" else ()
        return who.body.id in mine or (reach == "own_organisation" and what.owner in CONTACTED)
    if reach == "own_force":
        return what.owner == who.force and what.table not in PROVIDERS_OWN
    return reach == "own_provider" and what.table in CASE_TABLES and what.provider == who.body.id


def test_every_route_says_what_it_does(app, record_count):
    routes = routes_of(app)
    silent = [r for r in routes if not r.does and not r.public and r.path not in DOCUMENTATION]
    unknown = [r for r in routes if r.does and r.does not in pairs()]
    record_count("routes that say what they do", len(routes), [*silent, *unknown])


def test_every_route_can_be_tried(app):
    for route in routes_of(app):
        assert list(targets(route)), route


@pytest.fixture
def nothing_is_kept(monkeypatch):
    """Every unit of work is undone at its end, so that each try finds the world as it was."""

    def undo(session: Session) -> None:
        session.flush()
        session.expunge_all()  # a rollback would empty what the page is about to show
        session.rollback()

    monkeypatch.setattr(Session, "commit", undo)
    monkeypatch.setattr(Keyring, "destroy", lambda *_key: None)  # no rollback would bring a key back


def expected(who: Somebody, route: Route, target: Target, status: int) -> bool:
    """Whether `status` is an answer that this person should get here."""
    if route.public or route.path in DOCUMENTATION:
        return status < 500
    if route.path.startswith("/api/"):
        return status == 401  # a cookie opens no machine's door
    reach = who.reach(*route.does)
    if reach is None:
        return status == 403
    if not target.belongs_to(who, reach):
        return status == 404
    if (route.method, route.path) in MAY_REFUSE:
        return status in (303, 403, 409, 422)
    return status in (200, 303, 409, 422)


def tries(app, full: bool) -> Iterator[tuple[Route, Target]]:
    """A quarter of the addresses on the one engine, another on the other; in full, all of them on both."""
    every = [(route, target) for route in routes_of(app) for target in targets(route)]
    yield from every if full else every[2 * app.state.store.sqlite :: 4]


def test_every_role_on_every_route(app, as_person, nothing_is_kept, record_count, full):
    wrong, leaks, tried = [], [], 0
    chosen = random.Random(20122)
    browsers = [as_person(who) for who in PEOPLE]
    for route, target in tries(app, full):
        for browser in browsers:
            who = browser.somebody
            reach = who.reach(*route.does) if route.does else None
            # Whoever has no row is refused alike everywhere: of those a sample is tried on each address.
            if not full and reach is None and chosen.random() < 0.9:
                continue
            browser.cookies[COOKIE] = who.token  # signing out takes it from the browser
            answer = visit(browser, route, target)
            tried += 1
            if not expected(who, route, target, answer.status_code):
                wrong.append((who.key, str(route), target, answer.status_code))
            leaks += leaked(who, route, target, answer)
    record_count("canaries in answers, headers, redirects and errors", tried, leaks)
    record_count("route × role × whose", tried, wrong)


def test_nobody_gets_anything(app, as_person, nothing_is_kept, record_count):
    wrong, tried = [], 0
    for session in ("", "made-up-by-the-browser"):
        for route in routes_of(app):
            for target in targets(route):
                browser = as_person()
                if session:
                    browser.cookies["signed_in"] = session
                answer = visit(browser, route, target)
                tried += 1
                ok = answer.status_code < 500 if not route.does else answer.status_code in (401, 303)
                if route.does and answer.status_code == 303:
                    ok = answer.headers["location"].startswith("/sign-in")
                if not ok or leaked(None, route, target, answer):
                    wrong.append((str(route), target, answer.status_code))
    record_count("route × not signed in", tried, wrong)


def visit(browser, route: Route, target: Target):
    if route.method == "GET":
        return browser.get(target.path)
    if route.path.startswith("/api/"):
        return browser.send(target.path, {})
    return browser.post(target.path, body(target))


def leaked(who: Somebody | None, route: Route, target: Target, answer) -> list[object]:
    """Canaries in the answer that this person may not see, other than those that they sent themselves."""
    raw = b"\n".join([answer.content, *(name + b": " + value for name, value in answer.headers.raw)])
    seen = {o for o in found_in(raw) if not may_see(who, o)} - found_in(target.path.encode())
    seen -= {o for o in seen if (o.table, o.column) in TOLD_BY.get(route.path, ())}
    return [(who.key if who else "nobody", str(route), target.path, origin) for origin in seen]
