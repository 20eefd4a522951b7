"""Fixtures of the tests that cross rooms: an invented country on either engine, and sweeps that say how much they tried."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cara.operations.app import create_app
from cara.platform.database.schema import import_models
from cara.platform.oidc.discovery import Providers
from litestar import Litestar
from litestar.testing import TestClient
from silence.plugin import lines as silence_lines
from synthetic import world
from synthetic.browser import Browser
from synthetic.databases import ENGINES, Database, PostgreSQL, Sqlite
from synthetic.people import PEOPLE

Count = Callable[..., None]
MakeApp = Callable[..., Litestar]
As = Callable[..., Browser]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full` runs every sweep in its full size."""
    parser.addoption("--full", action="store_true", help="run sweeps in full instead of sampling them")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `full` are left out unless asked for."""
    if not config.getoption("--full"):
        left = [item for item in items if item.get_closest_marker("full")]
        items[:] = [item for item in items if item not in left]
        config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line a sweep: how much was tried, how much went through that should not have."""
    lines: dict[tuple[str, str], tuple[int, int]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for label, (name, where, tried, violations) in report.user_properties:
                    if label == "sweep":
                        before = lines.get((name, where), (0, 0))
                        lines[name, where] = (before[0] + tried, before[1] + violations)
    for name, tried, violations in silence_lines(terminalreporter.config):
        lines[name, ""] = (tried, violations)
    if lines:
        terminalreporter.section("sweeps")
        for (name, where), (tried, violations) in sorted(lines.items()):
            terminalreporter.line(f"{name:<58} {where:<11} {tried:>7} tried {violations:>4} violations")


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether sweeps run in full."""
    return bool(request.config.getoption("--full"))


@pytest.fixture
def record_count(request: pytest.FixtureRequest) -> Count:
    """`record_count(name, tried, violations)` publishes a sweep's count, then fails the test if anything went through."""

    def record(name: str, tried: int, violations: Any = ()) -> None:
        found = list(violations)
        where = getattr(request.node, "callspec", None)
        engine = next((e for e in ENGINES if where and e in where.id), "")
        request.node.user_properties.append(("sweep", (name, engine, tried, len(found))))
        assert tried > 0, "a sweep that tried nothing proves nothing"
        assert not found, "\n".join(map(str, found[:25]))

    return record


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps its templates, shared by all its processes."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "popen-gw" in base.name else base) / "templates"


@pytest.fixture(scope="session")
def postgresql(templates: Path) -> Iterator[PostgreSQL]:
    """A real server for the whole run."""
    try:
        server = PostgreSQL(templates)
    except Exception as error:
        if os.environ.get("CARA_NOTHING_SKIPS"):
            raise
        pytest.skip(f"NO POSTGRESQL: the server could not be started ({type(error).__name__}: {error})")
    yield server
    server.stop()


def _engine(request: pytest.FixtureRequest, kind: str, templates: Path) -> Sqlite | PostgreSQL:
    return Sqlite(templates) if kind == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, templates: Path, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own, with the whole invented country in it; the test runs on both engines."""
    with _engine(request, request.param, templates).fresh(tmp_path / "home", "world", world.fill) as made:
        yield made


@pytest.fixture(params=ENGINES)
def empty_database(request: pytest.FixtureRequest, templates: Path, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own, with nothing in it but reference data."""
    with _engine(request, request.param, templates).fresh(tmp_path / "home", "empty", None) as made:
        yield made


@pytest.fixture(params=ENGINES)
def bare_database(request: pytest.FixtureRequest, templates: Path, tmp_path: Path) -> Iterator[Database]:
    """A database of this test's own without a schema, for the test to make one of an earlier version."""
    import_models()
    with _engine(request, request.param, templates).bare(tmp_path / "home") as made:
        yield made


@pytest.fixture
def providers() -> Providers | None:
    """What the identity providers say; None: there is no network."""
    return None


@pytest.fixture
def app(database: Database, providers: Providers | None) -> Iterator[Litestar]:
    """The application on this test's database."""
    made = create_app(database.settings(), forces=world.forces(), providers=providers)
    yield made
    made.state.store.engine.dispose()


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient[Litestar]]:
    """The running application. Errors become answers, as they would for a browser."""
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as running:
        yield running


@pytest.fixture
def as_person(client: TestClient[Litestar]) -> As:
    """`as_person("kent_police.supervisor")` is that person's browser, signed in; `as_person()` nobody's."""
    return lambda key="": Browser(client, PEOPLE[key] if key else None)
