"""A real browser, and the demonstration running for it in a process of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import SystemRandom
from threading import Timer

import pytest
from playwright.sync_api import Browser, Playwright

from browser.journey import Visitor

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = ("gpu", "background-networking", "component-update", "sync")
ARGUMENTS = ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
ORGANISATIONS = 8
"""How many ports practice sign-in takes after the pages' own."""
CASES = "200"
"""So many that each force has a case between its workshops that nothing holds."""
PATIENCE = 240
"""Seconds until a demonstration that has not started is given up."""

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The browser of this machine."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        refuse = pytest.fail if os.environ.get("CARA_NOTHING_SKIPS") else pytest.skip
        refuse(f"NO BROWSER: none of {', '.join(NAMES)} is installed")
    driver: Playwright = request.getfixturevalue("playwright")
    browser = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
    yield browser
    browser.close()


@contextmanager
def demonstration(home: Path, port: int, *more: str, **environment: str) -> Iterator[str]:
    """A demonstration with some cases, started as anybody starts it; yields its address."""
    command = [
        sys.executable,
        "-c",
        "from cara.operations.cli import main; raise SystemExit(main())",
        "demo",
        "--cases",
        CASES,
    ]
    with (home / "errors").open("w+") as errors:
        running = subprocess.Popen(
            [*command, "--port", str(port), *more], stdout=subprocess.PIPE, stderr=errors, text=True,
            env={**os.environ, "CARA_HOME": str(home), **environment},
        )  # fmt: skip
        with running:
            assert running.stdout
            giving_up = Timer(PATIENCE, running.kill)
            giving_up.start()
            said = next((line for line in running.stdout if line.strip().startswith("Open ")), "")
            giving_up.cancel()
            errors.seek(0)
            assert said, f"the demonstration did not start: {errors.read()}"
            try:
                yield said.split()[-1]
            finally:  # or whoever waits for it waits for ever
                running.send_signal(signal.SIGTERM)
                running.communicate(timeout=30)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demonstration that all journeys share; each makes its own case."""
    with demonstration(tmp_path_factory.mktemp("demo"), free_ports()) as address:
        yield address


@pytest.fixture(scope="session")
def looked_at() -> Counter[str]:
    """How often each page was looked at in this run, by the shape of its address or by its last word."""
    return Counter()


@pytest.fixture
def visit(chromium: Browser, demo: str) -> Iterator[Visit]:
    """`visit("Officer Amber Testcase")` is that person's browser, signed in; `visit()` nobody's."""
    with browsers(chromium, demo) as opened:
        yield opened


@contextmanager
def browsers(chromium: Browser, address: str) -> Iterator[Visit]:
    """Browsers at an address, all closed in the end."""
    with ExitStack() as contexts:

        def open_browser(name: str = "", *, width: int = 1280, javascript: bool = True) -> Visitor:
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, java_script_enabled=javascript, base_url=address
            )
            contexts.callback(context.close)
            context.set_default_timeout(20_000)
            visitor = Visitor(context.new_page())
            if name:
                visitor.sign_in(name)
            return visitor

        yield open_browser


def free_ports(number: int = ORGANISATIONS + 1) -> int:
    """The first of so many free ports in a row; begun anywhere, so that tests side by side do not choose the same."""
    while True:
        first = SystemRandom().randrange(10_000, 32_000)
        with ExitStack() as sockets, suppress(OSError):
            for port in range(first, first + number):
                sockets.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
