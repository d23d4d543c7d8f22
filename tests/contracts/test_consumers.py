"""Each consumer's own model reads every body its publisher's schema allows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsoncompat import generate_value
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from tests.contracts.installed import ROOT, SERVICES, contract

EXAMPLES = 40
PUBLISHED = {path.stem: path for name in SERVICES for path in (contract(name) / "schemas").glob("*.json")}
CONSUMED = [
    pytest.param(kind, handler.model, id=f"{name}-{handler.name}-{kind.split('.', 2)[2]}")
    for name, service in SERVICES.items()
    if service.consumer
    for abroad in (False, True)
    for kind in (service.consumer.types_abroad if abroad else service.consumer.types)
    for handler in service.consumer.handlers(kind, abroad=abroad)
]


@pytest.mark.parametrize(("kind", "model"), CONSUMED)
def test_a_consumer_reads_what_its_publisher_may_send(kind: str, model: type[BaseModel]) -> None:
    schema = json.loads(PUBLISHED[kind].read_text())
    schema.pop("$id")  # the generator takes it for a reference it cannot follow
    valid = Draft202012Validator(schema, format_checker=FormatChecker())
    read = 0
    for _ in range(EXAMPLES):
        body = that_can_be_kept(json.loads(generate_value(json.dumps(schema), 4)))
        if not valid.is_valid(body):
            continue
        model.model_validate({**body, "added_later": "unknown to this consumer"})
        read += 1
    assert read, "no example was made: the schema or the generator must be looked at"


def that_can_be_kept(value: Any) -> Any:
    """The value without what `maillage.fit` refuses: schemas have no word for it.

    The generator likes NUL, and the years 1 and 9999.
    """
    if isinstance(value, dict):
        return {key: that_can_be_kept(each) for key, each in value.items()}
    if isinstance(value, list):
        return [that_can_be_kept(each) for each in value]
    return (
        re.sub(r"^\d{4}(?=-\d\d-\d\d)", "2024", value.replace("\0", "")) if isinstance(value, str) else value
    )


def test_every_consumed_event_is_published_by_somebody() -> None:
    consumed = {kind for service in SERVICES.values() if service.consumer for kind in service.consumer.types}
    assert consumed <= set(PUBLISHED), consumed - set(PUBLISHED)


def test_what_leaves_the_region_is_the_committed_list_and_nothing_else_is_awaited() -> None:
    """`make contracts` writes the list; a reviewer sees each addition to it."""
    declared = {
        event.kind.short for service in SERVICES.values() for event in service.published if event.kind.public
    }
    listed = json.loads((ROOT / "deploy" / "nats" / "public-types.json").read_text())["public"]
    assert listed == sorted(declared)
    consumed = {
        kind.removeprefix("fr.maillage.")
        for service in SERVICES.values()
        if service.consumer
        for kind in service.consumer.types_abroad
    }
    assert consumed <= declared, f"never sent to another region: {consumed - declared}"
