"""What a machine can find of a page that somebody cannot use."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NARROW = 320
"""What is left of a screen of 1280 at 400 %."""
OPEN = "document.querySelectorAll('details:not([open])').forEach(one => { one.open = one.dataset.looked = true })"
CLOSE = "document.querySelectorAll('[data-looked]').forEach(one => { one.open = false; delete one.dataset.looked })"
"""What is folded is looked at too, and folded again: an open menu covers what somebody wants to press next."""
FAULTS_ALONE = {"resultTypes": ["violations"]}
"""Every rule is run; of what holds, one example is told, not each element: that is half of the time a page takes."""
PICTURES = os.environ.get("CARA_PICTURES", "")
"""A folder into which pictures of the pages go, to be looked at."""


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page as it stands, for axe and at 400 %."""
    where = re.sub(r"^https?://[^/]+", "", page.url)
    page.wait_for_load_state()
    page.evaluate(OPEN)
    found = Axe().run(page, options=FAULTS_ALONE).response
    assert found["passes"], "axe did not look at anything"
    for violation in found["violations"]:
        for node in violation["nodes"]:
            # govuk-frontend puts aria-expanded on radios that reveal a question, on purpose and tried with screen readers
            if not (violation["id"] == "aria-allowed-attr" and "govuk-radios__input" in node["html"]):
                yield f"{where}: {violation['id']}: {node['html'][:160]}"
    if page.locator("h1").count() != 1:
        yield f"{where}: {page.locator('h1').count()} main headings"
    before = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 640})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW:
        yield f"{where}: {width} px wide on a screen of {NARROW}"
    if before:
        page.set_viewport_size(before)
    page.evaluate(CLOSE)


def picture(page: Page, name: str) -> None:
    """The page on a telephone and on a desk, where pictures are wanted."""
    if not PICTURES:
        return
    before = page.viewport_size
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
    if before:
        page.set_viewport_size(before)
