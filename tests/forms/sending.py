"""A form sent as a browser sends it, and what came of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape

import httpx
from synthetic import markup
from synthetic.browser import Browser

from forms import declared
from forms.filling import Filling
from forms.walking import Found

Rows = Mapping[str, frozenset[str]]
KEPT_OF_ANY = frozenset(
    {"ledger_entry", "ledger_seal", "sent_form", "browser_session", "sign_in_attempt", "kept_typing"}
)
"""Tables that change whatever a form does: a change there alone is nothing saved."""
FURTHEST = 4


@dataclass(slots=True)
class Outcome:
    """What came of one sending."""

    found: Found
    filling: Filling
    status: int
    wrong: list[str] = field(default_factory=list)
    landed: str = ""
    page: str = ""
    said: str = ""

    @property
    def choice(self) -> tuple[str, str]:
        """What was chosen in it."""
        return self.found.route.path, self.filling.choice

    def __str__(self) -> str:
        return f"{self.found}, {self.filling.choice}: {'; '.join(self.wrong) or self.status}"

    @property
    def refused(self) -> bool:
        """Whether the form was not taken."""
        return self.status in (403, 404, 409, 422)


def send(browser: Browser, found: Found, filling: Filling) -> httpx.Response:
    """Send it by its own method, in its own encoding."""
    if found.form.method == "get":
        return browser.get(str(httpx.URL(found.form.action, params=filling.fields)))
    if found.form.kind != "multipart/form-data":
        return browser.send(found.form.action, filling.fields)
    made = httpx.Request(
        "POST", "http://127.0.0.1:8000/", data=filling.fields, files={"file": ("export.csv", filling.file, "text/csv")}
    )
    return browser.send_raw(found.form.action, made.headers["content-type"], made.read())


def come_of(
    browser: Browser, found: Found, filling: Filling, before: Rows, now: Callable[[], Rows], sealed: Sequence[str]
) -> Outcome:
    """Send a form, follow where it leads, and look for what it says it saved. `sealed` is what was encrypted meanwhile."""
    answer = send(browser, found, filling)
    outcome = Outcome(found, filling, answer.status_code)
    if answer.status_code >= 500 or answer.status_code not in (200, 201, 303, 403, 404, 409, 422):
        outcome.wrong.append(f"answered {answer.status_code}")
    pages = [answer]
    if answer.status_code == 303:
        pages.append(_follow(browser, answer, outcome))
    outcome.page, outcome.said = pages[-1].text, _summary(pages[-1].text)
    if "html" in pages[-1].headers.get("content-type", ""):
        outcome.wrong += _lost_links(outcome.page)
    silent = found.route.path in declared.NOTHING_SAVED
    if found.form.method == "post" and answer.status_code == 303 and not outcome.wrong and not silent:
        outcome.wrong += _not_saved(browser, found, filling, pages[-1], before, now(), sealed)
    return outcome


def _follow(browser: Browser, answer: httpx.Response, outcome: Outcome) -> httpx.Response:
    for _step in range(FURTHEST):
        if answer.status_code != 303:
            break
        outcome.landed = answer.headers["location"]
        if not outcome.landed.startswith("/"):  # another organisation's sign-in service
            return answer
        answer = browser.get(outcome.landed)
    if answer.status_code != 200:
        outcome.wrong.append(f"led to {outcome.landed}, which answered {answer.status_code}")
    return answer


def _summary(html: str) -> str:
    boxes = [one for one in markup.read(html).walk() if "govuk-error-summary" in one.get("class").split()]
    return " ".join(" ".join(box.text.split()) for box in boxes)


def _lost_links(html: str) -> Iterator[str]:
    page = markup.read(html)
    ids = {one.get("id") for one in page.walk() if "id" in one.attributes}
    for link in markup.summary_links(page):
        if link.startswith("#") and link[1:] not in ids:
            yield f"the error summary leads to {link}, which is not on the page"


def _not_saved(
    browser: Browser,
    found: Found,
    filling: Filling,
    landed: httpx.Response,
    before: Rows,
    after: Rows,
    sealed: Sequence[str],
) -> Iterator[str]:
    tables = before.keys() - KEPT_OF_ANY
    new = {row for table in tables for row in after[table] - before[table]}
    gone = {row for table in tables for row in before[table] - after[table]}
    if not new and not gone:
        yield f"led to {landed.url.path}, and no row is there"
        return
    places = [*new, *sealed, _plain(landed.text)]
    lost = [name for name, text in filling.marks.items() if not any(_there(text, place) for place in places)]
    if lost:
        again = _plain(browser.get(found.page.path).text)
        lost = [name for name in lost if not _there(filling.marks[name], again)]
    for name in lost:
        if (found.route.path, name) not in declared.NOT_KEPT:
            yield f"{name} was typed, and is neither on the page nor in a row"


def _plain(html: str) -> str:
    return " ".join(unescape(html).split())


def _there(text: str, place: str) -> bool:
    return " ".join(text.split()).lower() in place.lower()
