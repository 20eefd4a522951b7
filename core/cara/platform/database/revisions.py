"""Which revisions a database at this version's schema names, read from the migrations' text.

Alembic would say so too, but importing it is a quarter of what a short command takes, and only an upgrade needs it.
"""

import ast
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def newest(folders: Iterable[str]) -> frozenset[str]:
    """The revisions that no other one follows or depends on: together they stand for all."""
    scripts = [_named(file) for folder in folders for file in sorted(Path(folder).glob("*.py"))]
    known = {str(one["revision"]) for one in scripts if one.get("revision")}
    below = {name for one in scripts for key in ("down_revision", "depends_on") for name in _several(one.get(key))}
    return frozenset(known - below)


def _named(file: Path) -> Mapping[str, Any]:
    """The plain values that a migration gives its module's names."""
    found: dict[str, Any] = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        target = (
            node.targets[0]
            if isinstance(node, ast.Assign)
            else node.target
            if isinstance(node, ast.AnnAssign)
            else None
        )
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.Tuple | ast.List):
            found[target.id] = ast.literal_eval(value)
    return found


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
