"""Links that were sent before there was one table of them: after the upgrade each opens its page, and only that page."""

from datetime import timedelta
from typing import Any

from cara import clock
from cara.operations.app import create_app
from cara.platform.bootstrap import upgrade
from cara.platform.one_time_links import derive_token, hash_token
from litestar.testing import TestClient
from sqlalchemy import inspect, text
from synthetic import past_versions, world
from synthetic.browser import Browser
from synthetic.messages import token_of
from synthetic.onward import onward_token
from synthetic.victims import views_token

FORCE, NONCE = "hampshire", "0123456789abcdef0123456789abcdef"
TOKENS = {"feedback": token_of(FORCE), "survey": views_token(FORCE), "onward": onward_token(FORCE)}
PATHS = {"feedback": "/feedback", "survey": "/views", "onward": "/onward"}
TABLES = {"feedback": "feedback_request", "survey": "victim_views_link", "onward": "onward_referral"}


def rows_before(home: Any, secret: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the world's rows with version 1 links of one force, and the token of each purpose."""
    rows = {name: [dict(row) for row in made] for name, made in world.rows(home).items()}
    ends_at, sent, links = clock.now() + timedelta(days=10), {}, {"feedback_link": [], "onward_link": []}
    del rows["one_time_link"]
    for change in rows["victim_details_change"]:  # while an address is in doubt, a victim's link opens nothing
        change.update(decided_at=change["proposed_at"], confirmed=False)
    for purpose, table in TABLES.items():
        sent[purpose] = derive_token(secret, purpose, NONCE)
        hashed, known = hash_token(purpose, sent[purpose]), hash_token(purpose, TOKENS[purpose])
        (row,) = [row for row in rows[table] if row["token_hash"] == known]
        row.update(token_hash=hashed, nonce=NONCE)
        name = "onward_link" if purpose == "onward" else "feedback_link"
        links[name].append({"token_hash": hashed, "force_id": FORCE, "ends_at": ends_at})
    return rows | links, sent


def test_a_link_sent_before_the_upgrade_opens_after_it(bare_database, record_count):
    database = bare_database
    settings = database.settings(secret="s" * 40)
    rows, sent = rows_before(database.home, settings.secret)
    made = past_versions.make(database, ("core_0020", "licensing_0001"), rows)
    assert made["feedback_link"] == 2
    assert made["onward_link"] == 1
    if database.kind == "postgresql":
        with database.admin().begin() as connection:  # as the version before left them: the owner sees no row either
            for table in ("feedback_link", "onward_link"):
                connection.execute(text(f"alter table {table} enable row level security"))
                connection.execute(text(f"alter table {table} force row level security"))
    assert upgrade(settings)
    with database.admin().connect() as connection:
        kept = connection.execute(text("select token_hash, force_id from one_time_link")).all()
        assert {*kept} == {(hash_token(purpose, token), FORCE) for purpose, token in sent.items()}
        assert not {"feedback_link", "onward_link"} & {*inspect(connection).get_table_names()}
        if database.kind == "postgresql":
            forced = "select relforcerowsecurity from pg_class where relname = 'one_time_link'"
            assert connection.execute(text(forced)).scalar()
    wrong = []
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as client:
        browser = Browser(client)
        for purpose, token in sent.items():
            for other, path in PATHS.items():
                status = browser.get(f"{path}/{token}").status_code
                wanted = {200} if other == purpose else {404} if "survey" in (purpose, other) else {200, 404}
                wrong += [(purpose, path, status)] * (status not in wanted)
        answers = dict.fromkeys(("awareness", "relationships", "own_behaviour", "motivation"), "some")
        assert browser.post(f"/feedback/{sent['onward']}", answers).status_code == 404
        assert browser.get(f"/onward/{sent['onward']}").status_code == 200, "a refused form ends no link"
        assert browser.post(f"/feedback/{sent['feedback']}", answers).status_code == 303
        assert browser.get(f"/feedback/{sent['feedback']}").status_code == 404
    record_count("links sent before an upgrade, each at each page", len(sent) * len(PATHS), wrong)
