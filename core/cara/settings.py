"""Settings: from the environment (`CARA_…`), else from a file, else defaults that run on one machine with nothing set up."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from cara.errors import Misconfigured


class Settings(BaseSettings):
    """Everything an operator can set. Each field is read from `CARA_` and its name in capitals, or from the file `cara.env`."""

    model_config = SettingsConfigDict(env_prefix="CARA_", env_file="cara.env", extra="ignore", frozen=True)

    home: Path = Path(".cara")
    """Folder for what belongs to this installation: the SQLite file and, apart from it, the keys."""
    database_url: str = ""
    """SQLAlchemy URL. Empty: SQLite under `home`. PostgreSQL: `postgresql+psycopg://…`, an application role that owns nothing."""
    database_owner_url: str = ""
    """PostgreSQL only: the owner's URL, used by `cara db upgrade` alone."""
    keys: Path | None = None
    """Folder of the keys that protect victims' columns. Default `home`/keys. Back it up apart from the database."""
    base_url: str = "http://127.0.0.1:8000"
    """What a browser calls this installation. Redirect addresses and cookies follow from it, never from a request's headers."""
    host: str = "127.0.0.1"
    port: int = 8000
    secret: SecretStr = SecretStr("")
    """At least 32 characters; signs the anti-forgery tokens. Empty: one is made and kept in `home`/keys."""
    pool_size: int = 16
    """PostgreSQL only: connections, and the number of worker threads that use them."""
    telemetry: Literal["off", "console", "otlp"] = "off"
    otlp_endpoint: str = ""
    """Where traces, metrics and logs go when `telemetry` is `otlp`; the OTLP/HTTP base address of a collector."""
    session_idle_minutes: int = 60
    session_hours: int = 12
    demo: bool = False
    """Synthetic data and a practice sign-in provider. Never set for real cases: `cara doctor` complains."""

    @cached_property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.home / 'cara.db').absolute()}"

    @property
    def sqlite(self) -> bool:
        """True on the embedded default, which means one process and handlers in the event loop."""
        return self.url.startswith("sqlite")

    @property
    def key_folder(self) -> Path:
        """Where keys live: outside the database, and outside its backups."""
        return self.keys or self.home / "keys"

    @property
    def https(self) -> bool:
        """True where browsers reach this installation by TLS; cookies are then marked secure."""
        return self.base_url.startswith("https://")

    def check(self) -> None:
        """Refuse settings that cannot work, or would be unsafe.

        Raises:
            Misconfigured: names the setting and what to do.
        """
        if not self.url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise Misconfigured(
                "CARA_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://. Correct it, or leave it empty for SQLite."
            )
        if self.secret.get_secret_value() and len(self.secret.get_secret_value()) < 32:
            raise Misconfigured("CARA_SECRET is shorter than 32 characters. Make a longer one, or leave it empty to have one made.")
        if not self.base_url.startswith(("http://127.0.0.1", "http://localhost", "https://")):
            raise Misconfigured("CARA_BASE_URL must begin with https:// unless CARA runs on this machine alone.")
