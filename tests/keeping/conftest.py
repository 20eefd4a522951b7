"""Commands typed at an installation in which the whole invented country works."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cara.operations.cli import main


def whole(case: Any) -> Any:
    """A synthetic case as the victims' room is handed one."""
    return SimpleNamespace(
        id=case.id, force_id=case.force, provider_id=case.open_to, reference=case.reference, risk="standard"
    )


PASSPHRASE = "synthetic words for a passphrase"
Typed = Callable[..., tuple[int, Any]]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """`at(database)`: commands find this one in their environment."""

    def go(database: Any) -> None:
        monkeypatch.setenv("CARA_HOME", str(database.home))
        monkeypatch.setenv("CARA_KEYS", str(database.home / "keys"))
        for name in (name for name in os.environ if name.startswith("CARA_") and name.endswith("_URL")):
            monkeypatch.delenv(name)
        for name, value in database.environment().items():
            monkeypatch.setenv(name, value)

    return go


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    """`typed("backup", file)` → exit code and the document that was printed."""

    def run(*words: object) -> tuple[int, Any]:
        code = main([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    """The file of a passphrase."""
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE)
    return file
