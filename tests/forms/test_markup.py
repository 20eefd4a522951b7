"""The HTML of every page, and of what forms say when nothing was filled in: ids, labels, and what html-validate knows."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from synthetic import markup
from synthetic.npm import fetched, node

from forms.conftest import lot_of, undone
from forms.filling import nothing
from forms.sending import send
from forms.walking import As, Page, Routes, forms_on, role_of, walk

HERE = Path(__file__).parent / "html_validate"
AT_ONCE = 100
"""So many pages are given to the checker at a time."""


def pages(app: Any, as_person: As, full: bool, lot: int) -> Iterator[Page]:
    """A page of every route for whoever opens it, and what its forms say to somebody who filled in nothing."""
    routes = Routes(app)
    with undone():
        opened = list(walk(routes, as_person, full, lot))
        yield from opened
        sent: set[tuple[str, str]] = set()
        for found in forms_on(opened, routes):
            key = (found.route.path, role_of(found.page.who) if full else "")
            if key in sent or found.route.path in ("/sign-out", "/leave"):
                continue
            sent.add(key)
            browser, filling = as_person(found.page.who), nothing(found.form)
            filling.fields["_csrf_token"] = [browser.token()]
            answer = send(browser, found, filling)
            if answer.headers.get("content-type", "").startswith("text/html"):
                yield Page(found.route, found.page.who, found.page.path, answer.status_code, answer.text)
        app.state.planner.wait()  # a form may have asked for a plan, which is made beside the pages


def test_ids_are_there_once_and_labels_lead_to_their_fields(app, as_person, database, record_count, full):
    made = list(pages(app, as_person, full, lot_of(database)))
    wrong = [(str(one.route), one.who, fault) for one in made for fault in markup.faults_of_ids(one.root)]
    errors = sum(one.status >= 400 for one in made)
    record_count("pages whose ids and labels were followed", len(made), wrong)
    record_count("of them, pages that say what is wrong", errors)


@pytest.mark.npm
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_html_validate_finds_nothing(app, as_person, database, record_count, full, tmp_path):
    checker, read = fetched(HERE, "html-validate"), 0
    wrong: list[tuple[str, ...]] = []
    # What the pages show, names and words of victims, is on the disk for as long as it is read.
    with TemporaryDirectory(dir=tmp_path) as folder:
        files: dict[str, Page] = {}
        for number, one in enumerate(pages(app, as_person, full, lot_of(database))):
            file = Path(folder) / f"{number}.html"
            file.write_text(one.html, encoding="utf-8")
            files[str(file)] = one
        for file_name, rule, message in checked(checker, list(files)):
            wrong.append((str(files[file_name].route), files[file_name].who, rule, message))
        read = len(files)
    record_count("pages that html-validate read", read, wrong)


def checked(checker: Path, files: list[str]) -> Iterator[tuple[str, str, str]]:
    """What html-validate finds: file, rule, words."""
    command = [
        node("html-validate"),
        str(checker / "node_modules/html-validate/bin/html-validate.mjs"),
        "--formatter",
        "json",
    ]
    for first in range(0, len(files), AT_ONCE):
        some = files[first : first + AT_ONCE]
        done = subprocess.run(
            [*command, "--config", str(HERE / "rules.json"), *some], capture_output=True, text=True, timeout=300
        )
        assert done.returncode in (0, 1), done.stderr[-500:]
        for found in json.loads(done.stdout):
            for one in found["messages"]:
                yield found["filePath"], one["ruleId"], one["message"]


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ('<p id="a"><i id="a">', "the id 'a' is there twice"),
        ('<label for="b">x</label>', "for='b' of <label> leads nowhere"),
        ('<input name="c">', "<input name='c'> has no label"),
        ('<label for="d">x</label><p id="d">', "the label for 'd' leads to a <p>"),
        ('<a href="#e">x</a>', "the link '#e' leads nowhere"),
        ('<label>x <input name="f"></label><input type="hidden" name="g">', ""),
    ],
)
def test_what_is_wrong_with_a_page_is_named(html, fault):
    assert "; ".join(markup.faults_of_ids(markup.read(html))) == fault
