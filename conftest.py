"""What holds for every test, wherever it stands."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import cara.operations.features  # noqa: F401 - without it no table is known, and the walls stand around what is known
import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "tests"))
pytest_plugins = ["silence.plugin"]

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a place for folders with random names, as the temporary folder is
ENOUGH = 2 * 1024**3
"""Bytes that the databases of a whole run never come to, as those of a test that passed are deleted with it."""

# Each test writes to a database of its own, and SQLite waits for the disk at each commit. Memory spares a slow disk's wait.
if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ENOUGH:
    os.environ["TMPDIR"] = str(IN_MEMORY)
    tempfile.tempdir = None

# Speed is measured in bench/, never asserted on the clock here: a busy machine must not fail an example.
settings.register_profile("cara", deadline=None)
settings.load_profile("cara")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last and in one process: Playwright leaves its event loop running there, beside which no other
    test could run one of its own."""
    for item in items:
        if item.get_closest_marker("browser") and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("browser"))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
