"""A backup of the keys: every file of the key folder, in one file, encrypted under a passphrase.

It is small, and kept where no backup of the database is. Taken while people work: no force's keys change while it is read.
"""

import base64
import binascii
import json
import os
import zlib
from contextlib import ExitStack
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from cara import clock
from cara.errors import BadInput, Fault, Misconfigured, NotNow
from cara.operations.backup import file_separation
from cara.platform.crypto import key_files
from cara.platform.crypto.keyring import Keyring
from cara.platform.crypto.private_files import private

SHORTEST = 20
"""Characters that a passphrase has at least."""
SUFFIX = ".sealed"
_HEAD = file_separation.KEYS + b"1"
_SALT, _NONCE = 16, 12


def passphrase(file: Path) -> bytes:
    """The first line of a file.

    Raises:
        BadInput: it cannot be read, or is too short to keep keys safe.
    """
    try:
        line = (file.read_bytes().splitlines() or [b""])[0].strip()
    except OSError:
        raise _bad("passphrase-file", "The passphrase file cannot be read.") from None
    if len(line) < SHORTEST:
        raise _bad("passphrase-file", f"The passphrase has fewer than {SHORTEST} characters. Make a longer one.")
    return line


def write(key_folder: Path, folder: Path, secret: bytes) -> tuple[Path, int]:
    """Write a backup into `folder`. Returns its file, and how many files of keys are in it.

    Raises:
        BadInput: the folder holds backups of the database.
        Misconfigured: there are no keys.
    """
    file_separation.keep_apart(folder, key_folder, other=file_separation.DATABASE)
    files = _taken(key_folder)
    if not files:
        raise Misconfigured(f"There are no keys in {key_folder}. Check CARA_KEYS.")
    plain = zlib.compress(json.dumps({name: base64.b64encode(raw).decode() for name, raw in files.items()}).encode())
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    sealed = AESGCM(_key(secret, salt)).encrypt(nonce, plain, _HEAD)
    private(folder)
    path = folder / f"cara-keys-{clock.now():%Y%m%dT%H%M%S%f}Z{SUFFIX}"
    key_files.write_once(path, _HEAD + salt + nonce + sealed)
    return path, len(files)


def restore(folder: Path, key_folder: Path, secret: bytes) -> int:
    """Bring back the newest backup in `folder`. Returns how many files of keys it had.

    Raises:
        BadInput: there is none, it is damaged, or the passphrase does not open it.
        NotNow: there are other keys in the key folder. What an interrupted restore left there is no hindrance.
    """
    files = _opened(folder, secret)
    for name in files:
        if not (key_folder / name).resolve().is_relative_to(key_folder.resolve()):
            raise _bad("folder", "The backup names a file outside the key folder. Nothing of it can be trusted.")
    there = {path: path.relative_to(key_folder).as_posix() for path in key_folder.rglob("*.key")}
    if any(files.get(name) != path.read_bytes() for path, name in there.items()):
        raise NotNow(
            f"There are other keys in {key_folder} already. Keys are restored into an empty folder: set CARA_KEYS."
        )
    for name, raw in files.items():
        key_files.write_once(key_folder / name, raw, synced=False)
    os.sync()  # once for all: a file at a time takes ten times as long
    keys = Keyring(key_folder)
    if bad := sum(keys.unopened(force) for force in keys.forces()):
        raise Misconfigured(f"{bad} keys of the backup are opened by no key of their force. Restore another backup.")
    return len(files)


def _taken(key_folder: Path) -> dict[str, bytes]:
    keys = Keyring(key_folder)
    with ExitStack() as held:
        for force in keys.forces():
            held.enter_context(key_files.together(keys.lock(force)))
        found = {}
        for path in sorted(key_folder.rglob("*")):
            if path.is_file() and not path.name.endswith(key_files.PASSING):
                raw = key_files.read(path)
                if raw is not None:  # else erased meanwhile
                    found[path.relative_to(key_folder).as_posix()] = raw
        return found


def _opened(folder: Path, secret: bytes) -> dict[str, bytes]:
    backups = sorted(one for one in folder.glob(f"*{SUFFIX}") if file_separation.kind(one) == file_separation.KEYS)
    if not backups:
        raise _bad("folder", "There is no backup of keys in that folder.")
    raw = backups[-1].read_bytes()
    start = len(_HEAD)
    salt, nonce, sealed = (
        raw[start : start + _SALT], raw[start + _SALT : start + _SALT + _NONCE], raw[start + _SALT + _NONCE :],
    )  # fmt: skip
    try:
        plain = json.loads(zlib.decompress(AESGCM(_key(secret, salt)).decrypt(nonce, sealed, raw[:start])))
        return {str(name): base64.b64decode(text) for name, text in plain.items()}
    except InvalidTag:
        raise _bad("passphrase-file", "The passphrase does not open the backup, or the backup is damaged.") from None
    except (ValueError, zlib.error, binascii.Error):
        raise _bad("folder", "The backup of the keys is damaged.") from None


def _key(secret: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(secret)


def _bad(field: str, message: str) -> BadInput:
    return BadInput(message, [Fault(field, "unusable", message)])
