"""Keys of the victim wall: one a person, wrapped by one a force, both in a folder outside the database and its backups.

Erasing a person destroys their key: what is left in the database, and in any backup of it, can no longer be read.

`forces/<slug>.key` wraps every new key of a force. While it is being changed (`cara.platform.crypto.key_rotation`) the one before stands
beside it under its own id, `forces/<slug>.<id>.key`, until nothing is wrapped by it. `people/<slug>/<key id>.key` says by
which of them it is wrapped. Readers take no lock: they look again when a file was put in another's place meanwhile.
"""

import hashlib
import os
import secrets
from collections.abc import Collection, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cara.errors import Misconfigured, NotFound
from cara.platform.crypto import key_files

_NONCE = 12
_MARK = b"CARA2"
"""Begins a person's file that names the force key which opens it. One of the first format does not, and is 60 bytes long."""
_ID = 16
_UNFIT = "A key does not fit what it should open. Check that CARA_KEYS is this database's key folder."


class Keyring:
    """The key folder of one installation, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new_person(self, force: str) -> str:
        """Make a person's key and return its id (random; says nothing of the person)."""
        key_id = secrets.token_hex(16)
        # A force key that is being changed must not be used for a new key behind the back of whoever changes it.
        with key_files.together(self.lock(force)):
            key_files.write_once(
                self.person_path(force, key_id),
                wrap(self.force_key(force), key_id, AESGCM.generate_key(bit_length=256)),
            )
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
        try:
            return _open(self._person_key(force, key_id), sealed, column.encode()).decode()
        except InvalidTag:
            raise Misconfigured(_UNFIT) from None

    def destroy(self, force: str, key_id: str) -> None:
        """Erase a person: overwrite and remove their key. Safe to repeat. A key that is being wrapped anew is not written
        back: whoever does that holds the lock alone, and looks whether the key is still there."""
        path = self.person_path(force, key_id)
        with key_files.together(self.lock(force)):
            key_files.shred(path)
            key_files.sweep(path.parent, key_id)

    def announce(self, force: str, key_ids: Collection[str]) -> None:
        """Say, before a transaction commits, that nothing needs these keys once it has: `destroy_announced` finds them after a crash."""
        if key_ids:
            path = self.folder / "forces" / f"{force}.{secrets.token_hex(8)}.going"
            key_files.write_once(path, "\n".join(key_ids).encode())

    def destroy_announced(self, force: str, needed: Collection[str]) -> None:
        """Destroy every announced key but those that some row still needs, because the transaction has not committed, or not yet."""
        for path in (self.folder / "forces").glob(f"{force}.*.going"):
            announced = set((key_files.read(path) or b"").decode().split())
            for key_id in announced - set(needed):
                self.destroy(force, key_id)
            if not announced & set(needed):
                path.unlink(missing_ok=True)

    def has(self, force: str, key_id: str) -> bool:
        """Whether a person's key is in this folder."""
        return self.person_path(force, key_id).exists()

    def forces(self) -> list[str]:
        """Forces that have keys here."""
        return sorted(
            {one.name.partition(".")[0] for one in (self.folder / "forces").glob("*.key")}
            | {one.name for one in (self.folder / "people").glob("*") if one.is_dir()}
        )

    def people(self, force: str) -> Iterator[str]:
        """The ids of the keys of a force's people, in no order."""
        folder = self.folder / "people" / force
        yield from (one.name.removesuffix(".key") for one in folder.glob("*.key"))

    def lock(self, force: str) -> Path:
        """What whoever makes or destroys a person's key holds together with others, and whoever wraps them anew alone."""
        return self.folder / "forces" / f"{force}.lock"

    def person_path(self, force: str, key_id: str) -> Path:
        """The file of a person's key."""
        return self.folder / "people" / force / f"{key_id}.key"

    def force_path(self, force: str, retired: str = "") -> Path:
        """The file of the force key in use, or of one that was in use before."""
        return self.folder / "forces" / (f"{force}.{retired}.key" if retired else f"{force}.key")

    def retired(self, force: str) -> list[str]:
        """Ids of force keys that are no longer in use and not destroyed yet: a change of keys has not come to its end."""
        return sorted(one.name.split(".")[1] for one in (self.folder / "forces").glob(f"{force}.*.key"))

    def force_key(self, force: str) -> bytes:
        """The force key in use, made at first use."""
        path = self.force_path(force)
        if (key := key_files.read(path)) is None:
            key_files.write_once(path, AESGCM.generate_key(bit_length=256))
            key = path.read_bytes()
        return key

    def open_person(self, force: str, key_id: str, wrapped: bytes) -> tuple[bytes, str] | None:
        """A person's key out of its file's content, and the id of the force key that opened it; None where none here does."""
        named = wrapped_by(wrapped)
        candidates = [self.force_path(force)]
        candidates += [self.force_path(force, one) for one in ([named] if named else self.retired(force))]
        for path in candidates:
            key = key_files.read(path)
            if key is not None and named in ("", force_key_id(key)):
                try:
                    return _open(key, wrapped[len(_MARK) + _ID :] if named else wrapped, key_id.encode()), force_key_id(
                        key
                    )
                except (InvalidTag, ValueError):
                    continue
        return None

    def unopened(self, force: str) -> int:
        """How many of a force's people have a key that no force key here opens, and that is not changed while one looks."""
        bad = 0
        for key_id in sorted(self.people(force)):
            try:
                self._person_key(force, key_id)
            except NotFound:
                continue  # erased meanwhile
            except Misconfigured:
                bad += 1
        return bad

    def _person_key(self, force: str, key_id: str) -> bytes:
        before: bytes | None = None
        while True:
            wrapped = key_files.read(self.person_path(force, key_id))
            if wrapped is None:
                raise NotFound("This person's details have been erased, or their key is not on this machine.")
            opened = self.open_person(force, key_id, wrapped)
            if opened is not None:
                return opened[0]
            if wrapped == before:  # not put in another's place while it was read: nothing here opens it
                raise Misconfigured(_UNFIT)
            before = wrapped


def installation_secret(folder: Path) -> str:
    """The secret that signs anti-forgery tokens, made at first use and kept with the keys."""
    path = folder / "installation.secret"
    if not path.exists():
        key_files.write_once(path, secrets.token_hex(32).encode())
    return path.read_text()


def force_key_id(key: bytes) -> str:
    """What a force key is called. It follows from the key, and does not give it away."""
    return hashlib.sha256(b"CARA force key" + key).hexdigest()[:_ID]


def wrapped_by(wrapped: bytes) -> str:
    """The id of the force key that a person's file names; empty for the first format, which names none."""
    return wrapped[len(_MARK) : len(_MARK) + _ID].decode("ascii", "replace") if wrapped.startswith(_MARK) else ""


def wrap(force_key: bytes, key_id: str, person_key: bytes) -> bytes:
    """The content of a person's file."""
    return _MARK + force_key_id(force_key).encode() + _seal(force_key, person_key, key_id.encode())


def _seal(key: bytes, plain: bytes, bound: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def _open(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Raises `InvalidTag` where the key is another's, or what is sealed was changed."""
    return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound)
