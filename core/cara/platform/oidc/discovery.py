"""What the pinned identity providers publish, fetched over a bounded wire and believed for a while."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ssl import SSLContext
from typing import Any, Generic, TypeVar

import httpx2
from joserfc.jwk import KeySet

from cara import clock
from cara.errors import Unavailable
from cara.i18n import lazy
from cara.platform.oidc.http import Bounded
from cara.platform.oidc.issuers import Issuer, Metadata, read_metadata
from cara.platform.oidc.jwt import signing_keys

T = TypeVar("T")

KEPT = timedelta(minutes=30)  # how long discovery and keys are believed without asking again
ASK_AGAIN = timedelta(seconds=60)  # an unknown key id may make us ask, this often at most
PAUSE = timedelta(seconds=5)  # after a failure nobody waits for the same silence again
TIME_LIMIT = 10.0  # seconds for one exchange with a provider, all of it
NEVER = datetime(1, 1, 1, tzinfo=UTC)

DOWN = lazy("The sign-in service does not answer. Try again in a few minutes.")


@dataclass(slots=True)
class _Kept(Generic[T]):
    """One fetched thing: believed for a while, asked for by one caller at a time, left alone after a failure."""

    value: T | None = None
    asked: datetime = NEVER
    got: datetime = NEVER
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self, fetch: Callable[[], Awaitable[T]], fits: Callable[[T], bool] = lambda _: True) -> T:
        if (held := self._held(fits)) is not None:
            return held
        async with self.lock:
            if (held := self._held(fits)) is not None:
                return held
            if self.asked > self.got and _within(self.asked, PAUSE):
                raise Unavailable(str(DOWN))
            self.asked = clock.now()
            self.value = await fetch()
            self.got = self.asked
            return self.value

    def _held(self, fits: Callable[[T], bool]) -> T | None:
        """What is held, if it is young, and if it either fits or we may not ask again yet."""
        if self.value is None or not _within(self.got, KEPT):
            return None
        return self.value if fits(self.value) or _within(self.asked, ASK_AGAIN) else None


def _within(since: datetime, span: timedelta) -> bool:
    """Both bounds count: when the clock has jumped back we ask afresh instead of believing for hours."""
    return since <= clock.now() < since + span


class Providers:
    """What the pinned providers publish, kept for a while. One for each application, made in the app factory.

    `transport` makes the way out to the network (tests put their own); the default verifies TLS, keeps no connection.
    """

    def __init__(self, transport: Callable[[], httpx2.AsyncBaseTransport] | None = None) -> None:
        self._make = transport or self._network
        self._metadata: dict[str, _Kept[Metadata]] = {}
        self._keys: dict[str, _Kept[KeySet]] = {}

    async def metadata(self, issuer: Issuer) -> Metadata:
        """The provider's description of itself. Raises `Unavailable`, `SignInRefused`."""

        async def fetch() -> Metadata:
            address = issuer.issuer.rstrip("/") + "/.well-known/openid-configuration"
            return read_metadata(issuer, await self._get(address))

        return await self._metadata.setdefault(issuer.issuer, _Kept()).get(fetch)

    async def keys(self, issuer: Issuer, kid: str | None) -> KeySet:
        """The provider's signing keys; fetched again for a new `kid`, once in `ASK_AGAIN`. Raises as `metadata`."""
        metadata = await self.metadata(issuer)

        async def fetch() -> KeySet:
            return signing_keys(await self._get(metadata.jwks_uri))

        def fits(keys: KeySet) -> bool:
            return kid is None or any(key.kid == kid for key in keys)

        return await self._keys.setdefault(issuer.issuer, _Kept()).get(fetch, fits)

    def transport(self) -> Bounded:
        """A bounded way to a provider, for one exchange."""
        return Bounded(self._make())

    async def _get(self, url: str) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(TIME_LIMIT), httpx2.AsyncClient(transport=self.transport()) as client:
                answer = await client.get(url, headers={"Accept": "application/json"})
            document = json.loads(answer.content) if answer.status_code == 200 else None
        except (httpx2.HTTPError, TimeoutError, ValueError, RecursionError):
            raise Unavailable(str(DOWN)) from None
        if not isinstance(document, dict):
            raise Unavailable(str(DOWN))
        return document

    def _network(self) -> httpx2.AsyncBaseTransport:
        return httpx2.AsyncHTTPTransport(verify=self._tls, limits=httpx2.Limits(max_keepalive_connections=0))

    @cached_property
    def _tls(self) -> SSLContext:
        return httpx2.create_ssl_context()
