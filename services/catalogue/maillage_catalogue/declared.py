"""What is declared: the AsyncAPI documents of the services, read into event types with who sends and reads.

The documents in `data/` are copies of the services' committed contracts, written by `make contracts`: a
container of the catalogue has no other service installed. Documents fetched by setting are read the same way,
and stand before a copy that names the same service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from maillage.events.event import TYPE_PREFIX, schema_uri

_COMPONENTS = "#/components/schemas/"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
"""What a type may be called: it becomes part of subjects, addresses and file names."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """A service that says it reads a type, and what its handlers are called.

    `home`: from its own region; `abroad`: from others. One that does not say reads its own.
    """

    service: str
    handlers: str
    home: bool = True
    abroad: bool = False


@dataclass(slots=True)
class Declared:
    """One event type as its publishers and readers describe it.

    `rated`: its publisher says whether it is personal. One that does not say is taken for personal.
    """

    type: str
    description: str = ""
    schema: dict[str, Any] | None = None
    public: bool = False
    private: bool = False
    personal: bool = False
    rated: bool = False
    published_by: list[str] = field(default_factory=list)
    consumed_by: list[Reading] = field(default_factory=list)

    @property
    def short(self) -> str:
        """As consumers write it: `directory.position.started.v1`."""
        return self.type.removeprefix(TYPE_PREFIX)

    @property
    def owner(self) -> str:
        """The service whose fact it is: its publisher, else as the type says."""
        return self.published_by[0] if self.published_by else self.short.split(".")[0]

    @property
    def discreet(self) -> bool:
        """Whether its body is about a person, or stays in the region."""
        return self.private or self.personal or not self.rated


@lru_cache(maxsize=1)
def packaged() -> dict[str, Document]:
    """The documents in the package by service."""
    folder = files("maillage_catalogue") / "data"
    found = (json.loads(each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".json"))
    return {service_of(document): document for document in found}


def service_of(document: Document) -> str:
    """Whose document it is: as our kit says it, else its title."""
    info = document.get("info", {})
    return str(info.get("x-maillage", {}).get("service") or info.get("title") or "?")


def documents(fetched: Iterable[Document] = ()) -> list[Document]:
    """All documents, one a service, in the order of their names."""
    chosen = {**packaged(), **{service_of(each): each for each in fetched}}
    return [chosen[name] for name in sorted(chosen)]


def declared(sources: Iterable[Document]) -> dict[str, Declared]:
    """The event types of these documents by full type. What a document leaves out is left out."""
    found: dict[str, Declared] = {}
    for document in sources:
        service = service_of(document)
        for operation in document.get("operations", {}).values():
            for message in _messages(document, operation):
                name = str(message.get("name", ""))
                if not _NAME.fullmatch(name):
                    continue
                kind = found.setdefault(name, Declared(name))
                if operation.get("action") == "send":
                    _note_publisher(kind, service, message, document)
                else:
                    handlers = str(operation.get("summary", "")).removeprefix("Handled by ")
                    about = operation.get("x-maillage", {})
                    home, abroad = bool(about.get("home", True)), bool(about.get("abroad"))
                    kind.consumed_by.append(Reading(service, handlers, home, abroad))
    return dict(sorted(found.items()))


def _note_publisher(kind: Declared, service: str, message: dict[str, Any], document: Document) -> None:
    if service not in kind.published_by:
        kind.published_by.append(service)
    if kind.schema is not None:
        return
    about = message.get("x-maillage", {})
    kind.description = str(message.get("description") or message.get("summary") or "")
    kind.public = bool(about.get("public"))
    kind.rated = "personal" in about
    kind.private, kind.personal = bool(about.get("private")), bool(about.get("personal"))
    kind.schema = standalone(kind, message.get("payload", {}), document)


def standalone(kind: Declared, payload: dict[str, Any], document: Document) -> dict[str, Any]:
    """The message's schema as a document of its own, with what it refers to inside."""
    components: dict[str, Any] = document.get("components", {}).get("schemas", {})
    body = resolve(payload, document)
    needed: dict[str, Any] = {}
    waiting = sorted(_references(body))
    while waiting:
        name = waiting.pop()
        if name not in needed and name in components:
            needed[name] = components[name]
            waiting += sorted(_references(components[name]))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_uri(kind.type)}
    schema = {**head, **body, "description": kind.description}
    whole: dict[str, Any] = _relocated({**schema, "$defs": needed} if needed else schema)
    return whole


def resolve(node: dict[str, Any], document: Document) -> dict[str, Any]:
    """The object a local reference leads to; the node itself when it is none. Empty when it leads nowhere."""
    for _ in range(8):
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = (
                target.get(step.replace("~1", "/").replace("~0", "~"), {}) if isinstance(target, dict) else {}
            )
        node = target if isinstance(target, dict) else {}
    return {}


def _messages(document: Document, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of an operation; all those of its channel when it names none."""
    named = operation.get("messages")
    if named is None:
        channel = resolve(operation.get("channel", {}), document)
        named = list(channel.get("messages", {}).values())
    return [resolve(each, document) for each in named]


def _references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = node.get("$ref")
        found = (
            {own.removeprefix(_COMPONENTS)} if isinstance(own, str) and own.startswith(_COMPONENTS) else set()
        )
        return found.union(*map(_references, node.values()))
    return set().union(*map(_references, node)) if isinstance(node, list) else set()


def _relocated(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: value.replace(_COMPONENTS, "#/$defs/")
            if name == "$ref" and isinstance(value, str)
            else _relocated(value)
            for name, value in node.items()
        }
    return [_relocated(each) for each in node] if isinstance(node, list) else node
