"""A JSON document that the provider publishes: its metadata, its keys."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx2
import structlog

from maillage_directory.errors import ProviderAway

log = structlog.get_logger(__name__)
Content = TypeVar("Content")
TIMEOUT = 8.0
"""Seconds the provider is given for one whole answer; a person is waiting."""
LARGEST = 1_000_000
"""Bytes of an answer; the largest providers publish some tens of thousands."""
UNUSABLE = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    TimeoutError,
)
"""What becomes of an answer that does not come, has no end, or is not of the form that was agreed upon."""


@functools.cache
def trusted() -> ssl.SSLContext:
    """The machine's own certificates, by which httpx2 knows a provider; reading them takes some 25 ms.

    They are read once in a process, and not three times for each person who signs in.
    """
    return httpx2.create_ssl_context()


async def fetched(
    url: str, headers: dict[str, str], transport: httpx2.AsyncBaseTransport | None
) -> tuple[str, bytes]:
    """Media type and content of what is there. Raises something of `UNUSABLE`."""
    content = bytearray()
    async with (
        asyncio.timeout(TIMEOUT),
        httpx2.AsyncClient(
            timeout=TIMEOUT, follow_redirects=False, transport=transport, verify=trusted()
        ) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        answer.raise_for_status()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > LARGEST:
                raise ValueError("an answer without an end")
    return answer.headers.get("content-type", "").partition(";")[0].strip(), bytes(content)


class Document(Generic[Content]):
    """Fetched when first needed and kept `max_age` seconds; while the provider is away, what is known stays.

    `fresh` asks again at once, but never twice within `cooldown` seconds: nobody can make us hammer it.
    """

    def __init__(
        self,
        read: Callable[[Any], Content],
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        max_age: float = 600,
        cooldown: float = 10,
    ) -> None:
        """`read` takes what is needed out of the JSON; one of `UNUSABLE` says that it cannot be used."""
        self._read, self._transport = read, transport
        self._max_age, self._cooldown = max_age, cooldown
        self._content: Content | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def get(self, url: str, *, fresh: bool = False) -> Content:
        """The content. Raises ProviderAway when it was never had and cannot be had now."""
        async with self._lock:
            now = time.monotonic()
            old = fresh or now - self._fetched_at >= self._max_age
            if old and (self._content is None or now - self._tried_at >= self._cooldown):
                await self._fetch(url)
        if self._content is None:
            raise ProviderAway
        return self._content

    async def _fetch(self, url: str) -> None:
        self._tried_at = time.monotonic()
        try:
            _, content = await fetched(url, {"Accept": "application/json"}, self._transport)
            self._content = self._read(json.loads(content))
            self._fetched_at = time.monotonic()
        except UNUSABLE as error:
            log.warning("oidc-fetch-failed", url=url, error=type(error).__name__)
