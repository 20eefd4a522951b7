"""The certified provider (npm `oidc-provider`), fetched once into the user's cache and run for one test module."""

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
from cara.platform.oidc.issuers import Issuer
from joserfc.jwk import ECKey
from pydantic import SecretStr
from synthetic.npm import fetched, node

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


@pytest.fixture(scope="session")
def package() -> Path:
    """Where the locked package stands."""
    return fetched(HERE, "oidc-provider")


@contextmanager
def running(package: Path, settings: dict[str, Any]) -> Iterator[str]:
    """The provider's issuer, while its process group lives."""
    shutil.copy(HERE / "server.mjs", package / f"server-{os.getpid()}.mjs")
    process = subprocess.Popen(
        [node("oidc-provider"), f"server-{os.getpid()}.mjs", json.dumps(settings)],
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
