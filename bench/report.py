"""Figures as tables, and held against what they should be."""

from collections.abc import Mapping
from typing import Any

TARGETS: Mapping[tuple[str, str], float] = {
    ("sqlite", "create"): 3.0,
    ("sqlite", "list"): 2.2,
    ("postgresql", "create"): 2.0,
    ("postgresql", "list"): 2.0,
}
"""How many times better than the peer CARA should be, in rate and in CPU a request."""
P99_MS = 25.0
WORDS = {"create": "referral created", "list": "list of 25 cases"}


def ratios(engines: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    """By engine and kind of work: the peer's figures over CARA's, more being better for CARA."""
    return {
        engine: {
            kind: {
                "rate": sides["cara"][kind]["per_second"] / sides["peer"][kind]["per_second"],
                "cpu": sides["peer"][kind]["cpu_ms"] / sides["cara"][kind]["cpu_ms"],
            }
            for kind in WORDS
        }
        for engine, sides in engines.items()
    }


def tables(result: Mapping[str, Any]) -> str:
    """The whole result to read."""
    machine = result["machine"]
    lines = [
        f"{result['on']}, {machine['cores']} cores, Python {machine['python']}, load before {machine['load_before']:.1f}",
        "",
    ]
    for engine, sides in result["engines"].items():
        lines.append(f"{engine:<28}{'req/s':>9}{'CPU ms':>9}{'p50 ms':>9}{'p99 ms':>9}")
        for kind, words in WORDS.items():
            for side, kinds in sides.items():
                one = kinds[kind]
                lines.append(
                    f"  {words:<18}{side:<8}{one['per_second']:>9.0f}{one['cpu_ms']:>9.2f}{one['p50_ms']:>9.1f}{one['p99_ms']:>9.1f}"
                )
            found, wanted = result["ratios"][engine][kind], TARGETS[engine, kind]
            met = "met" if min(found.values()) >= wanted else "missed"
            slow = "" if sides["cara"][kind]["p99_ms"] <= P99_MS else f"; p99 above {P99_MS:.0f} ms"
            lines.append(
                f"  {'':<18}{'ratio':<8}{found['rate']:>8.1f}×{found['cpu']:>8.1f}×   wanted {wanted}×: {met}{slow}"
            )
        lines.append("")
    lines.append("SQL statements a page (fewer cases, more cases): " + ", ".join(
        f"{name} {few}, {many}" for name, (few, many) in result["statements"].items()
    ))  # fmt: skip
    return "\n".join(lines)
