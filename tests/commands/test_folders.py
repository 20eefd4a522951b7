"""What is kept is read through the platform or not at all: no folder, and no database, begins open to others."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cara.operations.serve import alone
from cara.platform.bootstrap import open_store
from cara.platform.crypto.private_files import private
from cara.platform.database.engine import Store, open_engine
from cara.settings import Settings
from sqlalchemy import text

OTHERS = 0o077


@pytest.fixture(autouse=True)
def _usual_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(top: Path) -> list[str]:
    return [str(one.relative_to(top)) for one in top.rglob("*") if one.stat().st_mode & OTHERS]


def test_upper_folders_are_nobody_elses_either(tmp_path: Path) -> None:
    private(tmp_path / "one" / "two" / "three")
    with alone(Settings(home=tmp_path / "four" / "five")):
        assert open_to_others(tmp_path) == []


def test_a_database_begins_as_nobody_elses_though_its_home_is_open(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    with store.engine.begin():
        assert {one.name for one in tmp_path.glob("cara.db*")} >= {"cara.db", "cara.db-wal"}
        assert open_to_others(tmp_path) == []
    store.engine.dispose()


def test_what_is_there_already_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "cara.db").touch(mode=0o640)
    open_store(Settings(home=tmp_path)).engine.dispose()
    assert (tmp_path / "cara.db").stat().st_mode & 0o777 == 0o640


def test_the_file_of_a_database_is_never_opened_beside_its_connections(tmp_path: Path) -> None:
    """The lock of a connection that writes stands while others come and go in the same process."""
    store = open_store(Settings(home=tmp_path))
    with store.engine.begin():
        for _ in range(3):
            with Store(open_engine(Settings(home=tmp_path).url)).engine.connect() as another:
                another.execution_options(cara_use="reading").execute(text("select count(*) from organisation"))
            asked = subprocess.run(
                [sys.executable, "-c", _WRITES, str(tmp_path / "cara.db")], capture_output=True, text=True, check=False
            )
            assert "locked" in asked.stderr
    store.engine.dispose()


_WRITES = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('begin immediate')"
