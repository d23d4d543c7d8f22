"""A JSON document that the provider publishes: its metadata, its keys."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx2
import structlog

from maillage_directory.errors import ProviderAway

log = structlog.get_logger(__name__)
Content = TypeVar("Content")
TIMEOUT = 8.0
"""Seconds the provider is given for one answer; a person is waiting."""


class Document(Generic[Content]):
    """Fetched when first needed and kept `max_age` seconds; while the provider is away, what is known stays.

    `fresh` asks again at once, but never twice within `cooldown` seconds: nobody can make us hammer it.
    """

    def __init__(self, read: Callable[[Any], Content], *, max_age: float = 600, cooldown: float = 10) -> None:
        """`read` takes what is needed out of the JSON; a ValueError, KeyError or TypeError means unusable."""
        self._read = read
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
            async with httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client:
                answer = await client.get(url, headers={"Accept": "application/json"})
            answer.raise_for_status()
            self._content = self._read(answer.json())
            self._fetched_at = time.monotonic()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as error:
            log.warning("oidc-fetch-failed", url=url, error=type(error).__name__)
