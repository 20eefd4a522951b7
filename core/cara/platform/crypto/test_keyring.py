"""Keys are made once, whoever comes at the same time, and nothing is left lying about."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cara.platform.crypto import key_files
from cara.platform.crypto.keyring import Keyring, installation_secret


def test_of_several_that_make_a_key_at_once_all_use_the_first(tmp_path: Path) -> None:
    for turn in range(20):
        folder, together = tmp_path / str(turn), threading.Barrier(4)

        def make(folder: Path = folder, together: threading.Barrier = together) -> tuple[str, str, bytes]:
            keys = Keyring(folder)
            together.wait(10)
            secret, person = installation_secret(folder), keys.new_person("kent")
            return secret, person, keys.encrypt("kent", person, "name", "Synthetic")

        with ThreadPoolExecutor(4) as pool:
            made = [one.result(30) for one in [pool.submit(make) for _ in range(4)]]
        assert {secret for secret, _person, _sealed in made} == {installation_secret(folder)}
        for _secret, person, sealed in made:
            assert Keyring(folder).decrypt("kent", person, "name", sealed) == "Synthetic"
        assert not list(folder.rglob("*.part"))


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    Keyring(tmp_path).new_person("kent")
    assert {file.stat().st_mode & 0o777 for file in tmp_path.rglob("*.key")} == {0o600}


def test_every_folder_made_for_a_key_is_nobody_elses(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        key_files.replace(tmp_path / "home" / "keys" / "people" / "one.key", b"synthetic")
    finally:
        os.umask(before)
    for folder in ("home", "home/keys", "home/keys/people"):
        assert (tmp_path / folder).stat().st_mode & 0o077 == 0, folder
