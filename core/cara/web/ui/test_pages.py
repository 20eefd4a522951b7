"""What pages look like to a machine: escaped, strict, without anything inline, legible, translated."""

import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment, UndefinedError

from cara import i18n
from cara.errors import BadInput, CaraError, Fault, ForceSuspended, Misconfigured, NotFound, WallBreached
from cara.i18n import PSEUDO
from cara.web import security_headers
from cara.web.ui import error_page, gallery
from cara.web.ui.jinja import environment
from cara.web.ui.layout import Frame
from cara.web.ui.static_files import FOLDER, Static


@pytest.fixture(scope="module")
def made() -> Environment:
    return environment()


@pytest.fixture(scope="module")
def gallery_page(made: Environment) -> str:
    return gallery.render(made)


def test_the_gallery_shows_every_component(gallery_page: str) -> None:
    for mark in ("identity", "worklist", "timeline", "eligibility", "empty", "who", "ribbon", "footer"):
        assert f"cara-{mark}" in gallery_page, mark
    for component in ("error-summary", "date-input", "radios", "checkboxes", "textarea", "task-list", "summary-list"):
        assert f"govuk-{component}" in gallery_page, component


def test_what_was_typed_comes_back_to_the_letter(gallery_page: str) -> None:
    assert 'value="O’Neill-Ŵyn &lt;b&gt;"' in gallery_page
    assert ">first line\n  second line, set in</textarea>" in gallery_page
    for typed in ('name="born-day" type="text" value="31"', 'name="children" type="text" value="two"'):
        assert typed in re.sub(r' spellcheck="false"', "", gallery_page)


def test_faults_lead_to_their_fields(gallery_page: str) -> None:
    links = re.findall(r'href="#([\w-]+)"', gallery_page)
    for target in ("born-day", "language", "risk", "children", "main-content"):
        assert target in links
        assert f'id="{target}"' in gallery_page
    assert "<title>Error: Every component – CARA</title>" in re.sub(r"\s+", " ", gallery_page)


def test_follow_up_questions_stand_beneath_their_answer(gallery_page: str) -> None:
    reveal = gallery_page[gallery_page.index('id="conditional-interpreter"') :]
    assert reveal.index('id="language"') < reveal.index('value="no"')
    assert gallery_page.count('id="language"') == 1


def test_ids_are_single_and_nothing_is_inline(gallery_page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', gallery_page)
    assert len(ids) == len(set(ids))
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", gallery_page)
    assert not re.search(r"<script(?![^>]*src=)", gallery_page)


def test_every_text_of_the_layout_is_translated(made: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "LOCALE", PSEUDO)
    text = re.sub(r"<[^>]+>", "\n", error_page.page(made, NotFound(), gallery.FRAME, "17"))
    own = {"CARA", "CARA 0.1.0", "–", "17", "("}
    said = {place.text for place in gallery.FRAME.places} | {flash.text for flash in gallery.FRAME.flashes}
    who = gallery.FRAME.who
    assert who
    said |= {who.name, who.organisation, f", {who.role}", gallery.FRAME.ribbon, "!"}
    left = [line.strip() for line in text.splitlines() if line.strip() and "⟦" not in line]
    assert set(left) <= own | said


def test_a_misspelt_name_raises(made: Environment) -> None:
    with pytest.raises(UndefinedError):
        made.from_string("{{ frme.who }}").render()


def test_rooms_bring_their_own_templates(tmp_path: Path) -> None:
    (tmp_path / "list.html").write_text(
        '{% extends "page.html" %}{% set title = "A & B" %}{% block content %}{{ x }}{% endblock %}'
    )
    shown = environment({"referrals": tmp_path}).get_template("referrals/list.html").render(frame=Frame(), x="<i>")
    assert "&lt;i&gt;" in shown
    assert "A &amp; B" in shown
    assert "Sign out" not in shown


@pytest.mark.parametrize(
    "error", [WallBreached("scope of kent"), Misconfigured("/etc/secret"), ValueError("surname"), CaraError("x")]
)
def test_defects_tell_the_reader_nothing(made: Environment, error: Exception) -> None:
    told = error_page.page(made, error, Frame()) + json.dumps(error_page.problem(error))
    assert error_page.problem(error)["status"] == 500
    for secret in ("kent", "secret", "surname"):
        assert secret not in told


def test_problem_documents(made: Environment) -> None:
    error = BadInput("Two rows are wrong", [Fault("born", "missing", "Enter date of birth")])
    assert error_page.problem(error, "urn:cara:17") == {
        "type": "about:blank",
        "title": "There is a problem with what was sent",
        "status": 422,
        "detail": "Two rows are wrong",
        "instance": "urn:cara:17",
        "faults": [{"field": "born", "code": "missing", "message": "Enter date of birth"}],
    }
    assert "Enter date of birth" in error_page.page(made, error, Frame())
    assert "This force is suspended" in error_page.page(made, ForceSuspended("kent"), Frame())


def test_addresses_change_with_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("one")
    before = Static(tmp_path)
    assert before.url("a.css") == f"{before.mount}/a.css"
    (tmp_path / "b.js").write_text("two")
    assert Static(tmp_path).mount != before.mount
    with pytest.raises(Misconfigured, match="cara assets"):
        before.url("b.js")
    Static().check()


def test_the_policy_admits_nothing_inline_and_nothing_foreign() -> None:
    told = security_headers.headers(https=True)
    assert "unsafe" not in told["Content-Security-Policy"]
    assert "http" not in told["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in told["Content-Security-Policy"]
    assert told["Cache-Control"] == "no-store"
    assert "Cache-Control" not in security_headers.headers(https=False, page=False)
    assert "Strict-Transport-Security" not in security_headers.headers(https=False)


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


PALETTE = dict(re.findall(r"(--cara-[\w-]+): (#\w+);", (FOLDER / "cara.css").read_text("utf-8")))


@pytest.mark.parametrize("ground", ["--cara-white", "--cara-tint"])
@pytest.mark.parametrize("ink", ["text", "quiet", "accent", "accent-dark", "good", "bad", "wait", "deep"])
def test_every_ink_is_legible_on_both_grounds(ink: str, ground: str) -> None:
    assert _contrast(PALETTE[f"--cara-{ink}"], PALETTE[ground]) >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        ("#ffffff", PALETTE["--cara-deep"], 7),
        ("#d9ebec", PALETTE["--cara-deep"], 4.5),
        ("#ffffff", PALETTE["--cara-accent"], 4.5),
        ("#4d3800", "#fff3cd", 4.5),
        (PALETTE["--cara-quiet"], "#fff7bf", 4.5),
        (PALETTE["--cara-wait"], "#fff7bf", 4.5),
        (PALETTE["--cara-bad"], "#fff7bf", 4.5),
        ("#0b4144", "#d0e6e7", 4.5),
        ("#54319f", PALETTE["--cara-tint"], 4.5),
        ("#7d9294", PALETTE["--cara-tint"], 2.9),
    ],
)
def test_other_pairs_are_legible(ink: str, ground: str, least: float) -> None:
    assert _contrast(ink, ground) >= least


def _questions_page(made: Environment, count: int, **given: object) -> str:
    asked = gallery.QUESTIONS[2 : 2 + count]  # the interpreter, and the language that hangs on it, and the risk
    return made.get_template("questions.html").render(
        frame=gallery.FRAME, title="Needs", questions=asked, typed={}, faults=(), **given
    )


@pytest.mark.parametrize("count", [2, 3])
def test_a_page_has_one_heading(made: Environment, count: int) -> None:
    told = _questions_page(made, count)
    assert told.count("<h1") == 1
    assert ("Does the person need an interpreter?" in told[told.index("<h1") : told.index("</h1>")]) == (count == 2)


def test_a_posting_form_carries_its_tokens(made: Environment) -> None:
    told = _questions_page(made, 3, key="k-1", version=0, later="Save for later", action="/drafts/1")
    for hidden in ('name="_csrf_token" value="token"', 'name="_key" value="k-1"', 'name="_version" value="0"'):
        assert hidden in told
    assert re.search(r'<button[^>]*name="_later"', told)
    assert 'action="/drafts/1"' in told


def _squeezed(html: str) -> str:
    return re.sub(r"\s+(?=[<>])|(?<=>)\s+", "", re.sub(r"\s+", " ", str(html)))


def test_what_is_written_out_is_what_govuk_frontend_draws(made: Environment) -> None:
    lists = made.get_template("components/lists.html").module
    govuk = made.globals["govuk"]
    ours = lists.summary_list([("Provider", "Trust"), ("Risk", "Standard", "/risk")])
    change = {"href": "/risk", "text": "Change", "visuallyHiddenText": "Risk"}
    theirs = govuk.summary_list(
        {
            "rows": [
                {"key": {"text": "Provider"}, "value": {"text": "Trust"}},
                {"key": {"text": "Risk"}, "value": {"text": "Standard"}, "actions": {"items": [change]}},
            ]
        }
    )
    assert _squeezed(ours).replace(" cara-lines", "") == _squeezed(theirs)
    ours = lists.task_list([("Screening", "/s", "Completed", "Hint"), ("Views", "", "Cannot start yet")])
    theirs = govuk.task_list(
        {
            "idPrefix": "task",
            "items": [
                {
                    "title": {"text": "Screening"},
                    "href": "/s",
                    "hint": {"text": "Hint"},
                    "status": {"text": "Completed"},
                },
                {
                    "title": {"text": "Views"},
                    "status": {"text": "Cannot start yet", "classes": "govuk-task-list__status--cannot-start-yet"},
                },
            ],
        }
    )
    assert _squeezed(ours) == _squeezed(theirs)
