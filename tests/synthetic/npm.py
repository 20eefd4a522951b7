"""Packages of npm that tests need, each locked in a folder beside its test and fetched once into the user's cache."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

LOCKED = ("package.json", "package-lock.json", ".npmrc")


def node(for_what: str) -> str:
    """The real Node binary: a wheel's `node` is a script, and stopping it would leave Node running."""
    found = shutil.which("node")
    if found is None:
        pytest.skip(f"{for_what} needs Node, and there is no node on the PATH")
    real = subprocess.run([found, "-p", "process.execPath"], capture_output=True, text=True, timeout=60, check=True)
    return real.stdout.strip()


def fetched(here: Path, name: str) -> Path:
    """Where the package that is locked in `here` stands, fetched if it is not there yet; of several workers one fetches."""
    stamp = hashlib.sha256(b"".join((here / one).read_bytes() for one in LOCKED)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cara" / name
    place = base / stamp
    base.mkdir(parents=True, exist_ok=True)
    with (base / f"{stamp}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            _fetch(here, name, place)
    return place


def _fetch(here: Path, name: str, place: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{name} is fetched by npm, and there is no npm on the PATH")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for one in LOCKED:
        shutil.copy(here / one, place / one)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=place, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"npm could not fetch {name}: {done.stderr.strip()[-300:]}")
    (place / "complete").touch()
