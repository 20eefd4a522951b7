"""What holds for every test, wherever it stands."""

import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "tests"))
pytest_plugins = ["silence.plugin"]

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
