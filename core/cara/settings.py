"""Settings: from the environment (`CARA_…`), else from the file `cara.toml`, else defaults that run with nothing set up.

Standard library only, because the quick commands read them too.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from cara.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set. Each field is read from `CARA_` and its name in capitals, or under its name in the file."""

    home: Path = Path(".cara")
    """Folder for what belongs to this installation: the SQLite file and, apart from it, the keys."""
    database_url: str = ""
    """SQLAlchemy URL. Empty: SQLite under `home`. PostgreSQL: `postgresql+psycopg://…`, an application role that owns nothing."""
    database_owner_url: str = field(default="", repr=False)
    """PostgreSQL only: the owner's URL, used by `cara db upgrade` alone."""
    keys: str = ""
    """Folder of the keys that protect victims' columns. Empty: `home`/keys. Back it up apart from the database."""
    base_url: str = ""
    """What a browser calls this installation. Redirect addresses and cookies follow from it, never from a request's headers.
    Empty: `http://` and the host and port that it listens on."""
    host: str = "127.0.0.1"
    """Address to listen on. Another one than loopback belongs behind a proxy that speaks TLS."""
    port: int = 8000
    """Port to listen on."""
    secret: str = field(default="", repr=False)
    """At least 32 characters; signs the anti-forgery tokens. Empty: one is made and kept with the keys."""
    pool_size: int = 16
    """PostgreSQL only: connections, and the number of worker threads that use them."""
    telemetry: str = "off"
    """`off`, `console` or `otlp`."""
    otlp_endpoint: str = ""
    """Where traces, metrics and logs go when `telemetry` is `otlp`: the OTLP/HTTP base address of a collector."""
    session_idle_minutes: int = 60
    """A session ends after so many minutes without use."""
    session_hours: int = 12
    """A session ends after so many hours, used or not."""
    demo: bool = False
    """Synthetic data and a practice sign-in. Never set for real cases."""

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """The settings in force; `given` wins over the environment, the environment over the file.

        Raises:
            Misconfigured: names the setting that will not do, and what to do.
        """
        environment = os.environ if environment is None else environment
        found: dict[str, Any] = _file(environment.get("CARA_SETTINGS", "cara.toml"))
        found |= {
            one.name: environment[f"CARA_{one.name.upper()}"]
            for one in fields(cls)
            if environment.get(f"CARA_{one.name.upper()}")
        }
        unknown = set(found) - {one.name for one in fields(cls)}
        if unknown:
            raise Misconfigured(
                f"The settings file names unknown settings: {', '.join(sorted(unknown))}. Remove or correct them."
            )
        settings = cls(
            **{one.name: _as(one.name, one.default, found[one.name]) for one in fields(cls) if one.name in found}
            | given
        )
        settings.check()
        return settings

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.home / 'cara.db').absolute()}"

    @property
    def sqlite(self) -> bool:
        """True on the embedded default, which means one process and handlers in the event loop."""
        return self.url.startswith("sqlite")

    @property
    def database_file(self) -> Path | None:
        """The file of the embedded database, there or not; None on PostgreSQL."""
        return Path(self.url.removeprefix("sqlite:///")) if self.sqlite else None

    @property
    def key_folder(self) -> Path:
        """Where keys live: outside the database, and outside its backups."""
        return Path(self.keys) if self.keys else self.home / "keys"

    @property
    def address(self) -> str:
        """What a browser calls this installation, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def https(self) -> bool:
        """True where browsers reach this installation by TLS; cookies are then marked secure."""
        return self.address.startswith("https://")

    def check(self) -> None:
        """Refuse settings that cannot work, or would be unsafe.

        Raises:
            Misconfigured: names the setting and what to do.
        """
        if not self.url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise Misconfigured(
                "CARA_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://. Correct it, or leave it empty for SQLite."
            )
        if self.secret and len(self.secret) < 32:
            raise Misconfigured(
                "CARA_SECRET is shorter than 32 characters. Make a longer one, or leave it empty to have one made."
            )
        if not self.address.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise Misconfigured("CARA_BASE_URL must begin with https:// unless CARA is used on this machine alone.")
        if self.telemetry not in ("off", "console", "otlp"):
            raise Misconfigured("CARA_TELEMETRY must be off, console or otlp.")
        if self.telemetry == "otlp" and not self.otlp_endpoint:
            raise Misconfigured("CARA_TELEMETRY is otlp, so CARA_OTLP_ENDPOINT must say where the collector listens.")


def _file(name: str) -> dict[str, Any]:
    path = Path(name)
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise Misconfigured("The settings file is not valid TOML. Correct it, or remove it.") from None


def _as(name: str, default: Any, value: Any) -> Any:
    """A setting in the type of its default."""
    if isinstance(default, bool):
        return value is True or str(value).lower() in ("1", "true", "yes")
    if isinstance(default, int):
        if not str(value).isdecimal():
            raise Misconfigured(f"CARA_{name.upper()} must be a whole number.")
        return int(value)
    return Path(value) if isinstance(default, Path) else str(value)
