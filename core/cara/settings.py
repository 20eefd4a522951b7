"""Settings: from the environment (`CARA_…`), else from the file `cara.toml`, else defaults that run with nothing set up.

Standard library only, because the quick commands read them too.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cara.errors import Misconfigured

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names by which a browser on this very machine calls it."""
LARGEST_PORT = 65_535
LONGEST_SESSION = 168
"""Hours: a form may be sent as long as its session lasts, and its key against being sent twice is kept longer."""
LOGINS = ("ledger", "backup", "pruning")
"""What a login of its own is for, beside the application's: see `cara.platform.database.postgresql_roles`."""
COOKIE = "signed_in"
"""The cookie that keeps somebody signed in, by its plain name."""
SIGN_IN_COOKIE = "cara_sign_in"
"""How the names of the cookies of sign-ins under way begin."""
FORM_TOKEN = "form_token"  # noqa: S105 - a cookie's name
"""The cookie against forged forms, by its plain name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set. Each field is read from `CARA_` and its name in capitals, or under its name in the file."""

    home: Path = Path(".cara")
    """Folder for what belongs to this installation: the SQLite file and, apart from it, the keys."""
    database_url: str = ""
    """SQLAlchemy URL. Empty: SQLite under `home`. PostgreSQL: `postgresql+psycopg://…`, an application role that owns nothing."""
    database_owner_url: str = field(default="", repr=False)
    """PostgreSQL only: the owner's URL, used by `cara db upgrade` alone."""
    ledger_database_url: str = field(default="", repr=False)
    """PostgreSQL only: the URL of a login in the role `cara_ledger`, which seals and verifies the ledger."""
    backup_database_url: str = field(default="", repr=False)
    """PostgreSQL only: the URL of a login in the role `cara_backup`, which reads every table for `cara backup`."""
    pruning_database_url: str = field(default="", repr=False)
    """PostgreSQL only: the URL of a login in the role `cara_pruning`, which deletes what has expired."""
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
    """At least 32 characters; signs the anti-forgery tokens and seals sign-ins under way, so all machines of an installation have the
    same. Empty: one is made and kept with the keys."""
    pool_size: int = 16
    """PostgreSQL only: connections, and the number of worker threads that use them."""
    telemetry: str = "off"
    """`off`, `console` or `otlp`."""
    otlp_endpoint: str = ""
    """Where traces, metrics and logs go when `telemetry` is `otlp`: the OTLP/HTTP base address of a collector."""
    notify_key: str = field(default="", repr=False)
    """API key of a GOV.UK Notify service. Empty: e-mails and text messages wait, or in a demonstration are kept and shown."""
    notify_email_template: str = ""
    """Id of the template at Notify for e-mails: subject `((subject))`, text `((body))`."""
    notify_sms_template: str = ""
    """Id of the template at Notify for text messages: `((body))`."""
    notify_url: str = "https://api.notifications.service.gov.uk"
    """Where Notify listens."""
    session_idle_minutes: int = 60
    """A session ends after so many minutes without use."""
    session_hours: int = 12
    """A session ends after so many hours, used or not."""
    flood_minutes: int = 10
    """Failures before sign-in, on links that work once, and of refused forms and tokens are counted over so many minutes, each kind
    apart."""
    flood_browser: int = 40
    """So many failures of a kind in that time, and the browser waits until it is over."""
    flood_address: int = 1000
    """The same for an address: far more than a whole force behind one proxy has at a change of shift."""
    trusted_proxies: str = ""
    """Addresses or networks of your proxies, separated by commas: what they say in `X-Forwarded-For` counts, nobody else's does.
    Empty under `https://`: failures are counted by browser alone."""
    root_file: str = ""
    """A file on another machine's disk, to which the ledger's root is added, a line each time. `cara ledger verify` reads it."""
    root_command: str = ""
    """A command that is given the ledger's root on its standard input, a line of JSON, to keep it elsewhere."""
    root_hours: int = 24
    """How many hours pass between two exports of the ledger's root."""
    leave_to: str = "https://www.bbc.co.uk/weather"
    """Where the button that leaves a victim's page quickly leads: any https page that nobody would wonder at."""
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

    def url_of(self, login: str) -> str:
        """The database URL of a login of its own. On SQLite all are the one file.

        Raises:
            Misconfigured: it is not set; says how to make the login.
        """
        url: str = self.url if self.sqlite else getattr(self, f"{login}_database_url")
        if not url:
            raise Misconfigured(
                f"This needs a login of its own in the role cara_{login}, and CARA_{login.upper()}_DATABASE_URL is not set. "
                "The operators’ page, under PostgreSQL, has the statements that make the login."
            )
        return url

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
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.base_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def names(self) -> frozenset[str]:
        """Host names by which a browser may ask for this installation: its address's, on loopback the others of it too."""
        name = urlsplit(self.address).hostname or ""
        return LOOPBACK if name in LOOPBACK else frozenset({name})

    @property
    def https(self) -> bool:
        """True where browsers reach this installation by TLS; cookies are then marked secure."""
        return self.address.startswith("https://")

    @property
    def session_cookie(self) -> str:
        """The name in full of the cookie that keeps somebody signed in."""
        return self.cookie(COOKIE)

    def cookie(self, name: str) -> str:
        """A cookie's name in full. `__Host-` lets no other host of the same domain set it; browsers take it by TLS alone."""
        return f"__Host-{name}" if self.https else name

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of trusted proxies."""
        return tuple(ip_network(one.strip()) for one in self.trusted_proxies.split(",") if one.strip())

    def check(self) -> None:
        """Refuse settings that cannot work, or would be unsafe.

        Raises:
            Misconfigured: names the setting and what to do.
        """
        if not self.url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise Misconfigured(
                "CARA_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://. Correct it, or leave it empty for SQLite."
            )
        for name in ("database_url", "database_owner_url", *(f"{login}_database_url" for login in LOGINS)):
            url = getattr(self, name)
            if url and not self.sqlite and not url.startswith("postgresql+psycopg://"):
                raise Misconfigured(
                    f"CARA_{name.upper()} must begin with postgresql+psycopg://, as CARA_DATABASE_URL does. Correct it."
                )
            if url.startswith("postgresql") and not _is_server(url):
                raise Misconfigured(
                    f"CARA_{name.upper()} does not name a server as HOST or HOST:PORT, with a port from 1 to {LARGEST_PORT}. "
                    "A user’s password in it must have its @, / and : written as %40, %2F and %3A."
                )
        if self.secret and len(self.secret) < 32:
            raise Misconfigured(
                "CARA_SECRET is shorter than 32 characters. Make a longer one, or leave it empty to have one made."
            )
        if not 0 < self.session_hours <= LONGEST_SESSION:
            raise Misconfigured(f"CARA_SESSION_HOURS must be a whole number from 1 to {LONGEST_SESSION}.")
        for name in ("flood_minutes", "flood_browser", "flood_address"):
            if getattr(self, name) < 1:
                raise Misconfigured(f"CARA_{name.upper()} must be a whole number, 1 or more.")
        try:
            _found = self.proxies
        except ValueError:
            raise Misconfigured(
                "CARA_TRUSTED_PROXIES must be addresses or networks separated by commas, such as 10.0.0.7,10.1.0.0/24."
            ) from None
        if not 0 < self.port <= LARGEST_PORT:
            raise Misconfigured(f"CARA_PORT must be a whole number from 1 to {LARGEST_PORT}.")
        if not _is_address(self.address):
            raise Misconfigured(
                "CARA_BASE_URL must be https:// and a host name, such as https://cara.example, unless CARA is used on this "
                "machine alone."
            )
        if self.notify_key and not (self.notify_email_template and self.notify_sms_template):
            raise Misconfigured(
                "CARA_NOTIFY_KEY is set, so CARA_NOTIFY_EMAIL_TEMPLATE and CARA_NOTIFY_SMS_TEMPLATE must name its templates."
            )
        if not re.fullmatch(r"https?://[\x21-\x7e]+", self.leave_to) or set(self.leave_to) & set("\"'<>;\\"):
            raise Misconfigured(
                "CARA_LEAVE_TO must be the address of a web page, such as https://www.bbc.co.uk/weather."
            )
        if self.telemetry not in ("off", "console", "otlp"):
            raise Misconfigured("CARA_TELEMETRY must be off, console or otlp.")
        if self.telemetry == "otlp" and not self.otlp_endpoint:
            raise Misconfigured("CARA_TELEMETRY is otlp, so CARA_OTLP_ENDPOINT must say where the collector listens.")


def _is_address(text: str) -> bool:
    """An https address, or this machine's own, without user name, path, query or fragment."""
    try:
        parts = urlsplit(text)
        name, _port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not parts.path and not set(text) & set(" @?#\\")
    return bool(name) and plain and (parts.scheme == "https" or (parts.scheme == "http" and name in LOOPBACK))


def _is_server(url: str) -> bool:
    """Whether what stands between user and database reads as a host and, if there is one, a port."""
    place = re.split(r"[/?]", url.partition("://")[2].rpartition("@")[2], maxsplit=1)[0]
    found = re.fullmatch(r"(?:\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?", place)
    return found is not None and (found[1] is None or 0 < int(found[1]) <= LARGEST_PORT)


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
