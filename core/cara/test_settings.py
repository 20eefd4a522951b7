"""Settings: the environment wins over the file, the file over the defaults, and what cannot work is refused by name."""

from pathlib import Path

import pytest

from cara.errors import Misconfigured
from cara.settings import Settings


def test_defaults_run_on_this_machine(tmp_path: Path) -> None:
    settings = Settings.load({}, home=tmp_path)
    assert settings.sqlite
    assert settings.address == "http://127.0.0.1:8000"
    assert not settings.https
    assert settings.key_folder == tmp_path / "keys"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cara.toml"
    file.write_text('port = 9000\nbase_url = "https://cara.example"\n')
    settings = Settings.load({"CARA_SETTINGS": str(file), "CARA_PORT": "9001"})
    assert settings.port == 9001
    assert settings.https


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"CARA_DATABASE_URL": "mysql://x"}, "CARA_DATABASE_URL"),
        ({"CARA_SECRET": "short"}, "CARA_SECRET"),
        ({"CARA_DATABASE_URL": "postgresql+psycopg://cara@db:many/cara"}, "CARA_DATABASE_URL"),
        ({"CARA_DATABASE_URL": "postgresql+psycopg://cara:a#b@db:99999"}, "CARA_DATABASE_URL"),
        ({"CARA_DATABASE_OWNER_URL": "postgresql+psycopg://[::1]:0/cara"}, "CARA_DATABASE_OWNER_URL"),
        ({"CARA_BASE_URL": "http://cara.example"}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "http://127.0.0.1.evil.example"}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "http://localhost.evil.example:8000"}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "http://localhost@evil.example"}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "https://"}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "https://["}, "CARA_BASE_URL"),
        ({"CARA_BASE_URL": "https://cara.example/path"}, "CARA_BASE_URL"),
        ({"CARA_PORT": "many"}, "CARA_PORT"),
        ({"CARA_PORT": "0"}, "CARA_PORT"),
        ({"CARA_SESSION_HOURS": "169"}, "CARA_SESSION_HOURS"),
        ({"CARA_PORT": "65536"}, "CARA_PORT"),
        ({"CARA_TELEMETRY": "loud"}, "CARA_TELEMETRY"),
        ({"CARA_TELEMETRY": "otlp"}, "CARA_OTLP_ENDPOINT"),
    ],
)
def test_what_cannot_work_is_refused_by_name(environment: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        Settings.load(environment)


def test_a_word_that_is_no_setting_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "cara.toml"
    file.write_text("prot = 9000\n")
    with pytest.raises(Misconfigured, match="prot"):
        Settings.load({"CARA_SETTINGS": str(file)})


def test_secrets_do_not_show() -> None:
    assert "s" * 40 not in repr(Settings.load({"CARA_SECRET": "s" * 40}))


def test_this_machine_has_several_names_and_every_other_one(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, host="::1").address == "http://[::1]:8000"
    assert Settings(home=tmp_path, host="::1").names == {"127.0.0.1", "localhost", "::1"}
    assert Settings(home=tmp_path, base_url="https://Cara.Example:8443").names == {"cara.example"}
