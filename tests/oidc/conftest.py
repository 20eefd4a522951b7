"""The certified provider (npm `oidc-provider`), fetched once into the user's cache and run for one test module."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cara.identity.issuers import Issuer
from joserfc.jwk import ECKey
from pydantic import SecretStr

HERE = Path(__file__).parent
BACK = "http://127.0.0.1:1/sign-in/back"
ACCOUNTS = {
    "officer-1": {
        "name": "Practice Officer",
        "email": "officer@practice.example",
        "email_verified": True,
        "groups": ["cara"],
    },
    "officer-2": {"name": "Other Officer", "email": "other@practice.example", "email_verified": False},
}


def node() -> str:
    """The real Node binary: a wheel's `node` is a script, and stopping it would leave Node running."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("oidc-provider needs Node, and there is no node on the PATH")
    real = subprocess.run([found, "-p", "process.execPath"], capture_output=True, text=True, timeout=60, check=True)
    return real.stdout.strip()


@pytest.fixture(scope="session")
def package() -> Path:
    """Where the locked package stands, fetched if it is not there yet; of several workers one fetches."""
    wanted = ["package.json", "package-lock.json", ".npmrc"]
    stamp = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in wanted)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cara" / "oidc-provider"
    place = base / stamp
    base.mkdir(parents=True, exist_ok=True)
    with (base / f"{stamp}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            fetch(place, wanted)
    return place


def fetch(place: Path, wanted: list[str]) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("oidc-provider is fetched by npm, and there is no npm on the PATH")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in wanted:
        shutil.copy(HERE / name, place / name)
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=place, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"npm could not fetch oidc-provider: {done.stderr.strip()[-300:]}")
    (place / "complete").touch()


@contextmanager
def running(package: Path, settings: dict[str, Any]) -> Iterator[str]:
    """The provider's issuer, while its process group lives."""
    shutil.copy(HERE / "server.mjs", package / f"server-{os.getpid()}.mjs")
    process = subprocess.Popen(
        [node(), f"server-{os.getpid()}.mjs", json.dumps(settings)],
        cwd=package, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), process.stderr and process.stderr.read()
        yield issuer
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        (package / f"server-{os.getpid()}.mjs").unlink()


@pytest.fixture(scope="module")
def certified(package: Path) -> Iterator[Issuer]:
    """The provider, as CARA would be set up for it: our own key proves who we are."""
    key = ECKey.generate_key("P-256", {"kid": "cara-1", "use": "sig"})
    settings = {"redirect_uri": BACK, "client_jwk": key.as_dict(private=False), "accounts": ACCOUNTS}
    with running(package, settings) as address:
        secret = SecretStr(json.dumps(key.as_dict(private=True)))
        yield Issuer(address, "cara", "private_key_jwt", secret, allow_http=True)
