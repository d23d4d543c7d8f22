"""Where the issuer's public keys come from: its JWKS over HTTP, or a set given at hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any, Protocol

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from maillage.errors import Unavailable
from maillage.trust import trusted

log = structlog.get_logger(__name__)


class KeySource(Protocol):
    """Gives the public key of a key id, or None when the issuer has no such key."""

    async def key(self, kid: str) -> OKPKey | None: ...


def generate_key() -> OKPKey:
    """A new private Ed25519 key whose id is its thumbprint (RFC 7638)."""
    key = OKPKey.generate_key("Ed25519", private=True)
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig"})


class StaticKeys:
    """Keys given at hand; `keys` may be private keys, only their public part is used."""

    def __init__(self, keys: Iterable[OKPKey]) -> None:
        self._keys = {str(key.kid): _public(key) for key in keys}

    async def key(self, kid: str) -> OKPKey | None:
        return self._keys.get(kid)


class JwksKeys:
    """The issuer's keys, fetched from `url` and kept `max_age` seconds.

    An unknown key id fetches again (a key was rotated in), at most once per `cooldown` seconds, so forged
    key ids cannot be used to hammer the issuer. While the issuer is away, keys already known stay good.
    """

    def __init__(
        self,
        url: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        max_age: float = 600,
        cooldown: float = 10,
    ) -> None:
        self._url = url
        self._client = httpx.AsyncClient(
            transport=transport, verify=trusted(), timeout=5, follow_redirects=False
        )
        self._max_age = max_age
        self._cooldown = cooldown
        self._keys: dict[str, OKPKey] = {}
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> OKPKey | None:
        """The key named `kid`. Raises Unavailable when no key was ever fetched and the issuer is away."""
        if self._is_fresh(kid):
            return self._keys[kid]
        async with self._lock:
            if not self._is_fresh(kid) and self._clock() - self._tried_at >= self._cooldown:
                await self._refresh()
        if not self._keys:
            raise Unavailable
        return self._keys.get(kid)

    async def aclose(self) -> None:
        await self._client.aclose()

    @staticmethod
    def _clock() -> float:
        return time.monotonic()

    def _is_fresh(self, kid: str) -> bool:
        return kid in self._keys and self._clock() - self._fetched_at < self._max_age

    async def _refresh(self) -> None:
        self._tried_at = self._clock()
        try:
            answer = await self._client.get(self._url, headers={"Accept": "application/json"})
            answer.raise_for_status()
            keys = _usable(answer.json())
        except (httpx.HTTPError, ValueError, TypeError, LookupError, RecursionError) as error:
            log.warning("jwks-fetch-failed", error=type(error).__name__)
            return
        self._keys = keys
        self._fetched_at = self._clock()


def _usable(document: dict[str, Any]) -> dict[str, OKPKey]:
    """The Ed25519 signature keys of a JWKS document; others, and what is no key, are passed over.

    Raises ValueError when there would be some but all are broken: that withdraws none.
    """
    found, broken = {}, False
    for entry in document["keys"]:
        if not isinstance(entry, dict) or (entry.get("kty"), entry.get("crv")) != ("OKP", "Ed25519"):
            continue
        try:
            if kid := entry.get("kid"):
                found[str(kid)] = _public(OKPKey.import_key(entry))
        except (JoseError, ValueError, TypeError) as error:
            broken = True
            log.warning("jwks-key-unusable", error=type(error).__name__)
    if broken and not found:
        raise ValueError("no key of it can be used")
    return found


def _public(key: OKPKey) -> OKPKey:
    return OKPKey.import_key(key.as_dict(private=False))
