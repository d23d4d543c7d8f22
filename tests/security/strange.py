"""Services of others, or of tomorrow: their answers hold words that the portal has never heard of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

UNHEARD = "jamais-vu"
NOT_WORDS = {"roles", "grant_type", "token_type"}
"""They decide what may be shown, or are the sign-in's own: with them changed no page would be left."""
ZONES = {"timezone"}
"""Fields whose words are not listed in the documents and are looked up all the same."""


def listed_fields(document: dict[str, Any]) -> set[str]:
    """The fields whose words a service's OpenAPI document lists: tomorrow's may have one more."""
    found = set()
    for schema in document["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            if any("enum" in each or "const" in each for each in _shapes(field, document)):
                found.add(name)
    return found | ZONES


def _shapes(field: Any, document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not isinstance(field, dict):
        return
    if "$ref" in field:
        yield from _shapes(document["components"]["schemas"][field["$ref"].rsplit("/", 1)[-1]], document)
        return
    yield field
    for each in (field.get("items"), *field.get("anyOf", ()), *field.get("allOf", ())):
        yield from _shapes(each, document)


class Strange(httpx.AsyncBaseTransport):
    """Hands requests on and puts `word` for those of `fields` in the JSON that comes back."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.fields: frozenset[str] = frozenset()
        self.word = UNHEARD

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, with words unheard of."""
        answer = await self._inner.handle_async_request(request)
        if (
            not self.fields
            or answer.status_code != 200
            or "json" not in answer.headers.get("content-type", "")
        ):
            return answer
        body = json.dumps(self._altered(json.loads(await answer.aread())))
        kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx.Response(200, headers=kept, content=body.encode(), request=request)

    def _altered(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._altered(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self._altered(each, name) for each in value]
        return self.word if name in self.fields and isinstance(value, str) else value
