"""The counter of failures: bounded, shared, forgetful by the day, and never in anybody's way."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cara.web.rate_limit_counter import KINDS, SIZE, FloodCounter, opened

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
WINDOW = 600


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "flood.counts"


def count_many(path: Path, times: int) -> None:
    counter = FloodCounter(path, "secret")
    for _ in range(times):
        counter.add("link:address:192.0.2.7", NOW, WINDOW)


def test_processes_count_together(path: Path) -> None:
    running = [multiprocessing.get_context("fork").Process(target=count_many, args=(path, 500)) for _ in range(4)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    assert FloodCounter(path, "secret").count("link:address:192.0.2.7", NOW, WINDOW) == 2000


def test_it_never_grows_and_forgets_rather_than_confuse(path: Path) -> None:
    counter = FloodCounter(path, "secret")
    for _ in range(300):
        counter.add("form:address:192.0.2.1", NOW, WINDOW)
    for number in range(60_000):
        assert counter.add(f"form:browser:{number}", NOW, WINDOW) == 1  # nobody answers for somebody else's failures
    assert path.stat().st_size == SIZE
    assert counter.count("form:address:192.0.2.1", NOW, WINDOW) == 300  # what counts for little gave way
    assert path.stat().st_mode & 0o077 == 0


def test_a_window_ends_and_a_day_leaves_nothing(path: Path) -> None:
    counter = FloodCounter(path, "secret")
    assert [counter.add("x", NOW, WINDOW) for _ in range(3)] == [1, 2, 3]
    assert counter.count("x", NOW + timedelta(seconds=WINDOW), WINDOW) == 0
    counter.note_refusal("link", NOW)
    assert counter.refused(NOW) == {**dict.fromkeys(KINDS, 0), "link": 1}
    before = path.read_bytes()
    assert b"192.0.2" not in before
    assert counter.add("x", NOW + timedelta(days=1), WINDOW) == 1
    assert before[12:44] not in path.read_bytes()  # the day's key
    assert counter.refused(NOW + timedelta(days=1))["link"] == 0


def test_what_is_counted_is_not_read_from_the_file_alone(path: Path, tmp_path: Path) -> None:
    counter = FloodCounter(path, "secret")
    counter.add("form:address:192.0.2.1", NOW, WINDOW)
    copied = tmp_path / "copied"
    copied.write_bytes(path.read_bytes())
    assert FloodCounter(copied, "another secret").count("form:address:192.0.2.1", NOW, WINDOW) == 0


@pytest.mark.parametrize("content", [b"", b"x", b"x" * SIZE, b"x" * (2 * SIZE)])
def test_a_file_that_is_none_is_begun_again(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    counter = FloodCounter(path, "secret")
    assert counter.add("x", NOW, WINDOW) == 1
    assert path.stat().st_size == SIZE


def test_where_it_cannot_be_made_there_is_none(path: Path) -> None:
    path.mkdir(parents=True)
    assert opened(path, "secret") is None
