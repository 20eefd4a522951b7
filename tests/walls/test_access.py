"""Access ends at once, fields that no page has are refused, and what cannot be asked is answered with no."""

import pytest
from cara import clock
from cara.errors import Unavailable
from cara.platform.access.models import Membership, Organisation, OrganisationCapacity, Person
from sqlalchemy import delete, event, update
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel
from synthetic.browser import Browser
from synthetic.deeds import DEEDS, KENT, NO_DEED, OFFICER, SUPERVISOR
from synthetic.people import PEOPLE
from synthetic.routes import body, routes_of, targets

STRANGE = (
    "force_id", "provider_id", "status", "state", "role", "roles", "capacity", "version", "id", "accepted_at", "accepted_by", "created_by",
    "referral_id", "organisation_id", "confirmed_at", "shipped", "just_in_time", "ended_at", "answers", "reference_", "_force",
    "_method", "__proto__",
)  # fmt: skip
"""Names of our columns, and of other things that a form must not set."""


def test_a_field_that_no_page_has_is_refused(app, client, database, record_count, full):
    """Mass assignment, over every form: the whole form is refused, and nothing of it is done. Half of the fields on either engine;
    in full, all on both."""
    strange = set(sorted(STRANGE) if full else sorted(STRANGE)[app.state.store.sqlite :: 2])
    with database.admin().connect() as connection:
        before = rows(connection)
    wrong, tried = [], 0
    for deed in DEEDS:
        for name in strange - set(deed.fields):
            answer = deed.do(Browser(client, PEOPLE[deed.who]), **{name: "1"})
            tried += 1
            if answer.status_code not in (400, 422):
                wrong.append((str(deed), name, answer.status_code))
    for route in (
        r
        for r in routes_of(app)
        if r.method == "POST" and r.path in NO_DEED and not r.path.startswith("/api/") and r.path != "/leave"
    ):  # whoever leaves quickly must be let go, and none of what they send is read
        target = next(iter(targets(route)))
        for name in strange - set(body(target)):
            answer = Browser(client, PEOPLE[OFFICER]).post(target.path, {**body(target), name: "1"})
            tried += 1
            if answer.status_code not in (400, 403, 422):
                wrong.append((str(route), name, answer.status_code))
    with database.admin().connect() as connection:
        wrong += [("changed", t) for t, kept in rows(connection).items() if before[t] != kept]
    record_count("fields that no page has", tried, wrong)


def rows(connection):
    skip = {
        "browser_session",
        "ledger_entry",
        "ledger_seal",
        "idempotency_key",
        "offence_code",
    }  # a timer seals meanwhile
    return {
        n: sorted(map(repr, connection.execute(t.select()).all()))
        for n, t in SQLModel.metadata.tables.items()
        if n not in skip
    }


def test_a_role_outside_the_organisation_cannot_be_given(as_person, database):
    administrator = as_person(f"{KENT}.administrator")
    analyst = PEOPLE[f"{KENT}.analyst"].number
    for role in (
        "national.administrator",
        "provider.manager",
        "force.system",
        "force.",
        "administrator",
        "force.administrator.x",
    ):
        from synthetic.browser import key

        assert administrator.post(f"/people/{analyst}/roles", {"_key": key(), "role": role}).status_code in (403, 422)
    assert as_person(f"{KENT}.analyst").get("/people").status_code == 403


P = PEOPLE[OFFICER]
ENDINGS = {
    "person ended": update(Person).where(Person.id == P.number).values(ended_at=clock.now()),
    "role taken back": update(Membership).where(Membership.person_id == P.number).values(ended_at=clock.now()),
    "organisation ended": update(Organisation).where(Organisation.id == P.body.id).values(ended_at=clock.now()),
    "capacity taken back": delete(OrganisationCapacity).where(OrganisationCapacity.organisation_id == P.body.id),
}


def test_access_ends_with_the_next_request(app, client, database, record_count):
    """By each way to end it, on every address that the person could reach a moment before."""
    wrong, tried = [], 0
    mine = [(r, t) for r in routes_of(app) if r.method == "GET" and r.does and P.reach(*r.does) for t in targets(r)]
    for name, ending in ENDINGS.items():
        with Undo(database) as undo:
            browser = Browser(client, P)
            assert browser.get("/drafts").status_code == 200
            undo.run(ending)
            for route, target in mine:
                answer = browser.get(target.path)
                tried += 1
                if answer.status_code != 303 or not answer.headers["location"].startswith("/sign-in"):
                    wrong.append((name, str(route), answer.status_code))
    record_count("addresses tried after access ended", tried, wrong)


class Undo:
    """Puts the tables of people back as they were."""

    TABLES = ("organisation_capacity", "membership", "person", "organisation")

    def __init__(self, database):
        self.engine = database.admin()

    def __enter__(self):
        with self.engine.connect() as connection:
            self.kept = {
                n: [dict(r._mapping) for r in connection.execute(SQLModel.metadata.tables[n].select())]
                for n in self.TABLES
            }
        return self

    def run(self, statement):
        with self.engine.begin() as connection:
            connection.execute(statement)

    def __exit__(self, *_):
        with self.engine.begin() as connection:
            for name in self.TABLES:
                table = SQLModel.metadata.tables[name]
                for row in self.kept[name]:
                    keys = list(table.primary_key)
                    found = connection.execute(table.select().where(*(c == row[c.name] for c in keys))).first()
                    if found is None:
                        connection.execute(table.insert().values(row))
                    elif dict(found._mapping) != row:
                        connection.execute(table.update().where(*(c == row[c.name] for c in keys)).values(row))


def test_by_the_pages_too(as_person):
    """An administrator ends access by the page: the other browser is out with its next click."""
    from synthetic.browser import key

    administrator, officer, supervisor = as_person(f"{KENT}.administrator"), as_person(OFFICER), as_person(SUPERVISOR)
    assert officer.get("/drafts").status_code == supervisor.get("/drafts").status_code == 200
    number = PEOPLE[OFFICER].number
    assert administrator.post(f"/people/{number}/roles/{number}/end", {"_key": key()}).status_code == 303
    assert administrator.post(f"/people/{PEOPLE[SUPERVISOR].number}/end", {"_key": key()}).status_code == 303
    assert officer.get("/drafts").status_code == supervisor.get("/drafts").status_code == 303


def test_what_cannot_be_asked_is_answered_with_no(app, as_person, monkeypatch, record_count):
    """Licensing raises or talks nonsense: nobody is cleared, the page says so, the draft stays."""
    from synthetic.browser import key
    from synthetic.cases import draft_of

    forces, wrong, tried = app.state.forces, [], 0
    real = forces._only
    path = f"/drafts/{draft_of('kent').reference}"
    for bad in (
        RuntimeError("CANARY"), None, True, "yes", [1], [None], ["yes"], [True, True], [{}], [{"kent_provider": True}],
        SystemExit("CANARY"),
    ):  # fmt: skip

        def answer(bad=bad, **_given):
            if isinstance(bad, BaseException):
                raise bad
            return bad or []

        monkeypatch.setattr(
            forces, "_only", lambda slug, hook, a=answer: a if hook == "clearance" else real(slug, hook)
        )
        page = as_person(OFFICER).get(f"{path}/check")
        sent = as_person(OFFICER).post(f"{path}/refer", {"_key": key(), "_version": "1"})
        tried += 2
        if page.status_code >= 500 or f'action="{path}/refer"' in page.text or "CANARY" in page.text:
            wrong.append((repr(bad), "page", page.status_code))
        if sent.status_code not in (409, 503) or "CANARY" in sent.text:
            wrong.append((repr(bad), "refer", sent.status_code))
    monkeypatch.undo()
    assert f'action="{path}/refer"' in as_person(OFFICER).get(f"{path}/check").text
    record_count("licensing down", tried, wrong)


def test_a_database_that_is_down_is_said_to_be(app, client, monkeypatch, record_count):
    """Every address answers 503 and tells nothing: at connecting, in the middle, and at the commit."""
    from synthetic.canaries import found_in

    engine, wrong, tried = app.state.store.engine, [], 0
    browser = Browser(client, PEOPLE[OFFICER])
    browser.token()

    def fail(*_args):
        raise OperationalError("select CANARY", {"name": "CANARY"}, Exception("server closed the connection; CANARY"))

    mine = [
        (r, t)
        for r in routes_of(app)
        if r.does and P.reach(*r.does) and not r.path.startswith("/api/")
        for t in [*targets(r)][:2]
    ]
    for when in ("begin", "before_cursor_execute", "commit"):
        for route, target in mine:
            event.listen(engine, when, fail)
            try:
                answer = browser.get(target.path) if route.method == "GET" else browser.post(target.path, body(target))
            finally:
                event.remove(engine, when, fail)
            tried += 1
            seen = {origin for origin in found_in(answer.content) if origin.owner != P.body.id}
            told = b"CANARY" in answer.content or seen - found_in(target.path.encode())
            refused = when == "commit" and answer.status_code in (403, 404, 409, 422)
            if told or not (answer.status_code == 503 or refused):
                wrong.append((when, str(route), answer.status_code))
    assert browser.get("/drafts").status_code == 200
    record_count("addresses while the database is down", tried, wrong)


def test_readiness_says_that_the_database_is_down(app, as_person, monkeypatch):
    def down(*_args, **_given):
        raise Unavailable

    monkeypatch.setattr(Session, "connection", down)
    assert as_person().get("/health/live").status_code == 200
    assert as_person().get("/health/ready").status_code == 503


@pytest.mark.parametrize("raised", [RuntimeError("CANARY"), ValueError("CANARY"), KeyError("CANARY")])
def test_an_unforeseen_fault_tells_nothing(as_person, monkeypatch, caplog, raised):
    from cara.features.referrals import queries

    def broken(*_args):
        raise raised

    monkeypatch.setattr(queries, "page_of_drafts", broken)
    answer = as_person(OFFICER).get("/drafts")
    assert answer.status_code == 500
    assert "CANARY" not in answer.text + caplog.text
