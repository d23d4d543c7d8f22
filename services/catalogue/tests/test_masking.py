"""No name, address, number or free text of a person leaves the catalogue, whatever a body holds."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from maillage_catalogue.declared import Declared
from maillage_catalogue.examples import example
from maillage_catalogue.masking import MASK, masked
from maillage_catalogue.queries import packaged_types

KINDS = packaged_types()
DISCREET = [name for name, kind in KINDS.items() if kind.discreet and kind.published_by]
OPEN = [name for name, kind in KINDS.items() if not kind.discreet]
SECRET = "Jeanne Martin 06 12 34 56 78 jeanne@exemple.fr"  # invented
ID = "0198f3c2-7a10-7c3d-8e21-000000000001"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(SECRET) | st.just(ID),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([SECRET, "name"]), inner),
    max_leaves=8,
)


def test_there_are_kinds_to_mask_and_kinds_to_show() -> None:
    assert {"fr.maillage.directory.contact.changed.v1", "fr.maillage.directory.coordinator.joined.v1"} <= set(
        DISCREET
    )
    assert len(OPEN) > 20


def texts(value: Any) -> list[str]:
    """Every text of a document, names of fields too."""
    if isinstance(value, dict):
        return [*value, *(text for each in value.values() for text in texts(each))]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def full(kind: Declared, data: st.DataObject) -> dict[str, Any]:
    """A body of the kind in which any field may hold anything, and with fields nobody declared."""
    assert kind.schema is not None
    body = dict(example(kind.schema))
    for name in body:
        body[name] = data.draw(st.just(body[name]) | st.just(SECRET) | anything)
    return {**body, **data.draw(st.dictionaries(st.sampled_from([SECRET, "nickname"]), anything))}


@pytest.mark.parametrize("name", DISCREET)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_of_a_personal_event_only_identifiers_show(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    shown = masked(json.dumps(full(kind, data)).encode(), kind.schema, discreet=True)
    declared = set(texts(json.loads(json.dumps(kind.schema))))
    for text in texts(shown.data):
        assert text == MASK or is_uuid(text) or text in declared
    assert SECRET not in json.dumps(shown.data)
    assert not any(isinstance(each, float) for each in json.loads(json.dumps([shown.data])) if each)


@settings(max_examples=100, deadline=None)
@given(name=st.sampled_from(OPEN), data=st.data())
def test_no_event_shows_what_its_schema_does_not_declare(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    assert kind.schema is not None
    body = {
        **example(kind.schema),
        SECRET: 1,
        "nickname": SECRET,
        **data.draw(st.dictionaries(st.just("x"), anything)),
    }
    shown = masked(json.dumps(body).encode(), kind.schema, discreet=False)
    assert SECRET not in json.dumps(shown.data)
    assert not shown.complete


@settings(max_examples=200, deadline=None)
@given(anything | st.binary())
def test_of_an_unknown_type_identifiers_alone_show(body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = masked(raw, None, discreet=True)
    assert set(shown.data.values() if shown.data else ()) <= {ID}
    assert SECRET not in json.dumps(shown.data)


def test_a_name_where_an_identifier_is_declared_does_not_show() -> None:
    kind = KINDS["fr.maillage.directory.position.started.v1"]
    assert kind.schema is not None
    body = {**example(kind.schema), "coordinator_id": SECRET, "started_on": SECRET}
    shown = masked(json.dumps(body).encode(), kind.schema, discreet=False)
    assert (shown.data["coordinator_id"], shown.data["started_on"], shown.complete) == (MASK, MASK, False)


def test_a_plain_event_shows_whole() -> None:
    kind = KINDS["fr.maillage.directory.position.started.v1"]
    assert kind.schema is not None
    body = example(kind.schema)
    assert masked(json.dumps(body).encode(), kind.schema, discreet=False).data == body


def test_an_unrated_document_is_taken_for_personal() -> None:
    assert Declared("fr.maillage.other.card.shown.v1").discreet


def test_depth_does_not_break_it() -> None:
    raw = b"[" * 100_000 + b"]" * 100_000
    assert masked(raw, None, discreet=True).data in (None, {})
