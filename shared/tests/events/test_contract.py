"""What an event class says: subject, type, schema, the service's AsyncAPI document."""

from __future__ import annotations

import shutil
import subprocess
import sys
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from maillage.events import Consumer, Context, Event, published, schemas
from maillage.events.asyncapi import document
from maillage.ids import new_id
from pydantic import BaseModel

from . import site


class NamedByVariables(Event):
    """Declared with class variables."""

    service: ClassVar[str] = "maker"
    entity: ClassVar[str] = "box"
    name: ClassVar[str] = "opened"
    key: ClassVar[str] = "box_id"
    private: ClassVar[bool] = True
    box_id: UUID


class WithAName(Event, service="maker", entity="box", name="named", key="box_id", major=2):
    """Declared with class keywords, because a field is called name."""

    box_id: UUID
    name: str


def test_type_subject_and_entity_come_from_the_declaration() -> None:
    box = new_id()
    assert NamedByVariables.type() == "fr.maillage.maker.box.opened.v1"
    assert NamedByVariables.subject("fr-pac", box) == f"fr-pac.maker.box.opened.v1.{box}"
    assert NamedByVariables.kind.private
    assert WithAName.type() == "fr.maillage.maker.box.named.v2"
    assert WithAName(box_id=box, name="oak").entity_id == str(box)
    assert not WithAName.kind.private


def test_a_key_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="not one of its fields"):

        class Wrong(Event, service="maker", entity="box", name="lost", key="crate_id"):
            box_id: UUID


def test_schemas_describe_what_is_published_and_allow_growth() -> None:
    found = schemas([WithAName, NamedByVariables])
    schema = found["fr.maillage.maker.box.named.v2"]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    body = WithAName(box_id=new_id(), name="oak").model_dump(mode="json")
    assert validator.is_valid(body)
    assert validator.is_valid(body | {"added_later": 1})
    assert not validator.is_valid({"box_id": body["box_id"]})
    assert schema["description"] == "Declared with class keywords, because a field is called name."


def test_published_finds_a_modules_events() -> None:
    assert published(sys.modules[__name__]) == [WithAName, NamedByVariables]
    assert site.ThingMade in published(sys.modules[site.__name__])


def test_a_handler_without_a_model_is_refused() -> None:
    consumer = Consumer("watcher")
    with pytest.raises(TypeError, match="SomeModel"):

        @consumer.project("maker.box.opened.v1")
        async def untyped(event: dict[str, Any], ctx: Context) -> None: ...


def test_projections_run_before_reactions_whatever_the_order_of_writing() -> None:
    consumer = Consumer("watcher")

    class Opened(BaseModel):
        box_id: UUID

    async def first(event: Any, ctx: Context) -> None: ...

    first.__annotations__["event"] = Opened
    consumer.react("maker.box.opened.v1")(first)
    consumer.project("maker.box.opened.v1")(site.watcher().handlers("fr.maillage.maker.thing.made.v1")[0].run)
    names = [each.name for each in consumer.handlers("fr.maillage.maker.box.opened.v1")]
    assert names == ["keep", "first"]
    replayed = consumer.handlers("fr.maillage.maker.box.opened.v1", replayed=True)
    assert [each.name for each in replayed] == ["keep"]


def described() -> dict[str, Any]:
    service = SimpleNamespace(
        name="maker",
        version="1.0",
        description="Makes things.",
        consumer=site.watcher(),
        published=[site.ThingMade, site.ThingSeen, WithAName],
    )
    return document(service)


def test_the_asyncapi_document_names_every_way_in_and_out() -> None:
    found = described()
    channel = found["channels"]["maker.thing.made.v1"]
    assert channel["address"] == "{region}.maker.thing.made.v1.{thing_id}"
    assert set(found["operations"]) == {
        "publish.maker.thing.made.v1",
        "publish.watcher.thing.seen.v1",
        "publish.maker.box.named.v2",
        "receive.maker.thing.made.v1.as-read-by.Made",
    }
    for reference in references(found):
        target: Any = found
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [each for item in node for each in references(item)]
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for item in node.values() for each in references(item)]
    return []


def test_the_help_of_the_command_line_is_quick_to_import() -> None:
    program = "import maillage.cli, sys; print('faststream' in sys.modules, 'sqlalchemy' in sys.modules)"
    python = shutil.which("python", path=str(sys.prefix) + "/bin") or sys.executable
    answer = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "False"]
