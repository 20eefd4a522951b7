"""Plugins made in a temporary directory, laid out as an installer does: a module, and a dist-info that names it."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install("northshire", source)` puts a plugin of that name on the path, as a distribution of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def put(name: str, source: str, *, distribution: str = "", metadata: bool = True, version: str = "1.2") -> None:
        distribution = distribution or f"synthetic_{name}"
        module = f"plugin_of_{distribution}"
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        info = tmp_path / f"{distribution}-{version}.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(f"[cara]\n{name} = {module}\n", encoding="utf-8")
        if metadata:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        importlib.invalidate_caches()

    yield put
    for name in set(sys.modules) - before:
        if name.startswith("plugin_of_"):
            del sys.modules[name]
