"""The scheduler's figures: `uv run python bench/schedule.py [--json]`.

A national year, planned force by force on two processes; and Hampshire's year over ten seeds, beside first come, first
served and the cohorts that its contract buys. All people and cohorts are invented (`synthetic_year.py`). Every plan is
counted only if it was proved to be the best.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from statistics import mean
from typing import Any

from cara.features.scheduling import Plan, Problem, first_come, plan
from synthetic_year import CAPACITY, COST, HAMPSHIRE, year

FORCES = 43
SHARE = {"male": 296, "female": 100, "non_intimate": 69}
"""465 people a force: 20,000 in the country, in Hampshire's proportions."""
SEEDS = range(10)
BOUGHT = 46
"""Cohorts that Hampshire's contract buys in a year, of ten people, at £2,500."""
WITHIN = 30.0
"""Seconds for the national year on two cores that are free: held by CPU, because this machine may be busy."""

WAYS: dict[str, Callable[[Problem], Plan]] = {"planned": plan, "first come": first_come}


def national() -> dict[str, Any]:
    """43 forces, two at a time."""
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as two:
        forces = list(two.map(_force, range(FORCES)))
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": sum(force["cpu"] for force in forces),
        "slowest_cpu": max(force["cpu"] for force in forces),
        "people": sum(force["people"] for force in forces),
        "candidates": sum(force["candidates"] for force in forces),
        "cohorts": sum(force["cohorts"] for force in forces),
        "placed": sum(force["placed"] for force in forces),
        "proved": sum(force["proved"] for force in forces),
    }


def _force(seed: int) -> dict[str, Any]:
    problem = year(1000 + seed, SHARE, telephone=False)
    began = time.process_time()
    made = plan(problem)
    return {
        "cpu": time.process_time() - began, "people": len(problem.people), "candidates": len(problem.cohorts),
        "cohorts": len(made.run), "placed": len(made.places), "proved": made.optimal,
    }  # fmt: skip


def hampshire() -> Iterator[dict[str, Any]]:
    """For each seed and way of planning, what comes of it."""
    for seed in SEEDS:
        problem = year(seed, HAMPSHIRE)
        for way, do in WAYS.items():
            began = time.process_time()
            made = do(problem)
            people, cohorts = len(problem.people), len(made.run)
            proved = "–" if do is first_come else "yes" if made.optimal else "no"
            yield {
                "seed": seed, "way": way, "people": people, "cohorts": cohorts, "cost": int(made.cost),
                "filled": len(made.places) / (cohorts * CAPACITY), "in_time": len(made.places) / people,
                "repeatable": made.repeatable / people, "proved": proved, "cpu": time.process_time() - began,
            }  # fmt: skip


def told(result: dict[str, Any]) -> Iterator[str]:
    """The result to read."""
    machine, year_of_all = result["machine"], result["national"]
    yield f"{result['on']}, {machine['cores']} cores, Python {machine['python']}, load before {machine['load_before']:.1f}"
    yield ""
    yield (
        f"National year: {FORCES} forces, {year_of_all['people']:,} people, {year_of_all['candidates']:,} candidate cohorts: "
        f"{year_of_all['seconds']:.1f} s on two processes, {year_of_all['cpu_seconds']:.1f} s of CPU, the slowest force "
        f"{year_of_all['slowest_cpu']:.1f} s; {year_of_all['proved']} of {FORCES} proved; {year_of_all['placed']:,} placed in "
        f"{year_of_all['cohorts']:,} cohorts."
    )
    yield ""
    heads = ("people", "cohorts", "cost", "seats filled", "both in time", "could repeat", "proved", "CPU s")
    yield f"{'Hampshire':<18}" + "".join(f"{head:>14}" for head in heads)
    for row in result["hampshire"]:
        yield _line(f"{row['seed']:>2} {row['way']}", row)
    for way in WAYS:
        rows = [row for row in result["hampshire"] if row["way"] == way]
        names = ("people", "cohorts", "cost", "filled", "in_time", "repeatable", "cpu")
        yield _line(
            f"mean, {way}", {name: mean(row[name] for row in rows) for name in names} | {"proved": rows[0]["proved"]}
        )
    people = mean(row["people"] for row in result["hampshire"])
    yield f"{'the contract':<18}{people:>14.1f}{BOUGHT:>14}{int(BOUGHT * COST):>14,}{people / BOUGHT / CAPACITY:>14.1%}"


def _line(name: str, row: dict[str, Any]) -> str:
    return (
        f"{name:<18}{row['people']:>14.1f}{row['cohorts']:>14.1f}{row['cost']:>14,.0f}{row['filled']:>14.1%}"
        f"{row['in_time']:>14.1%}{row['repeatable']:>14.1%}{row['proved']:>14}{row['cpu']:>14.2f}"
    )


def main() -> int:
    """Measures and prints. 1 if a plan was not proved or the national year took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    as_json = parser.parse_args().json
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": os.getloadavg()[0]}
    result = {"on": date.today().isoformat(), "machine": machine}  # noqa: DTZ011 - the machine's own day
    result |= {"national": national(), "hampshire": list(hampshire())}
    print(json.dumps(result) if as_json else "\n".join(told(result)))
    proved = all(row["proved"] != "no" for row in result["hampshire"]) and result["national"]["proved"] == FORCES
    return 0 if proved and result["national"]["cpu_seconds"] <= 2 * WITHIN else 1


if __name__ == "__main__":
    sys.exit(main())
