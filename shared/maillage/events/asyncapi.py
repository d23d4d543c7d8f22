"""The AsyncAPI 3.0 document of a service: what it publishes, what it listens to, down to the headers.

FastStream's generator knows neither the CloudEvents headers nor the parameters of the subjects, and sees one
subscriber where there are many types; so the document is built here from the same declarations that run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from maillage.events.consumer import Consumer
from maillage.events.event import TYPE_PREFIX, Event, Kind, schema_uri

_SCHEMAS = "#/components/schemas/"
Mode = Literal["serialization", "validation"]


class Described(Protocol):
    """What the document is made from: a `Service`, or anything with these parts."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def consumer(self) -> Consumer | None: ...
    @property
    def published(self) -> Iterable[type[Event]]: ...


def document(service: Described) -> dict[str, Any]:
    """The AsyncAPI document of `service`, as a JSON-able dict."""
    sent = sorted(service.published, key=lambda event: event.type())
    received = _received(service.consumer)
    references, schemas = _schemas(sent, [each.model for each in received])
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for event in sent:
        short = event.kind.short
        messages[short] = {
            **_message(event.type(), event.kind.description, references[event, "serialization"]),
            "description": event.kind.description,
            "x-maillage": _reach_of(event.kind),
        }
        _channel(channels, short, short, key=event.kind.key)
        operations[f"publish.{short}"] = _operation("send", short, [short], event.kind.description)
    for each in received:
        name = f"{each.short}.as-read-by.{each.model.__name__}"
        summary = _first_line(each.model.__doc__)
        messages[name] = _message(TYPE_PREFIX + each.short, summary, references[each.model, "validation"])
        _channel(channels, each.short, name, key="entity_id")
        operations[f"receive.{name}"] = {
            **_operation("receive", each.short, [name], f"Handled by {', '.join(each.handlers)}"),
            "x-maillage": {"home": each.home, "abroad": each.abroad},
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Maillage: {service.name}",
            "version": service.version,
            "description": service.description or f"Events of the service {service.name}.",
            "x-maillage": {"service": service.name},
        },
        "defaultContentType": "application/json",
        "servers": {"region": _server()},
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": {**schemas, "CloudEventHeaders": _HEADERS},
            "parameters": {"region": _REGION},
        },
    }


@dataclass(slots=True)
class _Reading:
    """A type as one model reads it, for these handlers: the region's own events, other regions', or both."""

    short: str
    model: type[BaseModel]
    handlers: list[str] = field(default_factory=list)
    home: bool = False
    abroad: bool = False


def _received(consumer: Consumer | None) -> list[_Reading]:
    """Each type with each model that reads it, and the names of the handlers it is for."""
    if consumer is None:
        return []
    found: dict[tuple[str, type[BaseModel]], _Reading] = {}
    asked = [(each, False) for each in consumer.types] + [(each, True) for each in consumer.types_abroad]
    for event_type, abroad in asked:
        for handler in consumer.handlers(event_type, abroad=abroad):
            short = event_type.removeprefix(TYPE_PREFIX)
            reading = found.setdefault((short, handler.model), _Reading(short, handler.model))
            reading.handlers.append(f"{handler.name} (of other regions)" if abroad else handler.name)
            reading.home, reading.abroad = reading.home or not abroad, reading.abroad or abroad
    return list(found.values())


def _schemas(
    sent: list[type[Event]], received: list[type[BaseModel]]
) -> tuple[dict[Any, Any], dict[str, Any]]:
    """Schemas of all models in one place, with names that do not clash, and where each one is."""
    asked: list[tuple[type[BaseModel], Mode]] = [(model, "serialization") for model in sent]
    asked += [(model, "validation") for model in dict.fromkeys(received)]
    references, definitions = models_json_schema(asked, ref_template=_SCHEMAS + "{model}")
    schemas = definitions.get("$defs", {})
    for schema in schemas.values():
        schema.pop("additionalProperties", None)  # an event may gain fields
    return references, schemas


def _message(event_type: str, summary: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": event_type,
        "title": event_type.removeprefix(TYPE_PREFIX),
        "summary": _first_line(summary),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": _SCHEMAS + "CloudEventHeaders"},
                {
                    "type": "object",
                    "properties": {
                        "ce-type": {"type": "string", "const": event_type},
                        "ce-dataschema": {"type": "string", "const": schema_uri(event_type)},
                    },
                },
            ]
        },
        "payload": payload,
        "bindings": {"nats": {}},
    }


def _reach_of(kind: Kind) -> dict[str, Any]:
    """Where the event may go and whether it speaks of a person: what AsyncAPI has no word for."""
    return {"public": kind.public, "private": kind.private, "personal": kind.personal}


def _channel(channels: dict[str, Any], short: str, message: str, *, key: str) -> None:
    channel = channels.setdefault(
        short,
        {
            "address": f"{{region}}.{short}.{{{key}}}",
            "title": short,
            "parameters": {
                "region": {"$ref": "#/components/parameters/region"},
                key: {"description": "The entity's id (UUIDv7); * for all"},
            },
            "messages": {},
        },
    )
    channel["messages"][message] = {"$ref": f"#/components/messages/{message}"}


def _operation(action: str, channel: str, messages: list[str], summary: str) -> dict[str, Any]:
    where = f"#/channels/{channel}"
    return {
        "action": action,
        "channel": {"$ref": where},
        "summary": _first_line(summary),
        "messages": [{"$ref": f"{where}/messages/{message}"} for message in messages],
    }


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", 1)[0]


def _server() -> dict[str, Any]:
    return {
        "host": "{host}",
        "protocol": "nats",
        "description": "The region's NATS with JetStream; stream EVENTS_<REGION>.",
        "variables": {"host": {"default": "localhost:4222", "description": "Address of the region's NATS"}},
    }


_REGION = {
    "description": "The region the fact belongs to: its ISO 3166-2 code in lower case",
    "examples": ["fr-pac", "fr-occ"],
}
_TEXT = {"type": "string"}
_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 in binary mode; values are percent-encoded where needed.",
    "required": ["ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time"],
    "properties": {
        "ce-specversion": {"type": "string", "const": "1.0"},
        "ce-id": {"type": "string", "format": "uuid", "description": "Also the Nats-Msg-Id"},
        "ce-type": _TEXT,
        "ce-source": {"type": "string", "description": "/<region>/<service>"},
        "ce-subject": {"type": "string", "description": "The entity's id"},
        "ce-time": {"type": "string", "format": "date-time"},
        "ce-datacontenttype": {"type": "string", "const": "application/json"},
        "ce-dataschema": {"type": "string", "format": "uri"},
        "ce-sequence": {"type": "string", "description": "The entity's version: an older one is late"},
        "ce-correlationid": {"type": "string", "description": "What all of this began with"},
        "ce-causationid": {"type": "string", "description": "The id of the event that caused this one"},
        "Nats-Msg-Id": _TEXT,
        "traceparent": {"type": "string", "description": "W3C trace context"},
    },
}
