"""A force's key is changed while others read, make and destroy people's keys: nothing is lost, and nobody erased comes back."""

import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cara.errors import Misconfigured, NotFound, NotNow
from cara.platform.crypto import key_files, key_rotation
from cara.platform.crypto.key_rotation import rotate
from cara.platform.crypto.keyring import Keyring, _seal, force_key_id, wrapped_by

FORCE = "kent"


def people(keys: Keyring, number: int) -> dict[str, bytes]:
    """Key id → what it sealed."""
    made = [keys.new_person(FORCE) for _ in range(number)]
    return {one: keys.encrypt(FORCE, one, "name", one) for one in made}


def first_format(keys: Keyring) -> tuple[str, bytes]:
    """Somebody whose key was wrapped before files named their force key."""
    key_id, key = "ab" * 16, AESGCM.generate_key(bit_length=256)
    key_files.write_once(keys.person_path(FORCE, key_id), _seal(keys.force_key(FORCE), key, key_id.encode()))
    return key_id, keys.encrypt(FORCE, key_id, "name", key_id)


def test_everybody_is_wrapped_by_the_new_key_and_the_old_one_is_gone(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    sealed = people(keys, 5) | dict([first_format(keys)])
    old = keys.force_key(FORCE)
    done = rotate(keys, FORCE)
    assert (done.people, done.wrapped, done.destroyed, done.finished) == (6, 6, 1, False)
    assert keys.force_key(FORCE) != old
    assert {wrapped_by(keys.person_path(FORCE, one).read_bytes()) for one in sealed} == {done.key}
    assert all(keys.decrypt(FORCE, one, "name", text) == one for one, text in sealed.items())
    assert not [one for one in tmp_path.rglob("*") if one.is_file() and old in one.read_bytes()]
    assert not [one for one in tmp_path.rglob("*") if one.suffix in (key_files.PART, key_files.GONE)]


def test_the_old_key_opens_nothing_of_what_is_there_now(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    (key_id, _sealed), *_more = people(keys, 1).items()
    old = keys.force_key(FORCE)
    rotate(keys, FORCE)
    keys.force_path(FORCE).write_bytes(old)
    with pytest.raises(Misconfigured):
        keys.decrypt(FORCE, key_id, "name", _sealed)


class Ended(Exception):
    """The process is gone."""


@pytest.mark.parametrize("seed", range(40))
def test_ended_at_any_point_it_can_be_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Every touch of the disk is a place to end at; between two runs people are read, added and erased."""
    keys = Keyring(tmp_path)
    chance = random.Random(seed)  # noqa: S311 - which point is tried is no secret
    sealed, erased = people(keys, 6), set()
    began = force_key_id(keys.force_key(FORCE))
    for _life in range(chance.randrange(1, 4)):
        left = [chance.randrange(1, 40)]

        def touch(*_given: object, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise Ended

        with monkeypatch.context() as broken:
            for place, name in (
                (os, "fsync"),
                (Path, "replace"),
                (Path, "rename"),
                (Path, "unlink"),
                (Path, "hardlink_to"),
            ):
                real = getattr(place, name)
                before = chance.random() < 0.5

                def ends(*given: object, real: object = real, before: bool = before) -> object:
                    if before:
                        touch()
                    done = real(*given)  # type: ignore[operator]
                    if not before:
                        touch()
                    return done

                broken.setattr(place, name, ends)
            with suppress(Ended):
                rotate(keys, FORCE)
        gone = chance.choice(sorted(sealed))
        keys.destroy(FORCE, gone)
        erased.add(gone)
        del sealed[gone]
        sealed |= people(keys, 1)
        assert all(keys.decrypt(FORCE, one, "name", text) == one for one, text in sealed.items())
    rotate(keys, FORCE)
    assert force_key_id(keys.force_key(FORCE)) != began
    assert not keys.retired(FORCE)
    assert set(keys.people(FORCE)) == set(sealed)
    assert all(keys.decrypt(FORCE, one, "name", text) == one for one, text in sealed.items())
    assert not [one for one in tmp_path.rglob("*") if any(gone in one.name for gone in erased)]


def test_a_key_destroyed_while_it_is_wrapped_anew_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure comes while the new file is ready and not yet in its place: it waits, and then destroys that."""
    keys = Keyring(tmp_path)
    (key_id, sealed), *_more = people(keys, 1).items()
    real, started, erasing = key_files.replace, threading.Event(), []

    def slow(path: Path, content: bytes) -> None:
        if path == keys.person_path(FORCE, key_id):
            erasing.append(threading.Thread(target=lambda: (started.set(), keys.destroy(FORCE, key_id))))
            erasing[0].start()
            started.wait(10)
        real(path, content)

    monkeypatch.setattr(key_rotation.key_files, "replace", slow)
    rotate(keys, FORCE)
    erasing[0].join(10)
    with pytest.raises(NotFound):
        keys.decrypt(FORCE, key_id, "name", sealed)
    assert not list(tmp_path.rglob(f"{key_id}*"))


def test_threads_read_make_and_erase_while_the_key_is_changed_again_and_again(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    stay, to_go = people(keys, 10), people(keys, 30)
    over = threading.Event()

    def read() -> int:
        own, times = Keyring(tmp_path), 0
        while not over.is_set():
            for one, text in stay.items():
                assert own.decrypt(FORCE, one, "name", text) == one
                times += 1
        return times

    def make() -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        while not over.is_set():
            made |= people(Keyring(tmp_path), 1)
        return made

    def erase() -> None:
        for one in to_go:
            Keyring(tmp_path).destroy(FORCE, one)

    with ThreadPoolExecutor(4) as pool:
        reading, making, erasing = pool.submit(read), pool.submit(make), pool.submit(erase)
        for _turn in range(4):
            rotate(keys, FORCE)
        erasing.result(60)
        over.set()
        assert reading.result(60)
        stay |= making.result(60)
    assert set(keys.people(FORCE)) == set(stay)
    assert all(keys.decrypt(FORCE, one, "name", text) == one for one, text in stay.items())


def test_one_change_at_a_time(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    people(keys, 1)
    with key_files.alone(keys.lock(FORCE).with_suffix(".rotation.lock")), pytest.raises(NotNow):
        rotate(keys, FORCE)


def test_a_key_that_nothing_opens_keeps_the_old_force_key(tmp_path: Path) -> None:
    keys = Keyring(tmp_path)
    people(keys, 2)
    damaged = next(iter(keys.people(FORCE)))
    keys.person_path(FORCE, damaged).write_bytes(b"x" * 60)
    with pytest.raises(Misconfigured, match="1 keys"):
        rotate(keys, FORCE)
    assert keys.retired(FORCE)
