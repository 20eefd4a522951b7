"""The pages of licences, through the application with all its walls."""

import re
from datetime import timedelta
from typing import Any

import pytest
from cara import clock, dates
from cara.platform.database.engine import Store
from cara.platform.unit_of_work import new_token
from sqlalchemy import event

from cara_licensing.conftest import SignIn
from cara_licensing.test_actions import grant

TODAY = clock.today()


def form(client: Any, page: str, **fields: str) -> dict[str, str]:
    """What a browser would post from a page."""
    hidden = dict(re.findall(r'name="(_csrf_token|_key)" value="([^"]+)"', client.get(page).text))
    return hidden | fields


def wanted(starts: Any = TODAY, until: Any = None, **other: str) -> dict[str, str]:
    days = {f"starts-{part}": str(getattr(starts, part)) for part in dates.PARTS}
    days |= {f"until-{part}": str(getattr(until, part)) if until else "" for part in dates.PARTS}
    return {"provider": "steps_example", "force": "kent", "reference": "SYN-7"} | days | other


def post(client: Any, page: str, **fields: str) -> Any:
    return client.post(page, data=form(client, page, **fields), follow_redirects=False)


def test_an_empty_register_says_what_that_means(signed_in: SignIn) -> None:
    shown = signed_in("licensing_manager").get("/licences")
    assert shown.status_code == 200
    assert "No licence is in force" in shown.text
    assert 'href="/licences/grant"' in shown.text


def test_granting(signed_in: SignIn) -> None:
    client = signed_in("licensing_manager")
    answer = post(client, "/licences/grant", **wanted(until=TODAY + timedelta(days=400)))
    assert (answer.status_code, answer.headers["location"]) == (303, "/licences?done=granted")
    shown = client.get("/licences").text
    for text in ("SYN-7", "Steps Example", "Kent", "In force", dates.plain(TODAY + timedelta(days=400))):
        assert text in shown


def test_a_form_sent_twice_grants_once(signed_in: SignIn) -> None:
    client = signed_in("licensing_manager")
    sent = form(client, "/licences/grant", **wanted())
    answers = [client.post("/licences/grant", data=sent, follow_redirects=False) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert client.get("/licences").text.count("SYN-7") == 1


def test_mistakes_come_back_with_what_was_typed(signed_in: SignIn, store: Store) -> None:
    client = signed_in("licensing_manager")
    answer = post(client, "/licences/grant", **wanted(provider="force_example", reference=""))
    assert answer.status_code == 422
    assert 'href="#provider"' in answer.text
    assert 'href="#reference"' in answer.text
    assert re.search(r'<option value="kent" selected', answer.text)
    grant(store, starts=TODAY - timedelta(days=1), until=None)
    answer = post(client, "/licences/grant", **wanted())
    assert answer.status_code == 422
    assert "already has a licence for this force" in answer.text


def test_a_field_that_the_page_does_not_have_is_refused(signed_in: SignIn) -> None:
    assert post(signed_in("licensing_manager"), "/licences/grant", **wanted(granted_by="somebody")).status_code == 422


def test_running_out_is_said_and_leads_to_a_renewal(signed_in: SignIn, store: Store) -> None:
    last = TODAY + timedelta(days=45)
    licence = grant(store, starts=TODAY - timedelta(days=300), until=last)
    client = signed_in("licensing_manager")
    shown = client.get("/licences").text
    assert "Runs out soon" in shown
    assert "in 45 days" in shown
    assert "One licence runs out within 60 days" in shown
    renewal = client.get(f"/licences/grant?renews={licence}").text
    assert re.search(r'<option value="steps_example" selected', renewal)
    first = last + timedelta(days=1)
    for part in dates.PARTS:
        assert re.search(rf'name="starts-{part}"[^>]*value="{getattr(first, part)}"', renewal)
    assert post(client, "/licences/grant", **wanted(starts=first)).status_code == 303
    assert "Runs out soon" not in client.get("/licences").text


def test_ending_asks_first(signed_in: SignIn, store: Store) -> None:
    licence = grant(store, starts=TODAY, until=None)
    client = signed_in("licensing_manager")
    page = f"/licences/{licence}/end"
    asked = client.get(page).text
    assert "Steps Example" in asked
    assert "cannot be undone" in asked
    assert post(client, page).headers["location"] == "/licences?done=ended"
    assert "Ended early" in client.get("/licences").text
    assert client.get(page).status_code == 409
    assert client.get("/licences/4711/end").status_code == 404


@pytest.mark.parametrize(
    ("role", "organisation", "may_read"),
    [
        ("trainer", "trust", True),
        ("administrator", "trust", True),
        ("evaluator", "trust", False),
        ("manager", "steps_example", False),
        ("supervisor", "force_example", False),
    ],
)
def test_nobody_else_grants_or_ends(
    signed_in: SignIn, store: Store, role: str, organisation: str, may_read: bool
) -> None:
    licence = grant(store, starts=TODAY, until=None)
    client = signed_in(role, organisation)
    shown = client.get("/licences")
    assert shown.status_code == (200 if may_read else 403)
    assert "/licences/grant" not in shown.text
    assert f"/licences/{licence}/end" not in shown.text
    token = dict(re.findall(r'name="(_csrf_token)" value="([^"]+)"', shown.text))
    pages: dict[str, dict[str, str]] = {"/licences/grant": wanted(), f"/licences/{licence}/end": {}}
    for page, fields in pages.items():
        assert client.get(page).status_code == 403
        sent = token | {"_key": new_token()} | fields
        assert client.post(page, data=sent, follow_redirects=False).status_code == 403


def test_the_number_of_statements_does_not_grow(signed_in: SignIn, store: Store) -> None:
    client = signed_in("licensing_manager")
    asked: list[str] = []

    def count(*event_of_statement: Any) -> None:
        asked.append(event_of_statement[2])

    event.listen(store.engine, "before_cursor_execute", count)
    counts = []
    try:
        for more in (0, 1, 20):
            for day in range(more):
                grant(
                    store,
                    starts=TODAY + timedelta(days=100 * more + day),
                    until=TODAY + timedelta(days=100 * more + day),
                )
            asked.clear()
            assert client.get("/licences").status_code == 200
            counts.append(len(asked))
    finally:
        event.remove(store.engine, "before_cursor_execute", count)
    assert len(set(counts)) == 1, asked
