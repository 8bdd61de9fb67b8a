"""Bounds on what is read of a reply: a service that never stops sending must not fill the memory."""

from collections.abc import AsyncIterator

import httpx2

from coach.errors import ServiceError

# A full critique streams in under 2 MB with its framing; this leaves room for models that think aloud.
LARGEST_REPLY = 8 * 1024 * 1024
# Packed replies are refused, so that the bytes read are the bytes held.
UNPACKED = {"Accept-Encoding": "identity"}


class _BoundedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, largest: int) -> None:
        self._stream = stream
        self._largest = largest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._stream:
            read += len(chunk)
            if read > self._largest:
                raise ServiceError(
                    f"the reply is larger than {self._largest // 1024**2} MB; the rest was not read",
                    "too_large",
                )
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def bound_reply(response: httpx2.Response) -> None:
    """Limit the body of `response` to LARGEST_REPLY bytes: a response hook of the HTTP client.

    Raises ServiceError for a packed body, and while a body is read that is too large.
    """
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise ServiceError("the reply is packed, which was not asked for; it was not read", "garbage")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _BoundedStream(response.stream, LARGEST_REPLY)
