"""Every place where a request lets a caller write free text, read from the OpenAPI documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PROBE = "zq000x\"'><svg/onload=__xss(0)>"
CLOSED = {"uuid", "date", "date-time", "time", "uri"}
"""Formats that have no room for a text."""


class Document:
    """One service's OpenAPI document."""

    def __init__(self, document: Json) -> None:
        self.paths: dict[str, Json] = document["paths"]
        self._components: Json = document.get("components", {}).get("schemas", {})

    def bodies(self) -> Iterator[tuple[str, str, Json]]:
        """Method, path and JSON body schema of each operation that takes one."""
        for path, operations in self.paths.items():
            for method, operation in operations.items():
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    yield method.upper(), path, content["schema"]

    def texts(
        self, schema: Json, pointer: str = "", seen: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, Json]]:
        """JSON pointer and schema of each string in `schema` that takes free text; `*` for any item."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if name not in seen:
                yield from self.texts(self._components[name], pointer, (*seen, name))
        for kind in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(kind, ()):
                yield from self.texts(each, pointer, seen)
        if schema.get("type") == "string" and _is_free(schema):
            yield pointer, schema
        for name, each in schema.get("properties", {}).items():
            yield from self.texts(each, f"{pointer}/{name}", seen)
        for inner in (schema.get("items"), schema.get("additionalProperties")):
            if isinstance(inner, dict):
                yield from self.texts(inner, f"{pointer}/*", seen)


def _is_free(schema: Json) -> bool:
    if schema.keys() & {"enum", "const"} or schema.get("format") in CLOSED:
        return False
    return re.search(schema.get("pattern", ""), PROBE) is not None


def written(body: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Pointer and value of each text in a body that was sent, items as `*`."""
    if isinstance(body, str):
        yield pointer, body
    elif isinstance(body, dict):
        for name, each in body.items():
            yield from written(each, f"{pointer}/{name}")
    elif isinstance(body, list):
        for each in body:
            yield from written(each, f"{pointer}/*")
