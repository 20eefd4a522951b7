"""What the documents say is so: made parts are fresh, links lead somewhere, commands and hooks are all there."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from cara.operations.cli import COMMANDS
from cara.platform.plugins import hookspecs

sys.path.insert(0, str(Path(__file__).parent))

import generated

TEXTS = {one: one.read_text("utf-8") for one in generated.DOCUMENTS}
each_document = pytest.mark.parametrize("document", TEXTS, ids=lambda path: str(path.relative_to(generated.ROOT)))


@each_document
def test_made_parts_are_as_the_code_has_them(document: Path) -> None:
    told = "run `uv run python tests/documents/generated.py`"
    assert generated.renewed(TEXTS[document]) == TEXTS[document], told


def test_every_made_part_is_used() -> None:
    used = re.findall(r"<!-- made: (\w+) -->", "".join(TEXTS.values()))
    assert sorted(used) == sorted(generated.MAKERS)


@each_document
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXTS[document]):
        if not target.startswith("https://"):
            assert (document.parent / target).exists(), target


@each_document
def test_named_files_are_there(document: Path) -> None:
    for name in re.findall(r"`([\w./]+/[\w.]+\.(?:py|toml|cfg))`", TEXTS[document]):
        assert any((generated.ROOT / folder / name).exists() for folder in ("", "core")) or "kent" in name, name


@each_document
def test_documents_name_commands_that_exist(document: Path) -> None:
    known = {command.name for command in COMMANDS}
    named = re.findall(r"(?:`|\brun |^)cara ([a-z]+)\b", TEXTS[document], re.MULTILINE)
    assert set(named) <= known


@each_document
def test_no_machine_s_path_and_no_registry(document: Path) -> None:
    assert not re.search(r"/tmp/|/work/|/home/|pypi\.|npmjs", TEXTS[document])  # noqa: S108 - what must not be there


def test_every_hook_is_documented() -> None:
    text = TEXTS[generated.ROOT / "docs" / "plugin-authors.md"]
    hooks = hookspecs.FORCE_HOOKS | hookspecs.FEATURE_HOOKS
    assert set(re.findall(r"^### `(\w+)`$", text, re.MULTILINE)) == hooks
    marked = {name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "cara_spec")}
    assert marked == hooks


def test_every_decision_is_listed() -> None:
    folder = generated.ROOT / "docs" / "decisions"
    listed = TEXTS[folder / "README.md"]
    for page in sorted(folder.glob("0*.md")):
        assert f"({page.name})" in listed
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in TEXTS[page], page.name


@pytest.mark.parametrize("picture", sorted((generated.ROOT / "docs").rglob("*.svg")), ids=lambda path: path.name)
def test_pictures_tell_what_they_show(picture: Path) -> None:
    root = ET.parse(picture).getroot()  # noqa: S314 - our own file
    named = {str(one.get("id")): one.text for one in root if one.get("id")}
    assert root.get("role") == "img"
    assert all(named.get(one) for one in str(root.get("aria-labelledby")).split())
    sizes = [float(one.get("font-size", "16")) for one in root.iter()]
    assert min(sizes) >= 14
