"""A description leads to what it names, and to nothing outside its package."""

import subprocess
import sys
from pathlib import Path

import pytest

from cara.feature import Command, Feature


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feature:
    folder = tmp_path / "synthetic_room"
    (folder / "inner").mkdir(parents=True)
    for module, text in {
        "__init__": "",
        "inner/__init__": "",
        "inner/pages": "ROUTES = ('one',)",
        "models": "",
    }.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.startswith("synthetic_room")]:
        monkeypatch.delitem(sys.modules, name)
    return Feature("room", "synthetic_room", templates=("templates", "inner/templates"), models=("models",))


def test_a_reference_is_relative_to_the_package(room: Feature) -> None:
    assert room.load("inner.pages:ROUTES") == ("one",)
    for outside in ("os:sep", "cara.errors:NotFound", "inner.pages:NOTHING"):
        with pytest.raises((ImportError, AttributeError)):
            room.load(outside)


def test_templates_go_by_the_feature_or_the_sub_package(room: Feature) -> None:
    folder = room.folder
    assert room.template_folders == {"room": folder / "templates", "inner": folder / "inner" / "templates"}


def test_migrations_are_a_folder_that_may_be_there(room: Feature) -> None:
    assert room.migrations is None
    (room.folder / "migrations").mkdir()
    assert room.migrations == room.folder / "migrations"


def test_tables_are_imported_only_when_asked_for(room: Feature) -> None:
    assert "synthetic_room.models" not in sys.modules
    room.load_models()
    assert "synthetic_room.models" in sys.modules


def test_commands_have_full_names() -> None:
    (command,) = Feature(
        "room", "synthetic_room", commands=(Command("do", "do it", "inner.command", 5),)
    ).absolute_commands()
    assert command == Command("do", "do it", "synthetic_room.inner.command", 5)


def test_without_the_list_of_features_no_database_is_opened() -> None:
    code = "from cara.platform.database.schema import import_models; import_models()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert "LookupError: No feature is known. Import cara.operations.features" in done.stderr
