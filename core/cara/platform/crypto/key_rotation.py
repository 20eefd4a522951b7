"""A force's key is changed while everybody works: every person's key is wrapped anew, and the old force key destroyed.

What makes it safe to run beside readers, writers and erasures, and to be ended at any point and run again:
- The new force key takes the old one's place while nobody makes a key. Every key made later is wrapped by the new one, so the
  keys to wrap anew are those that are there, and no more come.
- Each is wrapped anew with the force's lock held alone, after a look whether it is still there: an erasure holds that lock
  too, so that it comes before, and there is nothing to wrap, or after, and destroys what was written.
- The old force key goes last, once every person's file was opened by the new one and is on the disk.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cara.errors import Misconfigured, NotNow
from cara.platform.crypto import key_files
from cara.platform.crypto.keyring import Keyring, force_key_id, wrap, wrapped_by

Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a change of keys did. `finished` says that it ended one which had been interrupted."""

    force: str
    people: int
    wrapped: int
    erased: int
    """Keys that were destroyed by others meanwhile."""
    destroyed: int
    """Force keys that are no more."""
    key: str
    finished: bool


def rotate(keys: Keyring, force: str, step: Step = lambda _done: None) -> Rotation:
    """Change a force's key, or bring a change that was interrupted to its end. `step` is told of each person's key.

    Raises:
        NotNow: another process changes this force's key.
        Misconfigured: the force has no keys here, or some key is opened by no force key; the old one is then kept.
    """
    if not keys.force_path(force).exists():
        raise Misconfigured(f"There is no key of the force {force} in {keys.folder}. Check CARA_KEYS.")
    try:
        with key_files.alone(keys.lock(force).with_suffix(".rotation.lock"), wait=False):
            return _rotate(keys, force, step)
    except BlockingIOError:
        raise NotNow(f"The key of {force} is being changed by another process.") from None


def _rotate(keys: Keyring, force: str, step: Step) -> Rotation:
    interrupted = bool({*keys.retired(force)} - {force_key_id(keys.force_key(force))})
    if not interrupted:
        _change(keys, force)
    current = force_key_id(keys.force_key(force))
    wrapped = erased = people = 0
    for people, key_id in enumerate(sorted(keys.people(force)), start=1):
        done = _wrap(keys, force, key_id, current)
        wrapped, erased = wrapped + (done == "wrapped"), erased + (done == "erased")
        step(people)
    unopened = _unopened(keys, force, current)
    if unopened:
        raise Misconfigured(
            f"{unopened} keys of people in {force} are opened by no key of the force. The old force key is kept. Restore the "
            "key folder from its backup beside this one, and run this again."
        )
    return Rotation(force, people, wrapped, erased, _end(keys, force), current, interrupted)


def _change(keys: Keyring, force: str) -> None:
    """Make the new force key the one in use, and keep the old one beside it."""
    path = keys.force_path(force)
    with key_files.alone(keys.lock(force)):
        # A second name for the old one, so that no copy of it is left anywhere once that is destroyed. Ended between the two,
        # the next run finds one key under both names, and begins again.
        with suppress(FileExistsError):
            keys.force_path(force, force_key_id(path.read_bytes())).hardlink_to(path)
        key_files.settle(path.parent)
        key_files.replace(path, AESGCM.generate_key(bit_length=256))
        key_files.settle(path.parent)


def _wrap(keys: Keyring, force: str, key_id: str, current: str) -> str:
    path = keys.person_path(force, key_id)
    content = key_files.read(path)
    if content is not None and wrapped_by(content) == current:
        return "already"
    with key_files.alone(keys.lock(force)):
        content = key_files.read(path)
        if content is None:
            return "erased"
        opened = keys.open_person(force, key_id, content)
        if opened is None:
            return "unopened"
        key_files.replace(path, wrap(keys.force_key(force), key_id, opened[0]))
    return "wrapped"


def _unopened(keys: Keyring, force: str, current: str) -> int:
    """Settle what was written, then count the files that the force key in use does not open."""
    folder = keys.folder / "people" / force
    if folder.is_dir():
        key_files.settle(folder)
    bad = 0
    for key_id in sorted(keys.people(force)):
        path = keys.person_path(force, key_id)
        content = key_files.read(path)
        opened = keys.open_person(force, key_id, content) if content is not None else None
        if (opened is None or opened[1] != current) and path.exists():  # else it was erased meanwhile
            bad += 1
    return bad


def _end(keys: Keyring, force: str) -> int:
    """Destroy the force keys that are no longer in use. Returns how many."""
    destroyed = 0
    with key_files.alone(keys.lock(force)):
        for one in keys.retired(force):
            key_files.shred(keys.force_path(force, one))
            destroyed += 1
        key_files.sweep(keys.folder / "forces", force)
    return destroyed
