"""A small HTTP/1.1 client for the loopback: 16 officers who ask as fast as they can, or with pauses to think."""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from cases import OFFICERS, token

HOST = "127.0.0.1"
THINK = 0.030
"""Mean pause of a paced officer, in seconds, exponentially distributed."""


@dataclass(frozen=True)
class Side:
    """Where one side listens and what it calls its cookies and fields."""

    name: str
    port: int
    session: str
    csrf_cookie: str
    csrf: str
    prefix: str


@dataclass
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes


@dataclass
class Officer:
    """One signed-in browser with one connection, kept for as long as the server keeps it."""

    side: Side
    number: int
    csrf: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None

    async def list_cases(self, query: str = "") -> Answer:
        """The first page of cases, or the one that `query` asks for."""
        return await self._ask("GET", f"/cases{query}")

    async def read(self, path: str) -> Answer:
        """Any page."""
        return await self._ask("GET", path)

    async def refer(self, reference: str, key: str) -> Answer:
        """Refer a ready draft."""
        prefix = self.side.prefix
        fields = {self.side.csrf: self.csrf, f"{prefix}key": key, f"{prefix}version": "1", "provider": ""}
        return await self._ask("POST", f"/drafts/{reference}/refer", urlencode(fields).encode())

    async def begin(self) -> Answer:
        """Open the list once, for the token against forgery."""
        self.cookies = {self.side.session: token(self.number)}
        answer = await self.list_cases()
        self.csrf = answer.cookies[self.side.csrf_cookie]
        self.cookies[self.side.csrf_cookie] = self.csrf
        return answer

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            await self._writer.wait_closed()
            self._reader = self._writer = None

    async def _ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}:{self.side.port}\r\nCookie: {cookies}\r\n"
        if method == "POST":
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self.side.port)
        self._writer.write(f"{head}\r\n".encode() + body)
        answer = _parse(await self._reader.readuntil(b"\r\n\r\n"))
        answer.body = await self._reader.readexactly(int(answer.headers["content-length"]))
        if answer.headers.get("connection") == "close":
            await self.close()
        return answer


def _parse(head: bytes) -> Answer:
    lines = head.decode("latin-1").split("\r\n")
    headers, cookies = {}, {}
    for line in lines[1:]:
        name, _colon, value = line.partition(":")
        if name.lower() == "set-cookie":
            key, _equals, rest = value.strip().partition("=")
            cookies[key] = rest.partition(";")[0].strip('"')
        elif name:
            headers[name.lower()] = value.strip().lower() if name.lower() == "connection" else value.strip()
    return Answer(int(lines[0].split()[1]), headers, cookies, b"")


@dataclass(frozen=True)
class Round:
    """What one round took, in seconds."""

    elapsed: float
    latencies: list[float]


async def run(side: Side, tasks: Iterator[str | None], count: int, *, think: float = 0.0, seed: int = 0) -> Round:
    """`count` requests from 16 officers; each task is a draft to refer, or None for the list.

    Raises:
        AssertionError: an answer was not the one that was meant.
    """
    officers = [Officer(side, number) for number in range(OFFICERS)]
    left = iter(range(count))
    latencies: list[float] = []

    async def ask(officer: Officer) -> None:
        chance = random.Random(f"{seed}/{officer.number}")
        for _number in left:
            task = next(tasks)
            if think:
                await asyncio.sleep(chance.expovariate(1 / think))
            began = time.perf_counter()
            if task is None:
                answer = await officer.list_cases()
                assert answer.status == 200, f"{side.name} answered {answer.status}"
            else:
                answer = await officer.refer(task, f"bench-{task}-0123456789")
                assert answer.status == 303, f"{side.name} answered {answer.status}"
                assert answer.headers["location"].endswith("?done=sent"), f"{side.name} did not refer"
            latencies.append(time.perf_counter() - began)

    for officer in officers:
        first = await officer.begin()
        assert first.body.count(b"cara-worklist__link") == 25, f"{side.name} does not show 25 rows"
    began = time.perf_counter()
    await asyncio.gather(*map(ask, officers))
    elapsed = time.perf_counter() - began
    for officer in officers:
        await officer.close()
    return Round(elapsed, latencies)
