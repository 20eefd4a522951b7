"""Keys of the victim wall: one a person, wrapped by one a force, both in a folder outside the database and its backups.

Erasing a person destroys their key: what is left in the database, and in any backup of it, can no longer be read.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cara.errors import Misconfigured, NotFound

_NONCE = 12


class Keyring:
    """The key folder of one installation: `forces/<slug>.key` and `people/<slug>/<key id>.key`, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new_person(self, force: str) -> str:
        """Make a person's key and return its id (random; says nothing of the person)."""
        key_id = secrets.token_hex(16)
        wrapped = _seal(self._force_key(force), AESGCM.generate_key(bit_length=256), key_id.encode())
        _write(self._person_path(force, key_id), wrapped)
        return key_id

    def encrypt(self, force: str, key_id: str, column: str, text: str) -> bytes:
        """Encrypt one column's text. `column` is bound in, so that a value cannot be moved to another column."""
        return _seal(self._person_key(force, key_id), text.encode(), column.encode())

    def decrypt(self, force: str, key_id: str, column: str, sealed: bytes) -> str:
        """The text that `encrypt` was given.

        Raises:
            NotFound: the person's key was destroyed, or is not in this folder.
            Misconfigured: the key folder does not belong to this database.
        """
        return _open(self._person_key(force, key_id), sealed, column.encode()).decode()

    def destroy(self, force: str, key_id: str) -> None:
        """Erase a person: overwrite and remove their key. Safe to repeat."""
        path = self._person_path(force, key_id)
        if path.exists():
            with path.open("r+b") as file:
                file.write(os.urandom(path.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()

    def _person_path(self, force: str, key_id: str) -> Path:
        return self.folder / "people" / force / f"{key_id}.key"

    def _person_key(self, force: str, key_id: str) -> bytes:
        path = self._person_path(force, key_id)
        if not path.exists():
            raise NotFound("This person's details have been erased, or their key is not on this machine.")
        return _open(self._force_key(force), path.read_bytes(), key_id.encode())

    def _force_key(self, force: str) -> bytes:
        path = self.folder / "forces" / f"{force}.key"
        if not path.exists():
            _write(path, AESGCM.generate_key(bit_length=256))
        return path.read_bytes()


def installation_secret(folder: Path) -> str:
    """The secret that signs anti-forgery tokens, made at first use and kept with the keys."""
    path = folder / "installation.secret"
    if not path.exists():
        _write(path, secrets.token_hex(32).encode())
    return path.read_text()


def _seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
    except InvalidTag:
        raise Misconfigured(
            "A key does not fit what it should open. Check that CARA_KEYS is this database's key folder."
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Write a key so that a crash leaves either none or the whole of it, and of several that write it at once the first wins:
    a key that was used may never be replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
