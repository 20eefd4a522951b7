"""The board of deadlines and a register beside the Django peer's, with 100,000 live cases on SQLite.

    uv run --group bench python bench/board.py [--quick] [--json]

Both sides start with the same rows in databases of their own, rounds alternate, and afterwards each page that was shown must
have its entry in the ledger. Statements are counted with few cases and with many: they must not grow.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import servers
from cara import clock
from cara.operations.app import create_app
from cara.platform.bootstrap import upgrade
from cara.platform.plugins import load_forces
from cara.settings import Settings
from cases import OFFICERS, token
from course import REGISTER, country
from load import Officer, Round
from seed import fill
from sqlalchemy import create_engine, event, text

WANTED = 2.0
PAGES = {
    "board, nearest first": ("/deadlines", 0, "course.listed"),
    "board, at risk": ("/deadlines?show=risk", 0, "course.listed"),
    "register of B": (f"/cohorts/{REGISTER}/b/register", OFFICERS, "register.read"),
}
"""Words → address, the first of the sixteen people who ask for it, and what each reading leaves in the ledger."""


@dataclass(frozen=True)
class Plan:
    """How much is asked for: live cases, rounds, and requests in each round of each page."""

    live: int
    rounds: int
    fast: int
    warm: int


FULL = Plan(live=100_000, rounds=4, fast=600, warm=100)
QUICK = Plan(live=100_000, rounds=2, fast=200, warm=50)


async def read(side: Any, path: str, first: int, count: int) -> Round:
    """`count` readings of a page by sixteen people who ask as fast as they are answered."""
    people = [
        Officer(side, first + number, cookies={side.session: token(first + number)}) for number in range(OFFICERS)
    ]
    left, latencies = iter(range(count)), []

    async def ask(one: Officer) -> None:
        for _number in left:
            began = time.perf_counter()
            answer = await one.read(path)
            latencies.append(time.perf_counter() - began)
            assert answer.status == 200, f"{side.name} answered {answer.status} for {path}"
            assert answer.body.count(b"<tr") > 20 or answer.body.count(b"<select") == 10, (
                f"{side.name} showed too little"
            )

    began = time.perf_counter()
    await asyncio.gather(*(ask(one) for one in people))
    elapsed = time.perf_counter() - began
    for one in people:
        await one.close()
    return Round(elapsed, latencies)


async def measure(sides: list[servers.Server], plan: Plan) -> dict[str, dict[str, dict[str, float]]]:
    """Every page on every side, rounds interleaved."""
    found: dict[str, dict[str, list[tuple[float, float, list[float]]]]] = {name: {} for name in PAGES}
    for name, (path, first, _verb) in PAGES.items():
        for server in sides:
            await read(server.side, path, first, plan.warm)
        for _round in range(plan.rounds):
            for server in sides:
                before = server.cpu
                told = await read(server.side, path, first, plan.fast)
                found[name].setdefault(server.side.name, []).append((told.elapsed, server.cpu - before, told.latencies))
    asked = plan.rounds * plan.fast
    return {name: {side: _summary(rounds, asked) for side, rounds in kept.items()} for name, kept in found.items()}


def _summary(rounds: list[tuple[float, float, list[float]]], asked: int) -> dict[str, float]:
    latencies = sorted(one for _elapsed, _cpu, some in rounds for one in some)
    return {
        "per_second": asked / sum(elapsed for elapsed, _cpu, _some in rounds),
        "cpu_ms": sum(cpu for _elapsed, cpu, _some in rounds) / asked * 1000,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
    }


def look(server: servers.Server, plan: Plan) -> None:
    """Each page that was shown must have its entry."""
    engine = create_engine(server.database)
    with engine.connect() as connection:
        for verb in {verb for _path, _first, verb in PAGES.values()}:
            pages = sum(one == verb for _path, _first, one in PAGES.values())
            kept = connection.scalar(text("select count(*) from ledger_entry where verb = :verb"), {"verb": verb})
            assert kept == pages * (plan.warm + plan.rounds * plan.fast), (
                f"{server.side.name}: {kept} entries of {verb}"
            )
    engine.dispose()


async def counted(live: int) -> dict[str, int]:
    """Statements by page, `BEGIN` left out."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"CARA_HOME": folder})
        upgrade(settings)
        fill(settings.url, country(live, load_forces(), clock.now()))
        app = create_app(settings)
        sent: list[str] = []
        event.listen(app.state.store.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        found = {}
        async with app.lifespan():
            for name, (path, first, _verb) in PAGES.items():
                browser = httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),
                    base_url=settings.address,
                    cookies={"signed_in": token(first)},
                )
                async with browser as client:
                    await client.get(path)
                    sent.clear()
                    assert (await client.get(path)).status_code == 200, name
                    found[name] = sum(not one.startswith("BEGIN") for one in sent)
        return found


def run(plan: Plan) -> dict[str, Any]:
    """Both sides, from fresh databases to figures."""
    few, many = (asyncio.run(counted(live)) for live in (200, 2000))
    assert few == many, f"statements grow with cases: {few}, {many}"
    with ExitStack() as stack:
        database = servers.Database(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cara-board-"))))
        made = country(plan.live, load_forces(), clock.now())
        sides = [stack.enter_context(start(database, made)) for start in (servers.cara, servers.peer)]
        made.clear()
        found = asyncio.run(measure(sides, plan))
        for server in sides:
            look(server, plan)
    return {"statements": few, "pages": found}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    given = parser.parse_args()
    load_before = os.getloadavg()[0]
    result = run(QUICK if given.quick else FULL)
    result["machine"] = {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": load_before}
    if given.json:
        print(json.dumps(result, indent=2))
        return 0
    print(f"{os.cpu_count()} cores, load before {load_before:.1f}")
    print(f"{'':<30}{'req/s':>9}{'CPU ms':>9}{'p50 ms':>9}{'p99 ms':>9}")
    for name, sides in result["pages"].items():
        for side, one in sides.items():
            print(
                f"{name:<22}{side:<8}{one['per_second']:>9.0f}{one['cpu_ms']:>9.2f}{one['p50_ms']:>9.1f}{one['p99_ms']:>9.1f}"
            )
        rate = sides["cara"]["per_second"] / sides["peer"]["per_second"]
        cpu = sides["peer"]["cpu_ms"] / sides["cara"]["cpu_ms"]
        met = "met" if min(rate, cpu) >= WANTED else "missed"
        print(f"{'':<22}{'ratio':<8}{rate:>8.1f}×{cpu:>8.1f}×   wanted {WANTED}×: {met}")
    print("SQL statements a page: " + ", ".join(f"{name} {count}" for name, count in result["statements"].items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
