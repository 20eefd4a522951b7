"""Secrets of the ledger, in the key folder: with one of them an entry's digest is made, so that nobody forges one from the database
alone. Each digest names its key, so that a restored folder may hold several."""

import hashlib
import hmac
import secrets
from functools import cached_property
from pathlib import Path

from cara.platform.crypto import key_files

_ID = 16


class LedgerKeys:
    """The folder of these secrets. It is made, with the first secret in it, when something is first written."""

    def __init__(self, key_folder: Path) -> None:
        self.folder = key_folder / "ledger"
        self._known: dict[str, bytes] = {}

    @cached_property
    def current(self) -> str:
        """The id of the secret in use: the first by name, so that all processes on one folder use the same."""
        if not [*self.folder.glob("*.secret")]:
            made = secrets.token_bytes(32)
            key_files.write_once(self.folder / f"{_id_of(made)}.secret", made)
        return min(path.stem for path in self.folder.glob("*.secret"))

    def sign(self, kind: str, content: bytes, salt: str = "") -> str:
        """A keyed digest: its version, its key's id and the HMAC, with colons between. `kind` keeps digests of one kind from being
        taken for another's, and without `salt`, where it was used, it cannot be made again."""
        return f"2:{self.current}:{self._made(self.current, kind, content, salt)}"

    def fits(self, signed: str, kind: str, content: bytes, salt: str = "") -> bool:
        """Whether a digest is that of the content, by a secret of this folder."""
        version, _colon, rest = signed.partition(":")
        name, _colon, made = rest.partition(":")
        if version != "2" or not name.isalnum() or self._secret(name) is None:
            return False
        return hmac.compare_digest(made, self._made(name, kind, content, salt))

    @property
    def exist(self) -> bool:
        """Return whether there is any of these secrets."""
        return any(self.folder.glob("*.secret"))

    def note(self, kind: str, content: str) -> None:
        """Keep something beside the secrets, signed by one of them, so that no later state of the database can deny it."""
        signed = self.sign(kind, content.encode())
        name = hashlib.sha256(content.encode()).hexdigest()[:_ID]
        key_files.write_once(self.folder / f"{kind}.{name}.note", f"{signed}\n{content}".encode())

    def notes(self, kind: str) -> frozenset[str]:
        """Return what was noted of a kind, as far as a secret of this folder signed it. A restored folder may hold several."""
        found = set()
        for path in self.folder.glob(f"{kind}.*.note"):
            signed, _newline, content = (key_files.read(path) or b"").decode("utf-8", "replace").partition("\n")
            if self.fits(signed, kind, content.encode()):
                found.add(content)
        return frozenset(found)

    def _made(self, name: str, kind: str, content: bytes, salt: str) -> str:
        secret = self._secret(name) or b""
        key = hmac.digest(secret, f"CARA {kind} {salt}".encode(), "sha256")
        return hmac.new(key, content, hashlib.sha256).hexdigest()

    def _secret(self, name: str) -> bytes | None:
        if name not in self._known:
            found = key_files.read(self.folder / f"{name}.secret")
            if found is None or _id_of(found) != name:
                return None
            self._known[name] = found
        return self._known[name]


def _id_of(secret: bytes) -> str:
    return hashlib.sha256(b"CARA ledger key" + secret).hexdigest()[:_ID]
