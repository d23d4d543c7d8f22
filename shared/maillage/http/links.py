"""OpenAPI links: from an answer that brought something into being to what may be done with it.

They are read off the document, so that a new route has its links without anybody writing some. A resource is
what `GET /things/{thing_id}` answers; every operation whose address begins there is about one of them. An
answer that is such a resource, at an address outside it, has made one; its identifier is the field of the
parameter's name, or `id`. An answer that names another resource beside its own (`mentorship_id` of a
proposal's acceptance) has made that one.

Source: OpenAPI 3.1.1, "Link Object" and "Runtime Expressions".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAKING = ("post", "put", "delete")
METHODS = ("get", "patch", *MAKING)
ITEM = re.compile(r"^(?P<place>[^{}]*/)\{(?P<parameter>[^{}]+)\}$")


@dataclass(frozen=True)
class Resource:
    """Where one of a kind is read, what its identifier is called there, and what its fields are."""

    place: str
    parameter: str
    fields: frozenset[str]

    def holds(self, path: str) -> bool:
        """Whether an address is the resource's or below it."""
        return path.startswith(f"{self.place}{{")


def add_links(document: dict[str, Any]) -> None:
    """Writes the links of every operation that makes something into the document."""
    resources = list(_resources(document))
    for path, operation in _operations(document, MAKING):
        for answer in operation["responses"].values():
            fields = _fields(document, answer)
            links: dict[str, Any] = {}
            for resource, field in _made(resources, path, fields):
                links |= _links(document, resource, field)
            if links:
                answer["links"] = links


def _operations(document: dict[str, Any], methods: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        yield from ((path, operations[method]) for method in methods if method in operations)


def _resources(document: dict[str, Any]) -> Iterator[Resource]:
    for path, operation in _operations(document, ("get",)):
        fields = _fields(document, operation["responses"].get("200", {}))
        if (item := ITEM.match(path)) and "id" in fields:
            yield Resource(item["place"], item["parameter"], fields)


def _fields(document: dict[str, Any], answer: dict[str, Any]) -> frozenset[str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return frozenset(document["components"]["schemas"].get(name, {}).get("properties", ()))


def _made(resources: list[Resource], path: str, fields: frozenset[str]) -> Iterator[tuple[Resource, str]]:
    """What an answer with these fields has made, each with the field that is its identifier."""
    own = [each for each in resources if each.fields <= fields]
    known = frozenset().union(*(each.fields for each in own))
    for resource in resources:
        if resource.holds(path):
            continue
        if resource in own:
            yield resource, resource.parameter if resource.parameter in resource.fields else "id"
        elif own and resource.parameter in fields - known:
            yield resource, resource.parameter


def _links(document: dict[str, Any], resource: Resource, field: str) -> dict[str, Any]:
    found = {}
    for path, operation in _operations(document, METHODS):
        if resource.holds(path):
            name = re.split(r"[{}]", path.removeprefix(resource.place))[1]
            link = {"operationId": operation["operationId"], "parameters": {name: f"$response.body#/{field}"}}
            found[link["operationId"].replace(" ", "_")] = link  # a link's name has no spaces, a tag may
    return found
