"""Every text that a person reads can be translated: nothing visible in a template stands outside `_()`, and the messages
of every room come out of the extraction that a translator runs."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
OURS = [ROOT / "core" / "cara", ROOT / "licensing", ROOT / "national_data", *sorted((ROOT / "plugins").iterdir())]
TEMPLATES = sorted(
    page
    for folder in OURS
    for page in folder.rglob("*.html")
    if page.name != "gallery.html" and "vendor" not in page.parts and {"templates", "sign_in_pages"} & set(page.parts)
)
"""All but the gallery, which shows components with invented content and is no page of the application."""
NAMES = {"CARA"}
"""What reads the same in every language."""

_MARKED = {"_", "gettext", "ngettext"}
_READ_ATTRIBUTES = {"alt", "aria-label", "aria-description", "data-column", "placeholder", "title"}
_SENTENCE = re.compile(r"[A-Z][a-z]{2,}|[a-z]{2,} [a-z]{2,}")
_UNREAD = re.compile(r"govuk-|cara-|<|^[a-z_]+/[a-z_.]+$|^#")
_HOLE = "\ue000"
_PARSER = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)
_PARSER.install_gettext_callables(str, lambda one, _many, _n: one, newstyle=True)  # type: ignore[attr-defined]


def written(node: nodes.Node) -> Iterator[str]:
    """The HTML of a template as it is written, every branch of it, with a hole for what is filled in."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const):
        yield str(node.value) if isinstance(node.value, str) else _HOLE
    elif isinstance(node, nodes.CondExpr):
        yield from written(node.expr1)
        yield from written(node.expr2) if node.expr2 else ()
    elif isinstance(node, nodes.Concat):
        for part in node.nodes:
            yield from written(part)
    elif isinstance(node, nodes.Add):
        yield from written(node.left)
        yield from written(node.right)
    elif isinstance(node, nodes.Expr) and not isinstance(node, nodes.Output):
        yield _HOLE
    else:
        for field in ("nodes", "body", "elif_", "else_"):
            for child in getattr(node, field, None) or ():
                yield from written(child)


def bare_arguments(tree: nodes.Node) -> Iterator[str]:
    """Sentences given to macros, or set, without being marked."""
    for child in tree.iter_child_nodes():
        if isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name) and child.node.name in _MARKED:
            continue
        if isinstance(child, nodes.Pair):
            child = nodes.List([child.value])
        if isinstance(child, nodes.Const) and isinstance(child.value, str) and _reads_as_text(child.value):
            yield child.value
        yield from bare_arguments(child)


def _reads_as_text(value: str) -> bool:
    return bool(_SENTENCE.search(value)) and not _UNREAD.search(value) and value not in NAMES


class Visible(HTMLParser):
    """Collects what a browser shows or a screen reader says."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag not in ("style", "script"):
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the base class's signature
        self._tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            if value and (name in _READ_ATTRIBUTES or (tag == "input" and name == "value")):
                self.texts.append(value)


def visible(source: str) -> list[str]:
    reader = Visible()
    reader.feed(source)
    reader.close()
    words = (text.replace(_HOLE, " ").strip(" \n–") for text in reader.texts)
    return [word for word in words if re.search(r"[A-Za-z]", word) and word not in NAMES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_stands_outside_translation(template: Path) -> None:
    tree = _PARSER.parse(template.read_text("utf-8"))
    assert visible("".join(written(tree))) + list(bare_arguments(tree)) == []


@pytest.mark.parametrize(
    "forgotten",
    [
        "<p>Nobody found</p>",
        "<p>{{ name }} was added</p>",
        '<input aria-label="Search">',
        "{{ 'Nobody found' if rows else _('Found') }}",
        "{{ button('Save and continue') }}",
        "{% set title = 'Drafts of your force' %}",
    ],
)
def test_the_check_sees_what_is_forgotten(forgotten: str) -> None:
    tree = _PARSER.parse(forgotten)
    assert visible("".join(written(tree))) + list(bare_arguments(tree))


def test_every_room_s_messages_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "core")
    with Path("babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    keywords = {"_": None, "lazy": None, "ngettext": (1, 2)}
    found: dict[str, set[str]] = {}
    for name, _line, message, _notes, _context in extract_from_dir("cara", methods, options, keywords=keywords):
        found.setdefault(name.removeprefix("features/").removeprefix("platform/").split("/")[0], set()).update(
            [message] if isinstance(message, str) else message
        )
    assert {"accounts", "eligibility", "access", "help", "referrals", "web"} <= found.keys()
    assert "Refer to CARA" in found["referrals"]
    assert "Accessibility statement" in found["help"]
    assert "Who may do what" in found["accounts"]
    assert not any(name.rpartition("/")[2].startswith("test_") for name in found)
