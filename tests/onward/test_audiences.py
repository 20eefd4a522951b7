"""Services and money for people on the course, and those for victims, never meet: on no page, and in no statement."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from cara.platform.unit_of_work import COOKIE
from litestar import Litestar
from sqlalchemy import event, insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel
from synthetic.browser import key
from synthetic.canaries import found_in
from synthetic.cases import CASE_ROWS
from synthetic.onward import FUNDERS, NAMES, service_of
from synthetic.people import PEOPLE
from synthetic.routes import routes_of, targets

KEPT = ("onward_service", "funder", "funder_budget")
OFFENDERS, VICTIMS = ({NAMES[one], FUNDERS[one]} for one in ("offender", "victim"))
BOTH = (
    "kent_police.administrator",
    "kent_police.supervisor",
    "hampshire_police.supervisor",
    "hampshire_police.victim_contact_officer",
)
"""Whoever may read of both."""
OTHERS = (
    *BOTH,
    "safe_voices.victim_worker",
    "south_provider.coordinator",
    "north_provider.manager",
    "kent_police.analyst",
)


@pytest.fixture
def selected(app: Litestar) -> Iterator[list[str]]:
    """Every statement that reads a table with an audience, as it was run."""
    found: list[str] = []

    def heard(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT") and re.search(rf"\b({'|'.join(KEPT)})\b", statement):
            found.append(statement)

    event.listen(app.state.store.engine, "before_cursor_execute", heard)
    yield found
    event.remove(app.state.store.engine, "before_cursor_execute", heard)


def test_no_page_shows_both(app: Litestar, as_person: Any, selected: list[str], record_count: Any, full: bool) -> None:
    """Every page, for those who may read of both audiences; and no statement that reads either does so without saying which. Half of
    them on the one engine, half on the other; in full, all on both."""
    mixed, tried, seen = [], 0, set[str]()
    for who in OTHERS if full else OTHERS[app.state.store.sqlite :: 2]:
        browser = as_person(who)
        for route in routes_of(app):
            if route.method != "GET" or not route.does or not PEOPLE[who].reach(*route.does):
                continue
            for target in targets(route):
                browser.cookies[COOKIE] = PEOPLE[who].token
                tables = {one.table for one in found_in(browser.get(target.path).content)}
                tried += 1
                seen |= tables & (OFFENDERS | VICTIMS)
                if tables & OFFENDERS and tables & VICTIMS:
                    mixed.append((who, target.path))
                if "for-victims" in target.path and tables & OFFENDERS:
                    mixed.append((who, target.path))
                if "for-people-on-the-course" in target.path and tables & VICTIMS:
                    mixed.append((who, target.path))
    assert seen == OFFENDERS | VICTIMS  # a sweep that saw neither would prove nothing
    record_count("pages with services or money of both audiences", tried, mixed)
    without = [one for one in selected if not re.search(r"\baudience = ", one)]
    record_count("statements that read services or money without an audience", len(selected), without)


def test_a_service_of_the_other_audience_is_not_there(as_person: Any, record_count: Any) -> None:
    supervisor, wrong = as_person("kent_police.supervisor"), []
    for audience, page in (("victim", "for-people-on-the-course"), ("offender", "for-victims")):
        one = service_of("kent", audience)
        at = f"/services/{page}/{one.reference}"
        wrong += [(page, end) for end in ("", "/change", "/review") if supervisor.get(f"{at}{end}").status_code != 404]
        for end in ("change", "review", "end"):
            sent = supervisor.post(f"{at}/{end}", {"_key": key(), "_version": "1"})
            if sent.status_code not in (404, 422):
                wrong.append((page, end, sent.status_code))
    record_count("services asked for on the other audience's pages", 12, wrong)


def test_no_provider_reads_what_is_for_victims(as_person: Any, record_count: Any) -> None:
    providers = [one for one in PEOPLE.values() if one.capacity == "provider"]
    paths = (
        "/services/for-victims",
        f"/services/for-victims/{service_of('kent', 'victim').reference}",
        "/budgets/for-victims",
    )
    wrong = [(one.key, path) for one in providers for path in paths if as_person(one.key).get(path).status_code != 403]
    record_count("pages of victims' services for every role of providers", len(providers) * len(paths), wrong)


@pytest.mark.parametrize("table", ["signpost", "onward_referral", "budget_draw"])
def test_the_database_lets_no_case_near_a_victims_service(database: Any, table: str) -> None:
    """Whoever holds the machine cannot write it either, by any audience that they claim."""
    row = next(one for one in CASE_ROWS[table] if one["force_id"] == "kent") | {"id": 99_001}
    row |= {"reference": "x"} if "reference" in row else {}
    other = service_of("kent", "victim").id
    for claimed in ("offender", "victim"):
        changed = row | {"audience": claimed, ("budget_id" if table == "budget_draw" else "service_id"): other}
        with database.admin().connect() as connection:
            statement = insert(SQLModel.metadata.tables[table])
            with pytest.raises(IntegrityError):
                connection.execute(statement, changed)
