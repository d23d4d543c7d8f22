"""The base class of an event: declared once by its publisher, it gives subject, type and JSON Schema."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

TYPE_PREFIX = "fr.maillage."
# NATS refuses messages above 1 MiB (max_payload); headers and growth take their share.
MAX_EVENT_BYTES = 512 * 1024
_PARTS = ("service", "entity", "name", "key")
_OPTIONS = ("major", "private", "personal", "public", "description")
_personal: set[str] = set()


@dataclass(frozen=True, slots=True)
class Kind:
    """What an event class says about itself.

    `public` events leave their region, for every region linked to it; `private` ones never may. The body of a
    `personal` one holds facts about the person who is its entity: it is erased with her.
    """

    service: str
    entity: str
    name: str
    key: str
    major: int = 1
    private: bool = False
    personal: bool = False
    public: bool = False
    description: str = ""

    @property
    def short(self) -> str:
        """The type as consumers write it, e.g. `directory.position.started.v1`."""
        return f"{self.service}.{self.entity}.{self.name}.v{self.major}"


class Event(BaseModel):
    """A fact in the past tense. Its fields are the JSON body of the message.

    What it is called is declared as class variables or, where a field has the same name (`name`), as class
    keywords; a base class may fix some of them:

        class CptsCreated(Event, service="directory", entity="cpts", name="created", key="cpts_id"):
            cpts_id: UUID
            name: str

    `key` names the field that holds the entity's id; `major`, `private`, `personal`, `public` and
    `description` (the docstring by default) are optional.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[Kind]
    _declared: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Keep the class keywords that describe the event; the rest is pydantic's configuration."""
        about = {k: kwargs.pop(k) for k in (*_PARTS, *_OPTIONS) if k in kwargs}
        cls._declared = {**cls._declared, **about}
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Settle what the event is called, once its fields are known."""
        super().__pydantic_init_subclass__()
        for name in (*_PARTS, *_OPTIONS):
            if name in cls.__class_vars__ and hasattr(cls, name):
                cls._declared[name] = getattr(cls, name)
        if all(part in cls._declared for part in _PARTS):
            cls.kind = Kind(**{"description": inspect.cleandoc(cls.__doc__ or ""), **cls._declared})
            if cls.kind.key not in cls.model_fields:
                raise TypeError(f"{cls.__name__}: its key {cls.kind.key!r} is not one of its fields")
            if cls.kind.private and cls.kind.public:
                raise TypeError(f"{cls.__name__}: private and public exclude each other")
            if cls.kind.personal:
                _personal.add(cls.type())

    @property
    def entity_id(self) -> str:
        """The id of what the event is about: last token of the subject."""
        return str(getattr(self, self.kind.key))

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type, e.g. `fr.maillage.directory.position.started.v1`."""
        return TYPE_PREFIX + cls.kind.short

    @classmethod
    def subject(cls, region: str, entity_id: UUID | str) -> str:
        """The NATS subject, e.g. `fr-pac.directory.position.started.v1.<entity id>`."""
        return subject_of(region, cls.type(), str(entity_id))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the body as published: the contract consumers rely on."""
        schema = cls.model_json_schema(mode="serialization")
        # Readers must accept fields added later; only the publisher is held to its own list.
        schema.pop("additionalProperties", None)
        head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_uri(cls.type())}
        return {**head, **schema, "description": cls.kind.description}


def subject_of(region: str, event_type: str, entity_id: str) -> str:
    """The NATS subject of an event type about an entity, in a region."""
    return f"{region}.{event_type.removeprefix(TYPE_PREFIX)}.{entity_id}"


def schema_uri(event_type: str) -> str:
    """The name of an event type's JSON Schema: the CloudEvents `dataschema` and the schema's `$id`."""
    return f"urn:maillage:schema:{event_type}"


def full_type(name: str) -> str:
    """`directory.position.started.v1` with or without its prefix, as the full CloudEvents type."""
    return name if name.startswith(TYPE_PREFIX) else TYPE_PREFIX + name


def personal_types() -> frozenset[str]:
    """The full types of the personal events declared in this process."""
    return frozenset(_personal)


def public_types(events: Iterable[type[Event]]) -> list[str]:
    """The short types, sorted, of those events that leave the region."""
    return sorted(event.kind.short for event in events if event.kind.public)


def published(module: ModuleType) -> list[type[Event]]:
    """The event classes a service's `events` module (or package) offers, ordered by type."""
    found = {
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Event) and "kind" in vars(value)
    }
    return sorted(found, key=lambda event: event.type())


def schemas(events: Iterable[type[Event]]) -> dict[str, dict[str, Any]]:
    """The JSON Schemas of some events by type, ready to be written as `contract/schemas/<type>.json`."""
    return {event.type(): event.json_schema() for event in events}
