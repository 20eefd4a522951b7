"""Nothing of a person stands where it does not belong: logs, spans, metrics, addresses, file names, what errors say."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import _parsers
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import JSON, LargeBinary, event
from sqlmodel import AutoString, SQLModel
from synthetic.browser import Browser
from synthetic.canaries import found_in, planted
from synthetic.cases import CASE_ROWS, UPLOADS
from synthetic.deeds import DEEDS
from synthetic.messages import MESSAGE_ROWS
from synthetic.people import FORCES, PEOPLE
from synthetic.routes import routes_of, targets
from synthetic.victims import SEALED

NAMED = "Canarysurname"
"""A name that somebody types."""
CODES = {
    "provider_id", "force_id", "offence_category", "relationship", "risk", "regime", "pathway", "format_proposed", "format_confirmed",
    "proposed_provider", "return_reason", "source", "sex", "outcome", "rule_pack", "conditions", "needs", "done", "folded", "key_id",
    "group", "part", "reason_code", "reasons", "covers", "ground", "decision", "kind", "release_reason",
    "channel", "audience", "language", "delivery", "failure", "way", "strand", "awareness", "relationships", "own_behaviour",
    "motivation", "token_hash", "record_class",
    "moment", "how", "need", "consent_covers", "decline_reason", "withdraw_reason", "what",
}  # fmt: skip
"""Columns with words from a closed list, or made of others; `…_by` hold the numbers of people."""
RANDOM = {"salt", "id"}
"""Columns with nothing but chance in them."""


def test_every_column_that_could_tell_something_has_a_canary_in_every_force(record_count):
    """So a column that somebody adds to a case cannot be forgotten by the sweeps."""
    bare, tried = [], 0
    known = {(o.owner.removeprefix("victim:"), o.table, o.column) for o in planted()}
    for name, table in SQLModel.metadata.tables.items():
        if "wall" not in table.info:
            continue
        texts = (
            [c.name for c in table.c if isinstance(c.type, AutoString | JSON | LargeBinary)]
            if name in CASE_ROWS | MESSAGE_ROWS
            else SEALED.get(name, ())
        )
        for column in (c for c in texts if c not in CODES | RANDOM and not c.endswith("_by")):
            for force in FORCES:
                tried += 1
                stands = column in ("answers", "typed", "facts", "answer") and any(
                    k[:2] == (force, name) for k in known
                )
                if (force, name, column) not in known and not stands:
                    bare.append((force, name, column))
    record_count("columns with a canary of their own", tried, bare)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What a collector would be sent of traces."""
    import cara.platform.unit_of_work

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(cara.platform.unit_of_work, "_TRACER", provider.get_tracer("cara"))
    yield kept
    provider.shutdown()


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Every attribute of every measurement."""
    from cara.platform import telemetry

    made: list[tuple[str, Any]] = []

    class Instrument:
        def add(self, amount: Any, attributes: Any = None) -> None:
            made.append((str(amount), attributes))

        record = add

    for name in ("_REFERRALS", "_TO_ACCEPT", "_REQUESTS", "_FAILURES"):
        monkeypatch.setattr(telemetry, name, Instrument())
    return made


def ours(caplog: pytest.LogCaptureFixture) -> bytes:
    """What was logged, but for what the tests' own browser says."""
    formatter = logging.Formatter("%(name)s %(message)s")
    return "\n".join(formatter.format(one) for one in caplog.records if one.name != "httpx").encode()


WRITTEN = ("name", "note", "question", "answer", "forenames", "access_needs")


def said_by_span(span: Any) -> bytes:
    return json.dumps([span.name, dict(span.attributes or {}), [(e.name, dict(e.attributes or {})) for e in span.events],
                       str(span.status.description)]).encode()  # fmt: skip


def test_what_leaves_the_process_names_nobody(app, client, spans, measures, caplog, record_count, full):
    """Every page and every good form, and forms full of mistakes, with a canary in each field that takes words."""
    engine, statements = app.state.store.engine, []
    event.listen(engine, "handle_error", lambda context: statements.append(str(context.sqlalchemy_exception)))
    through, tried = [], 0
    with caplog.at_level(logging.DEBUG):
        for deed in DEEDS:
            browser = Browser(client, PEOPLE[deed.who])
            words = {name: NAMED if name in WRITTEN else value for name, value in deed.fields.items()}
            for sent in (deed.do(browser), deed.do(browser, **words), browser.post("/cases", {"name": NAMED})):
                tried += 1
                place = sent.headers.get("location", "").encode()
                if NAMED.lower().encode() in place.lower() or {o for o in found_in(place) if o.column != "reference"}:
                    through.append((str(deed), "address", place))
        for route in (r for r in routes_of(app) if r.method == "GET" and r.does):
            for who in ("kent_police.supervisor", "south_provider.coordinator", "hampton_trust.national.administrator"):
                for target in list(targets(route))[: None if full else 3]:
                    Browser(client, PEOPLE[who]).get(target.path)
                    Browser(client, PEOPLE[who]).get(f"/cases/{NAMED}?state={NAMED}")
                    tried += 2
    assert spans.get_finished_spans()
    assert measures
    spoken = {
        "log": ours(caplog),
        "span": b"\n".join(said_by_span(span) for span in spans.get_finished_spans()),
        "metric": json.dumps(measures).encode(),
        "SQL error": "\n".join(statements).encode(),
    }
    for where, raw in spoken.items():
        through += [(where, NAMED)] * (NAMED.lower().encode() in raw.lower())
        through += [(where, origin) for origin in found_in(raw)]
    names = {json.loads(said_by_span(s))[0] for s in spans.get_finished_spans()}
    assert "GET /cases/{reference}" in names  # by its template, never by its address
    record_count("requests whose logs, spans and metrics were read", tried, through)


def test_errors_of_the_database_hide_what_was_sent(app, client, caplog, record_count):
    """A statement that fails, with a name among its parameters."""
    engine = app.state.store.engine

    def spoil(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: Any) -> Any:
        return (statement.replace("INSERT INTO idempotency_key", "INSERT INTO no_such_table"), parameters)

    event.listen(engine, "before_cursor_execute", spoil, retval=True)
    with caplog.at_level(logging.DEBUG):
        answers = [deed.do(Browser(client, PEOPLE[deed.who]), **({"access_needs": NAMED} if "access_needs" in deed.fields else {}))
                   for deed in DEEDS if deed.status == 303]  # fmt: skip
    event.remove(engine, "before_cursor_execute", spoil)
    # What they typed themselves goes back to them, in a form to send again: it is in its fields, and nowhere else.
    texts = [re.sub(r'<input type="hidden"[^>]*>', "", one.text) for one in answers]
    told = [one.status_code for one in answers if one.status_code < 500]
    told += [text for text in texts if any(word in text for word in (NAMED, "no_such_table", "INSERT"))]
    spoken = found_in(ours(caplog)) or NAMED.encode() in ours(caplog)
    record_count("statements that failed", len(answers), [*told, *([ours(caplog)] if spoken else [])])


def test_no_file_name_or_header_of_a_download_names_anybody(as_person, record_count):
    through, tried = [], 0
    for upload in UPLOADS:
        browser = as_person(f"{upload.force}_police.referring_officer")
        for what in ("findings", "rejected"):
            answer = browser.get(f"/imports/{upload.reference}/{what}")
            tried += 1
            told = {o for o in found_in(b"".join(v for _n, v in answer.headers.raw)) if o.column != "reference"}
            if answer.status_code != 200 or told:
                through.append((upload, answer.status_code, told))
    record_count("headers of downloads", tried, through)


def test_names_are_never_part_of_an_address(app):
    """Search is posted; whatever filters lists is a word from a closed list or a number."""
    for route in routes_of(app):
        for target in targets(route):
            assert "?" not in target.path
        if "search" in (route.does or ()):
            assert route.method == "POST"


def test_what_was_typed_stays_in_no_cache(as_person):
    page = as_person("kent_police.referring_officer").post("/eligibility", {"date_of_birth-year": NAMED})
    assert page.status_code == 422
    assert not _parsers.parse_url_encoded_form_data.cache_info().currsize


def test_the_address_of_a_form_is_no_page(as_person):
    page = as_person("kent_police.referring_officer").get("/drafts/0000-0000/discard")
    assert page.status_code == 404
    assert "Check the address" in page.text
