"""The contracts between modules: each is broken on purpose in a copy of the tree and sees it, and none forgets a module."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    "core/cara", "licensing/cara_licensing", "national_data/cara_national_data", "plugins/hampshire/cara_hampshire",
    "plugins/leicestershire/cara_leicestershire", "plugins/thames_valley/cara_thames_valley",
)  # fmt: skip
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["name"]: contract for contract in LINTER["contracts"]}
VICTIMS = "cara.features.victims"
DOOR = f"{VICTIMS}.wall.hold_gate"
TELLS_NO_TIME = {"LONDON", "london_day", "months_after"}

WRONG = {
    "Layers of the core": ("cara.web.routing", "cara.features.help.pages"),
    "Layers of the platform": ("cara.platform.crypto.keyring", "cara.platform.unit_of_work"),
    "Layers of the page kit": ("cara.web.cookies", "cara.web.health"),
    "Layers of the features": ("cara.features.messages.queries", "cara.features.onward_services.queries"),
    "Layers of the victims' feature": (f"{VICTIMS}.wall.queries", f"{VICTIMS}.contact.worklist"),
    "Layers of the operations": ("cara.operations.console", "cara.operations.serve"),
    "No circle, at any depth": ("cara.features.messages.render", "cara.features.messages.queries"),
    "Rules are pure: no table, no page, no clock": ("cara.features.course.records.rules", "cara.clock"),
    "Rules of London's days are pure too, and never ask what time it is": (
        f"{VICTIMS}.wall.review_rules", "cara.platform.unit_of_work",
    ),
    "A mapping to rows, and the engine of rules, see no session and no page": (
        "cara.features.referrals.mapping", "cara.platform.unit_of_work",
    ),
    "Force plugins import cara.api alone": ("cara_hampshire", "cara.errors"),
    "No plugin imports another": ("cara_hampshire", "cara_leicestershire"),
    "The core imports no plugin and no first-party feature": ("cara.errors", "cara_licensing"),
    "The victims' wall": ("cara.features.retention.queries", f"{VICTIMS}.wall.models"),
    "The victims' wall: erasure and retention": (
        "cara.features.course.records.queries", f"{VICTIMS}.data_rights.retention_queries",
    ),
    "The victims' wall: pages and jobs": ("cara.operations.jobs", f"{VICTIMS}.feature"),
}  # fmt: skip
"""Contract → an import that it must refuse: the importing and the imported module."""
EXHAUSTIVE = {
    container: name
    for name, contract in CONTRACTS.items()
    if contract["type"] == "layers"
    for container in contract["containers"]
}
"""Package → the contract that gives each of its modules a layer."""


class Tree:
    """A copy of every distribution's package, in which one module at a time can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for source in SOURCES:
            shutil.copytree(
                ROOT / source, folder / Path(source).name,
                ignore=lambda _folder, names: [name for name in names if "." in name and not name.endswith(".py")],
            )  # fmt: skip
        shutil.copy(ROOT / "pyproject.toml", folder)

    def file_of(self, module: str) -> Path:
        """Return where a module is, or would be."""
        path = self.folder.joinpath(*module.split("."))
        return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

    def broken(self) -> set[str]:
        """Return the contracts that do not hold."""
        ran = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"], cwd=self.folder, text=True, capture_output=True,
            env={**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "200"}, check=False,
        )  # fmt: skip
        assert "Contracts:" in ran.stdout, ran.stdout + ran.stderr
        return {line.removesuffix(" BROKEN") for line in ran.stdout.splitlines() if line.endswith(" BROKEN")}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("tree"))


def test_each_contract_is_broken_on_purpose() -> None:
    assert set(WRONG) == set(CONTRACTS)


def test_the_tree_as_it_is_breaks_none(tree: Tree) -> None:
    assert tree.broken() == set()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_import_is_seen(tree: Tree, name: str) -> None:
    importer, imported = WRONG[name]
    file = tree.file_of(importer)
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\nimport {imported}\n", encoding="utf-8")
    try:
        assert name in tree.broken()
    finally:
        file.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("container", EXHAUSTIVE)
def test_a_module_without_a_layer_is_seen(tree: Tree, container: str) -> None:
    file = tree.file_of(f"{container}.newcomer")
    file.write_text('"""Stand nowhere."""\n', encoding="utf-8")
    try:
        assert EXHAUSTIVE[container] in tree.broken()
    finally:
        file.unlink()


def test_no_import_is_ignored() -> None:
    assert [name for name, contract in CONTRACTS.items() if "ignore" in " ".join(contract)] == []


def test_every_module_of_the_victims_feature_is_protected() -> None:
    """Each stands behind the wall, but for the one door."""
    behind = [
        module for contract in CONTRACTS.values() if contract["type"] == "protected" for module in contract["protected_modules"]
    ]  # fmt: skip
    modules = {
        module
        for module in grimp.build_graph("cara", cache_dir=None).find_descendants(VICTIMS)
        if not module.rpartition(".")[2].startswith("test_")
    }
    holding = {module for module in modules if any(other.startswith(f"{module}.") for other in modules)}
    forgotten = [
        module
        for module in modules - holding - {DOOR}
        if not any(module == one or module.startswith(f"{one}.") for one in behind)
    ]
    assert forgotten == []


def test_a_plugin_is_refused_every_module_of_the_core_but_one() -> None:
    named = set(CONTRACTS["Force plugins import cara.api alone"]["forbidden_modules"])
    core = {
        module for module in grimp.build_graph("cara", cache_dir=None).find_children("cara") if ".test_" not in module
    }
    assert core - named == {"cara.api"}


def test_rules_of_days_take_from_the_clock_what_tells_no_time() -> None:
    wrong = []
    for module in CONTRACTS["Rules of London's days are pure too, and never ask what time it is"]["source_modules"]:
        source = ast.parse((ROOT / "core" / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8"))
        for node in ast.walk(source):
            if isinstance(node, ast.ImportFrom) and node.module == "cara.clock":
                wrong += [(module, alias.name) for alias in node.names if alias.name not in TELLS_NO_TIME]
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "clock":
                wrong += [(module, node.attr)] * (node.attr not in TELLS_NO_TIME)
    assert wrong == []
