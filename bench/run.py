"""CARA beside a Django peer that does the same work, in one run: `uv run --group bench python bench/run.py [--quick] [--json]`.

Both sides start with the same rows in databases of their own; rounds alternate, so that a busy machine slows both. After
the rounds the databases are looked into: whatever was answered must be there, with its entries in the ledger.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import load
import report
import servers
import statements
from cara import clock
from cara.platform.plugins import load_forces
from cases import Rows, Size, drafts, rows
from load import OFFICERS, THINK, Round
from sqlalchemy import create_engine, text


@dataclass(frozen=True)
class Plan:
    """How much is asked: rounds, and requests in each, as fast as possible and paced."""

    rounds: int
    fast: int
    paced: int
    warm: int
    referrals: int

    @property
    def drafts(self) -> int:
        """Ready drafts that the rounds use up."""
        return self.warm + self.rounds * (self.fast + self.paced)


FULL = Plan(rounds=5, fast=1000, paced=1000, warm=200, referrals=2000)
QUICK = Plan(rounds=2, fast=300, paced=300, warm=60, referrals=500)
WORK = ("create", "list")


@dataclass
class Measured:
    """All rounds of one kind of work on one side."""

    seconds: float = 0.0
    requests: int = 0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Rate, CPU milliseconds a request, and paced latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return {
            "per_second": self.requests / self.seconds,
            "cpu_ms": self.cpu / self.requests * 1000,
            "p50_ms": ordered[len(ordered) // 2] * 1000,
            "p99_ms": ordered[int(len(ordered) * 0.99)] * 1000,
        }


async def measure(sides: list[servers.Server], plan: Plan) -> dict[str, dict[str, dict[str, float]]]:
    """Every kind of work on every side, its rounds interleaved."""
    found = {server.side.name: {kind: Measured() for kind in WORK} for server in sides}
    ready = {server.side.name: drafts(0, plan.drafts) for server in sides}
    for server in sides:
        for kind in WORK:
            await load.run(server.side, _tasks(kind, ready[server.side.name]), plan.warm)
    for number in range(plan.rounds):
        for kind in WORK:
            for server in sides:
                tasks, kept = _tasks(kind, ready[server.side.name]), found[server.side.name][kind]
                before = server.cpu
                fast: Round = await load.run(server.side, tasks, plan.fast)
                kept.cpu += server.cpu - before
                kept.seconds += fast.elapsed
                kept.requests += plan.fast
                kept.latencies += (await load.run(server.side, tasks, plan.paced, think=THINK, seed=number)).latencies
                _progress(f"round {number + 1} of {plan.rounds}: {server.side.name}, {kind}")
    for server in sides:
        _look(server, plan)
    _progress("")
    return {side: {kind: one.summary() for kind, one in kinds.items()} for side, kinds in found.items()}


def _tasks(kind: str, ready: Iterator[str]) -> Iterator[str | None]:
    return ready if kind == "create" else repeat(None)


def _look(server: servers.Server, plan: Plan) -> None:
    """What was answered must be in the database: each referral with its parts, each reading with its entry."""
    engine = create_engine(server.database)
    with engine.connect() as connection:

        def count(what: str) -> int:
            return int(connection.scalar(text(f"select count(*) from {what}")) or 0)

        made = plan.drafts
        assert count("referral") == count("offender") == count("eligibility_decision") == made + 4 * plan.referrals
        assert count("local_answer") == 2 * made
        assert count("idempotency_key") == made
        assert count("ledger_entry where verb = 'referral.referred'") == made
        opened = 2 * OFFICERS * (1 + 2 * plan.rounds)  # each officer opens the list once before each load
        assert count("ledger_entry where verb = 'referral.listed'") == made + opened
    engine.dispose()


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def run(plan: Plan, engine: str, made: Rows) -> dict[str, Any]:
    """Both sides on one engine, from fresh databases to figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cara-bench-")))
        sockets = stack.enter_context(servers.postgresql(folder / "pg")) if engine == "postgresql" else ""
        database = servers.Database(folder, sockets)
        sides = [stack.enter_context(start(database, made)) for start in (servers.cara, servers.peer)]
        return asyncio.run(measure(sides, plan))


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows, for a look")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="one engine only")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    given = parser.parse_args()
    plan = QUICK if given.quick else FULL
    made = rows(Size(plan.referrals, plan.drafts), load_forces(), clock.now())
    engines = [given.engine] if given.engine else ["sqlite", "postgresql"]
    result: dict[str, Any] = {
        "on": clock.today().isoformat(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": os.getloadavg()[0]},
        "plan": plan.__dict__,
        "statements": statements.counted(),
        "engines": {engine: run(plan, engine, made) for engine in engines},
    }
    result["ratios"] = report.ratios(result["engines"])
    print(json.dumps(result, indent=2) if given.json else report.tables(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
