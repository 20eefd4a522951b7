"""Which identity providers are trusted, and what they say of themselves.

An `Issuer` is pinned by configuration, one for each organisation; nothing in a token or a callback can add one.
A discovery document is believed only where it agrees with the pin. Pure: `published` does the fetching.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from cara.errors import Misconfigured, SignInRefused
from cara.i18n import lazy
from cara.platform.oidc.jwt import ALGORITHMS

AuthMethod = Literal["private_key_jwt", "client_secret_basic", "none"]

POISONED = lazy("The sign-in service does not describe itself as it was set up here. Tell your CARA administrator.")


def is_loopback(host: str) -> bool:
    """Whether `host` names this very machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def acceptable_url(url: str, *, allow_http: bool) -> bool:
    """An https URL without user name, password or fragment; plain http only to loopback, and only where allowed."""
    if len(url) > 2000 or not url.isascii() or any(c <= " " or c == "\\" for c in url):
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or "#" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and allow_http and is_loopback(host))


@dataclass(frozen=True, slots=True)
class Issuer:
    """One trusted identity provider, as an administrator entered it.

    `credential` is the client secret, or the private key as PEM or JWK; it never shows in a repr. `allow_http` opens
    plain http to loopback addresses alone. With `entra` a person is known by tenant and object id, because
    Microsoft's `sub` differs for each application. Raises `Misconfigured`.
    """

    issuer: str
    client_id: str
    auth_method: AuthMethod = "none"
    credential: SecretStr | None = None
    allow_http: bool = False
    groups_claim: str = "groups"
    entra: bool = False
    scope: str = "openid profile email"

    def __post_init__(self) -> None:
        if not acceptable_url(self.issuer, allow_http=self.allow_http) or "?" in self.issuer:
            raise Misconfigured("The issuer of a sign-in provider must be an https address without query or fragment.")
        if not self.client_id:
            raise Misconfigured("A sign-in provider needs the client id under which CARA is registered with it.")
        if (self.auth_method == "none") != (self.credential is None):
            raise Misconfigured(
                f"Sign-in by {self.auth_method} does not fit the credential: give one, or choose another way."
            )
        if "openid" not in self.scope.split():
            raise Misconfigured("The scope of a sign-in provider must contain openid.")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we use of a discovery document (OpenID Connect Discovery 1.0 §3), once it was held against the pin."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    algorithms: tuple[str, ...]
    client_algorithms: tuple[str, ...]
    names_itself: bool  # sends `iss` with each answer (RFC 9207)


def read_metadata(issuer: Issuer, document: Mapping[str, Any]) -> Metadata:
    """The discovery document, refused (`SignInRefused`) unless it is the pinned issuer's own and safe to follow."""

    def strings(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        value = document.get(name, default)
        return tuple(v for v in value if isinstance(v, str)) if isinstance(value, (list, tuple)) else ()

    def address(name: str) -> str:
        value = document.get(name)
        if not isinstance(value, str) or not acceptable_url(value, allow_http=issuer.allow_http):
            raise SignInRefused(str(POISONED))
        return value

    if document.get("issuer") != issuer.issuer:
        raise SignInRefused(str(POISONED))
    offered = strings("id_token_signing_alg_values_supported", ("RS256",))
    algorithms = tuple(name for name in ALGORITHMS if name in offered)
    if not algorithms:
        raise SignInRefused(str(POISONED))
    return Metadata(
        authorization_endpoint=address("authorization_endpoint"),
        token_endpoint=address("token_endpoint"),
        jwks_uri=address("jwks_uri"),
        end_session_endpoint=address("end_session_endpoint") if document.get("end_session_endpoint") else None,
        algorithms=algorithms,
        client_algorithms=strings("token_endpoint_auth_signing_alg_values_supported"),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )
