"""Watches every test of the suite for words of victims that leave their room, and fails the one in which it finds any.

Under pytest-xdist each worker watches its own tests, and the controller adds up what they looked at.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from silence import taps
from silence.children import FOLDER, told_by_children
from silence.scanner import MOST, WATCH, current

TOTALS = pytest.StashKey[Counter[str]]()
LEAKS = pytest.StashKey[list[str]]()
_WORST = 20


class Leak(AssertionError):
    """Something of a victim stood where it must never stand."""


def pytest_configure(config: pytest.Config) -> None:
    """Tap this process, and have those tapped that it starts."""
    config.stash[TOTALS], config.stash[LEAKS] = Counter(), []
    taps.install()
    taps.raised(pytest)
    if "PYTEST_XDIST_WORKER" not in os.environ:
        FOLDER.prepare()


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        FOLDER.remove()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """From here on what is found is this test's."""
    current().test = item.nodeid
    known = sys.modules.get("synthetic.canaries")
    if known is not None and not getattr(WATCH, "knows_the_country", False):
        import synthetic.victims  # noqa: F401 - it plants them

        for mark, origin in known._KNOWN.items():
            if origin.owner.startswith("victim:"):
                WATCH.plant(mark, origin.owner.partition(":")[2], f"{origin.table}.{origin.column}")
        WATCH.knows_the_country = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Look through what the test leaves: files and their names, databases, what it printed. Then fail it for what was found."""
    scanner = current()
    began = time.thread_time()
    try:
        if item.get_closest_marker("plants_leaks") is None:
            _files(item)
            _database(item)
    finally:
        scanner.spent += time.thread_time() - began
    yield
    for _when, what, text in item._report_sections:
        if what in ("stdout", "stderr"):
            scanner.look("output", text)
    found, scanner.hits[:] = list(scanner.hits), []
    if found:
        lines = sorted({str(hit) for hit in found})
        item.config.stash[LEAKS] += lines
        raise Leak("\n".join(["something of a victim left their room:", *lines[:_WORST]]))


def _files(item: pytest.Item) -> None:
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    if folder is not None and len(WATCH):
        files(folder)


def files(folder: Path) -> None:
    """Look through every file of a folder, where homes, backups and downloads are, and its name. Keys are no text."""
    scanner = current()
    for path in sorted(folder.rglob("*")):
        scanner.look("file-name", path.name)
        if path.is_file() and not path.is_symlink() and path.suffix != ".key" and path.stat().st_size < MOST:
            scanner.look("file", path.read_bytes(), path.suffix)


def _database(item: pytest.Item) -> None:
    given = getattr(item, "funcargs", {})
    held = given.get("database") or given.get("empty_database")
    if getattr(held, "kind", "") == "postgresql" and len(WATCH):
        database(held)


def database(held: Any) -> None:
    """Look through all that a server's database holds, ledger and outbox included, in one question. SQLite's is a file."""
    from sqlalchemy import text

    with held.admin().connect() as connection:
        tables = connection.execute(
            text("select relname from pg_class where relkind = 'r' and relowner > 16383")
        ).scalars()
        every = " union all ".join(f"select string_agg(t::text, chr(10)) from {name} t" for name in tables)
        connection.execute(text("set bytea_output = 'escape'"))  # or what should have been sealed would read as numbers
        dump = connection.execute(text(every)).scalars().all()
    current().look("database", "\n".join(filter(None, dump)))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over its counts; whoever has no workers, or is their controller, reads those of other processes too."""
    scanner, config = current(), session.config
    config.stash[LEAKS] += [str(hit) for hit in scanner.hits]
    mine = scanner.counts + Counter({"texts watched": len(WATCH), "milliseconds": int(scanner.spent * 1000)})
    config.stash[TOTALS] += mine
    if hasattr(config, "workeroutput"):
        config.workeroutput["silence"] = json.dumps([mine, config.stash[LEAKS]])
        return
    counts, leaks = told_by_children()
    config.stash[TOTALS] += counts
    config.stash[LEAKS] += leaks
    if config.stash[LEAKS]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up what a worker looked at."""
    counts, leaks = json.loads(getattr(node, "workeroutput", {}).get("silence", "[{}, []]"))
    node.config.stash[TOTALS] += Counter(counts)
    node.config.stash[LEAKS] += leaks


def lines(config: pytest.Config) -> Iterator[tuple[str, int, int]]:
    """What the table of sweeps says: each kind of thing, how many were looked through, how many held something."""
    leaks = Counter(leak.split()[0].rstrip(":") for leak in config.stash[LEAKS])
    for kind, number in sorted(config.stash[TOTALS].items()):
        if kind != "milliseconds":
            yield f"silence: {kind}", number, leaks[kind]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The leaks, and what looking for them cost."""
    config = terminalreporter.config
    spent = config.stash[TOTALS]["milliseconds"] / 1000
    if config.stash[TOTALS]:
        terminalreporter.section("silence of the victims' room")
        terminalreporter.line(
            f"{spent:.1f} s of all processes' time went into looking; {len(config.stash[LEAKS])} leaks"
        )
        for leak in config.stash[LEAKS][:_WORST]:
            terminalreporter.line(f"LEAK {leak}", red=True)
