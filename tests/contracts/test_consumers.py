"""Each consumer's own model reads every body its publisher's schema allows."""

from __future__ import annotations

import json

import pytest
from jsoncompat import generate_value
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

from tests.contracts.installed import SERVICES, contract

EXAMPLES = 40
PUBLISHED = {path.stem: path for name in SERVICES for path in (contract(name) / "schemas").glob("*.json")}
CONSUMED = [
    pytest.param(kind, handler.model, id=f"{name}-{handler.name}-{kind.split('.', 2)[2]}")
    for name, service in SERVICES.items()
    if service.consumer
    for kind in service.consumer.types
    for handler in service.consumer.handlers(kind)
]


@pytest.mark.parametrize(("kind", "model"), CONSUMED)
def test_a_consumer_reads_what_its_publisher_may_send(kind: str, model: type[BaseModel]) -> None:
    schema = json.loads(PUBLISHED[kind].read_text())
    schema.pop("$id")  # the generator takes it for a reference it cannot follow
    valid = Draft202012Validator(schema, format_checker=FormatChecker())
    read = 0
    for _ in range(EXAMPLES):
        body = json.loads(generate_value(json.dumps(schema), 4))
        if not valid.is_valid(body):
            continue
        model.model_validate({**body, "added_later": "unknown to this consumer"})
        read += 1
    assert read, "no example was made: the schema or the generator must be looked at"


def test_every_consumed_event_is_published_by_somebody() -> None:
    consumed = {kind for service in SERVICES.values() if service.consumer for kind in service.consumer.types}
    assert consumed <= set(PUBLISHED), consumed - set(PUBLISHED)
