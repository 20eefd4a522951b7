"""`cara demo` and `cara serve` as processes: they start, answer, and stop when they are told to."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import SystemRandom

import httpx
import pytest

from cara.demo.organisations import ORGANISATIONS
from cara.errors import Misconfigured
from cara.operations.cli import main
from cara.operations.serve import alone
from cara.settings import Settings

WAIT = 60


def free_ports(count: int) -> int:
    """The first of so many free ports in a row; begun anywhere, so that tests side by side do not choose the same."""
    while True:
        first = SystemRandom().randrange(10_000, 32_000)
        with ExitStack() as taken, suppress(OSError):
            for port in range(first, first + count):
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
            return first


@contextmanager
def running(home: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARA_")}
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "cara.operations.cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment | {"CARA_HOME": str(home)},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def until(process: subprocess.Popen[str], word: str) -> str:
    """Read lines until one has the word."""
    read = ""
    for line in process.stdout or ():
        read += line
        if word in line:
            return read
    raise AssertionError(f"it ended without saying {word}: {(process.stderr or sys.stdin).read()}")


def test_the_demonstration_starts_answers_and_stops(tmp_path: Path) -> None:
    port = free_ports(len(ORGANISATIONS) + 1)
    with running(tmp_path, "demo", "--port", str(port), "--cases", "4") as process:
        assert "Making 4 invented cases" in (process.stdout.readline() if process.stdout else "")
        said = until(process, "Ctrl-C")
        assert f"http://127.0.0.1:{port}" in said
        page = httpx.get(f"http://127.0.0.1:{port}/")
        assert page.status_code == 200
        assert "Officer Amber Testcase" in page.text
        assert "Only 4 cases were invented here, so some lists are empty." in page.text
        document = httpx.get(f"http://127.0.0.1:{port + 1}/.well-known/openid-configuration").json()
        assert document["issuer"] == f"http://127.0.0.1:{port + 1}"
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT) == 0
        assert "Traceback" not in (process.stderr.read() if process.stderr else "")
    assert (tmp_path / "demo" / "cara.db").exists()
    assert not (tmp_path / "cara.db").exists()
    with running(tmp_path, "demo", "--port", str(port), "--cases", "5") as process:
        out, error = process.communicate(timeout=WAIT)
    assert (process.returncode, out) == (1, "")
    assert "A demonstration of 4 cases (seed 2021) is there already" in error
    assert "--fresh" in error


def test_serving_begins_empty_and_stops_when_terminated(tmp_path: Path) -> None:
    port = free_ports(1)
    with running(tmp_path, "serve", "--port", str(port)) as process:
        until(process, "Ctrl-C")
        page = httpx.get(f"http://127.0.0.1:{port}/")
        assert page.status_code == 200
        assert "server" not in page.headers
        assert "invented" not in page.text
        with running(tmp_path, "serve", "--port", str(free_ports(1))) as second:
            out, error = second.communicate(timeout=WAIT)
        assert (second.returncode, out) == (1, "")
        assert "Another process serves" in error
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT) == 0
    with sqlite3.connect(tmp_path / "cara.db") as connection:
        assert connection.execute("select count(*) from organisation").fetchone() == (0,)


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_taken_port_is_said_plainly(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with running(tmp_path, command, "--port", port) as process:
            _out, error = process.communicate(timeout=WAIT)
    assert process.returncode == 1
    assert port in error
    assert "Traceback" not in error
    assert not list(tmp_path.iterdir())


def test_practice_data_is_not_served_under_a_real_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cara.operations.cli import main

    monkeypatch.setenv("CARA_HOME", str(tmp_path))
    monkeypatch.setenv("CARA_DEMO", "1")
    monkeypatch.setenv("CARA_BASE_URL", "https://cara.example")
    assert main(["serve"]) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words", [["--port", "0"], ["--port", "70000"], ["--port", "x"], ["--cases", "0"], ["--cases", "-1"]]
)
def test_used_wrongly_it_says_so(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from cara.operations.cli import main

    assert main(["demo", *words]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_database_is_free_again_when_its_process_has_ended(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with alone(settings), pytest.raises(Misconfigured, match="Another process"), alone(settings):
        pass
    with alone(settings):
        pass
    with alone(Settings(database_url="postgresql+psycopg://nobody@127.0.0.1/nothing")):
        pass


@pytest.mark.parametrize("days", ["-1", "501", "soon"])
def test_the_practice_clock_runs_neither_behind_nor_off(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", f"--days-later={days}"]) == 2
    assert "number of days from 0 to 500" in capsys.readouterr().err
