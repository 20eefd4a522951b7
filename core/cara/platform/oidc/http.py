"""A way out to the network that a hostile or broken server cannot use to fill our memory."""

from collections.abc import AsyncIterator

import httpx2

LARGEST = 256 * 1024  # bytes; a discovery document has about 5,000, a key set with certificates 20,000


class TooLarge(httpx2.TransportError):
    """The answer is larger than anything an identity provider has to say, or packed so that its size is unknown."""


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > LARGEST:
                raise TooLarge("answer too large")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class Bounded(httpx2.AsyncBaseTransport):
    """Passes requests on; refuses answers above `LARGEST` bytes, and compressed ones, which may unfold to any size."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"
        answer = await self._inner.handle_async_request(request)
        stream = answer.stream
        if answer.headers.get("Content-Encoding", "identity") != "identity" or not isinstance(
            stream, httpx2.AsyncByteStream
        ):
            await answer.aclose()
            raise TooLarge("answer is packed")
        return httpx2.Response(
            answer.status_code, headers=answer.headers, stream=_Counted(stream), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._inner.aclose()
