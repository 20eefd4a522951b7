"""A hold reads the same, whatever its cause: to whoever leads the workshops, to a provider that is asked nothing, and to an officer
who may not read why."""

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from cara.features.referrals import queries
from cara.features.victims.contact import actions as contact_actions
from cara.features.victims.disclosure_reviews import actions, police_holds
from cara.features.victims.wall import queries as victims
from cara.features.victims.wall import review_opening
from cara.features.victims.wall.models import Hold
from cara.features.victims.wall.review_models import DisclosureReview, ReviewStep, ReviewView
from cara.features.victims.wall.review_rules import Account
from cara.platform.access.actor import Actor
from cara.platform.crypto.keyring import Keyring
from cara.platform.database.engine import behind_the_wall
from cara.platform.unit_of_work import work_as
from sqlalchemy import delete, select, update
from synthetic.cases import Case, case_of
from synthetic.course import cohort_of
from synthetic.people import PEOPLE
from synthetic.victims import reference_of

_TOKENS = re.compile(r'name="(?:_csrf_token|_key)" value="[^"]*"|nonce="[^"]*"|<code>[0-9a-f]{12}</code>')
ACCOUNT = Account("Synthetic words of a victim", "high", child=True, danger=True)
Does = Callable[[Any, Keyring, Case], None]


def _seen(w: Any, case: Case) -> Any:
    return queries.case(w, case.reference)[0]


def _case_of_a_victim(force: str, provider: str) -> Case:
    return case_of(force, provider, "accepted")


CAUSES: Mapping[str, tuple[str, Does]] = {
    "police, for a cause of their own": ("{force}_police.supervisor", lambda w, k, c: _ignore(police_holds.place_hold(w,
    k, _seen(w, c), "S"))),
    "a concern from the room": ("{provider}.facilitator", lambda w, k, c: review_opening.concern(w, k, _seen(w, c), ACCOUNT)),
    "a concern of the police": ("{force}_police.supervisor", lambda w, k, c: review_opening.concern(w, k, _seen(w, c), ACCOUNT)),
    "a victim told the police": (
        "{force}_police.victim_contact_officer",
        lambda w, k, c: _ignore(actions.disclose(w, k, reference_of(c.force, "accepted"), ACCOUNT)),
    ),
    "an answer that somebody recorded": (
        "{force}_police.victim_contact_officer",
        lambda w, k, c: _ignore(
            contact_actions.converse(w, k, victims.find(w, reference_of(c.force, "accepted")), point="midpoint", on=w.today,
                             said={"abuse": "ongoing"})
        ),
    ),
    "a disclosure whose words are not written down yet": (
        "{force}_police.victim_contact_officer",
        lambda w, k, c: _ignore(
            contact_actions.converse(w, k, victims.find(w, reference_of(c.force, "accepted")), point="midpoint", on=w.today, said={},
                             disclosed=True)
        ),
    ),
    "a grade above the referral's": (
        "{force}_police.victim_contact_officer",
        lambda w, k, c: _ignore(
            contact_actions.assess(w, k, victims.find(w, reference_of(c.force, "accepted")), on=w.today, assessed={"grade": "high"})
        ),
    ),
}  # fmt: skip


def _ignore(_what: Any) -> None:
    return None


def _pages(case: Case, force: str, provider: str) -> list[str]:
    cohort = cohort_of(force, provider, ahead=False)
    found = [f"/cases/{case.reference}{end}" for end in ("", "/messages", "/concern", "/note")]
    found += ["/cases", "/home", "/work", "/deadlines", "/cohorts", "/messages"]
    return [*found, *(f"/cohorts/{cohort.reference}{end}" for end in ("", "/a/register", "/b/register"))]


@pytest.fixture
def doing(database):
    store = database.store()

    @contextmanager
    def begin(key: str):
        who = PEOPLE[key]
        actor = Actor("person", str(who.number), organisation=who.body.id, force=who.force, capacity=who.capacity,
                      roles=frozenset({who.role}))  # fmt: skip
        with work_as(store, actor, "account", "use", actor.scope(who.reach("referral", "read") or "")) as w:
            yield w

    return begin


def _free(database: Any) -> None:
    """No hold and no review on any case."""
    with database.admin().begin() as connection:
        for model in (ReviewStep, ReviewView, DisclosureReview, Hold):
            connection.execute(delete(model))


@pytest.mark.parametrize(
    ("force", "provider", "role"),
    [("kent", "south_provider", "facilitator"), ("thames_valley", "south_provider", "facilitator"),
     ("thames_valley", "south_provider", "coordinator"), ("leicestershire", "north_provider", "facilitator"),
     ("kent", "south_provider", "coordinator"), ("hampshire", "north_provider", "manager")],
)  # fmt: skip
def test_the_pages_are_the_same_whatever_holds_the_case(
    database, as_person, doing, record_count, force, provider, role
):
    case, keys = _case_of_a_victim(force, provider), Keyring(database.settings().key_folder)
    browser = as_person(f"{provider}.{role}")
    pages = _pages(case, force, provider) + ([f"/cases/{case.reference}/review"] if role == "coordinator" else [])
    seen: dict[str, dict[str, str]] = {}
    for cause, (who, does) in CAUSES.items():
        _free(database)
        free = {path: _read(browser, path) for path in pages}
        with doing(who.format(force=force, provider=provider)) as w:
            does(w, keys, case)
        seen[cause] = {path: _read(browser, path) for path in pages}
        assert "on hold" in seen[cause][pages[0]]
        assert "on hold" not in free[pages[0]]
    first, *others = seen
    different = [(cause, path) for cause in others for path in pages if seen[cause][path] != seen[first][path]]
    record_count("pages that read the same whatever holds a case", len(others) * len(pages), different)
    told = [word for path in pages for word in ("victim told", "disclos", "A review of", "Synthetic words")
            if word in seen[others[-1]][path].replace(f"/cases/{case.reference}/review", "")]  # fmt: skip
    assert not told


@pytest.mark.parametrize(("force", "provider"), [("kent", "south_provider"), ("thames_valley", "south_provider")])
def test_an_officer_who_may_not_read_why_cannot_tell_a_hold_of_a_review_from_another(
    database, as_person, doing, record_count, force, provider
):
    """While it stands, and once it is released: then the pages are what they were before anything held the case."""
    case, keys = _case_of_a_victim(force, provider), Keyring(database.settings().key_folder)
    officer, supervisor = as_person(f"{force}_police.referring_officer"), f"{force}_police.supervisor"
    ends = ("", "/messages", "/concern", "/hold", "/hold/place", "/hold/release")
    pages = [*(f"/cases/{case.reference}{end}" for end in ends), "/cases", "/home", "/work", "/deadlines", "/reviews"]
    _free(database)
    free = {path: _read(officer, path) for path in pages}
    seen: dict[str, dict[str, str]] = {}
    wrong: list[tuple[str, ...]] = []
    for cause, (who, does) in reversed(CAUSES.items()):  # what police hold comes last: the ledger forgets nothing
        with doing(who.format(force=force, provider=provider)) as w:
            does(w, keys, case)
        seen[cause] = {path: _read(officer, path) for path in pages}
        assert "on hold" in seen[cause][pages[0]]
        with doing(supervisor) as w, behind_the_wall(w.session, force) as session:
            for number in session.scalars(select(Hold.id).where(Hold.referral_id == case.id)).all():
                own = cause.startswith("police, for")
                verb = {"verb": "hold.released_by_police"} if own else {}
                police_holds.release(w, session, number, advice_before_b=False, codes={}, **verb)
        with database.admin().begin() as connection:
            connection.execute(update(DisclosureReview).values(decision="proceed"))
        wrong += [(cause, path, "released") for path in pages if _read(officer, path) != free[path]]
        _free(database)
    first, *others = seen
    wrong += [(cause, path, "held") for cause in others for path in pages if seen[cause][path] != seen[first][path]]
    record_count("pages of an officer that read the same whatever holds a case", 2 * len(seen) * len(pages), wrong)


def _read(browser: Any, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code in (200, 303, 403), (path, answer.status_code)
    return f"{answer.status_code} {answer.headers.get('location', '')} {_TOKENS.sub('', answer.text)}"


@pytest.mark.parametrize("provider_page", ["review"])
def test_where_it_is_asked_nothing_a_provider_reads_hold_or_proceed(database, as_person, doing, provider_page):
    """In Thames Valley: hold or proceed, what to do then, and no question, no risk, no form."""
    case, keys = _case_of_a_victim("thames_valley", "south_provider"), Keyring(database.settings().key_folder)
    path = f"/cases/{case.reference}/{provider_page}"
    said = {}
    for held in (False, True):
        _free(database)
        if held:
            with doing("thames_valley_police.supervisor") as w:
                review_opening.concern(w, keys, _seen(w, case), ACCOUNT)
        page = as_person("south_provider.coordinator").get(path).text
        main = re.sub(r"<[^>]+>|\s+", " ", page[page.index("<main") : page.index("</main>")])
        said[held] = " ".join(main.split())
    assert said == {
        False: "Proceed Workshops take place as planned.",
        True: "Hold Admit the person to no workshop, and cover none by telephone, until this page says “Proceed”.",
    }
