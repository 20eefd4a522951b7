"""A force whose plugin broke overnight: its people read on, are told what is refused, and nobody else notices."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.access import faults
from browser.conftest import Visit, browsers, demonstration, free_ports
from browser.journey import Referral, refer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
UNAVAILABLE = 503


@pytest.fixture
def morning_after(chromium: Browser, tmp_path: Path) -> Iterator[Visit]:
    """The demonstration, started once as it should be, then again with a plugin of Hampshire's that cannot be imported."""
    home, port, broken = tmp_path / "home", free_ports(), tmp_path / "broken" / "cara_hampshire"
    home.mkdir()
    broken.mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "plugin.py").write_text("raise RuntimeError")
    with demonstration(home, port):
        pass
    with demonstration(home, port, PYTHONPATH=str(broken.parent)) as address, browsers(chromium, address) as opened:
        yield opened


def test_its_people_read_and_fill_in_but_cannot_refer_and_others_can(
    morning_after: Visit, record_count: Callable[..., None]
) -> None:
    found: list[str] = []
    officer = morning_after("Officer Amber Testcase")
    officer.sees("What needs me").follow("Cases").page.locator(".cara-worklist__link").first.click()
    officer.reads("This force is suspended")
    found += faults(officer.page)
    officer.follow("Drafts").page.locator(".cara-worklist__link").first.click()
    officer.reads("You can go on filling in this draft")
    found += faults(officer.page)
    assert officer.open(officer.page.url + "/check") == UNAVAILABLE
    officer.reads("Nothing that was saved is lost, and the other forces are not affected.")
    found += faults(officer.page)
    officer.open("/forces")
    officer.reads("Suspended")
    found += faults(officer.page)
    elsewhere = morning_after("Officer Dylan Testcase")
    refer(elsewhere, Referral())
    elsewhere.press("Refer to CARA").reads("The referral has been made.")
    record_count("pages of a suspended force for axe and 400 %", 4, found)
