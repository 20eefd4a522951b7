"""The parts of the documents that are made from the code: between `<!-- made: NAME -->` and `<!-- end -->`.

A test compares them. After a change of policy, settings or the like, write them anew:

    uv run python tests/documents/generated.py
"""

import ast
import itertools
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from cara import settings
from cara.features.accounts.explain_access import lines
from cara.features.eligibility.rules import PACK
from cara.features.messages.message_types import CHANNELS, FAILURES, KINDS
from cara.features.onward_services import states as onward_states
from cara.features.referrals.csv_import.columns import COLUMNS, REQUIRED
from cara.features.referrals.states import IN_COURSE, LABELS, TRANSITIONS
from cara.operations.cli import COMMANDS
from cara.platform.access.roles import CAPACITIES

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def policy() -> str:
    """The access policy, a table for each capacity; rows that differ in role alone are one line."""
    parts = []
    for capacity, name in CAPACITIES.items():
        rows = [(", ".join(one.roles), one.resource, ", ".join(one.actions), one.reach) for one in lines(capacity)]
        parts.append(f"\n### {name}\n\n" + table(("Role", "Of what", "May", "As far as"), rows))
    return "".join(parts) + "\n"


def settings_table() -> str:
    """Every setting with its environment variable, default and meaning."""
    told = _docstrings(Path(settings.__file__))
    rows = [
        (f"`CARA_{one.name.upper()}`", f"`{one.default}`" if str(one.default) else "empty", told[one.name])
        for one in fields(settings.Settings)
    ]
    return table(("Variable", "Default", "Meaning"), rows)


def _docstrings(source: Path) -> Mapping[str, str]:
    """The text beneath each field of the settings."""
    tree = ast.parse(source.read_text("utf-8"))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


def transitions() -> str:
    """Who may move a referral from which state to which."""
    rows = [
        (str(one.label), str(CAPACITIES[one.capacity]), ", ".join(str(LABELS[s]) for s in one.sources), str(LABELS[one.to]))
        for one in TRANSITIONS if one.resource == "referral"
    ]  # fmt: skip
    return table(("What is done", "By", "From", "To"), rows)


def course() -> str:
    """The states of the course, and what leads from one to another, as a diagram. What leaves a state as it is, and
    corrections, which lead wherever the register then says, are left out."""
    arrows = [
        f"    {source} --> {one.to}: {one.label}"
        for one in TRANSITIONS if one.resource != "referral" and one.action not in ("correct", "close")
        for source in one.sources if source != one.to
    ]  # fmt: skip
    names = [f"    {state}: {LABELS[state]}" for state in (*IN_COURSE, "completed", "breached", "closed")]
    over = [f"    {source} --> closed: Close the case" for source in IN_COURSE]
    return "\n".join(["```mermaid", "stateDiagram-v2", *names, "    [*] --> accepted", *arrows, *over, "```", ""])


def onward() -> str:
    """Who may move an onward referral from which state to which."""
    sides = {"service": "the service, by its link", "provider": "provider"}
    rows = [
        (
            str(one.label),
            sides[one.side],
            ", ".join(str(onward_states.LABELS[s]) for s in one.sources),
            str(onward_states.LABELS[one.to]),
        )
        for one in onward_states.TRANSITIONS
    ]
    return table(("What is done", "By", "From", "To"), rows)


def course_steps() -> str:
    """Who may do what in the course, and from where."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in TRANSITIONS:
        if one.resource != "referral":
            ends = f" → {LABELS[one.to]}" if one.action != "correct" else ""
            told = [f"{LABELS[source]}{ends if source != one.to else ''}" for source in one.sources]
            found.setdefault((str(one.label), str(CAPACITIES[one.capacity])), {}).update(dict.fromkeys(told))
    rows = [(label, by, "; ".join(told)) for (label, by), told in found.items()]
    return table(("What is done", "By", "From, and to what"), rows)


def floors() -> str:
    """Return the floors of the code as a diagram, made from the contracts that `lint-imports` checks; a line leads to what lies below."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = {
        one["containers"][0]: one["layers"] for one in contracts if one["type"] == "layers" and "containers" in one
    }
    lines = ["```mermaid", "flowchart TD"]
    for container, rows in layers.items():
        there = {path.stem for path in (ROOT / "core" / container.replace(".", "/")).iterdir()}
        named = [
            [name for name in re.split(r"[ |:()]+", row) if name in there and not name.startswith("test_")]
            for row in rows
        ]
        nodes = [(f"{container}.{names[0]}".replace(".", "_"), " · ".join(names)) for names in named if names]
        lines += [f'    subgraph {container.replace(".", "_")}_["{container}"]']
        lines += [f'        {node}["{label}"]' for node, label in nodes]
        lines += [f"        {above} --> {below}" for (above, _), (below, _) in itertools.pairwise(nodes)]
        lines += ["    end"]
    return "\n".join([*lines, "```", ""])


def rules() -> str:
    """The national rules."""
    rows = [(rule.id, rule.title, rule.effect, rule.source) for rule in sorted(PACK, key=lambda one: one.id)]
    return table(("Rule", "Asks", "Effect", "Source"), rows)


def columns() -> str:
    """The columns of an import."""
    return table(("Column", "Needed"), [(f"`{name}`", "yes" if name in REQUIRED else "") for name in COLUMNS])


def commands() -> str:
    """The commands and what each is for."""
    return table(("Command", "What it does"), [(f"`cara {one.name}`", one.help) for one in COMMANDS])


def kinds() -> str:
    """The kinds of messages: to whom, on which ways, with which facts."""
    rows = [
        (f"`{one.name}`", one.title, "person on the course" if one.audience == "offender" else one.audience,
         "; ".join(", else ".join(str(CHANNELS[way]).lower() for way in group) for group in one.ways),
         ", ".join(f"`{fact}`" for fact in sorted(one.facts)) or "none")
        for one in KINDS.values()
    ]  # fmt: skip
    return table(("Kind", "What it is", "To", "Ways", "Facts"), rows)


def failures() -> str:
    """Why a message did not go, and what to do."""
    return table(("Code", "What to do"), [(f"`{code}`", text) for code, text in FAILURES.items()])


def sweeps() -> str:
    """The tests that cross rooms, in the words of their own first lines."""
    found = [*(ROOT / "tests").glob("*/test_*.py")]
    rows = []
    for one in sorted(found):
        told = ast.get_docstring(ast.parse(one.read_text("utf-8"))) or ""
        if one.parent.name != "documents":
            rows.append((f"`{one.relative_to(ROOT)}`", " ".join(told.partition("\n\n")[0].split())))
    return table(("Test", "What it tries"), rows)


MAKERS: Mapping[str, Callable[[], str]] = {
    "policy": policy,
    "settings": settings_table,
    "transitions": transitions,
    "course": course,
    "course_steps": course_steps,
    "floors": floors,
    "onward": onward,
    "rules": rules,
    "columns": columns,
    "commands": commands,
    "sweeps": sweeps,
    "kinds": kinds,
    "failures": failures,
}


def renewed(text: str) -> str:
    """A document with its made parts as the code has them now."""
    return _MADE.sub(lambda found: found[1] + MAKERS[found[2]]() + found[3], text)


def main() -> int:
    """Write every document anew; say which changed."""
    for document in DOCUMENTS:
        before = document.read_text("utf-8")
        after = renewed(before)
        if after != before:
            document.write_text(after, "utf-8")
            sys.stdout.write(f"{document.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
