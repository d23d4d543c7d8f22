"""Random JSON: what a schema allows, and what it does not."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from maillage.ids import new_id

Json = Any
NASTY_TEXTS = (
    "", " ", "\x00", "a\x00b", "\ud800", "\u202e", "é" * 300, "x" * 100_000, "'; drop table inbox; --",
    "<script>alert(1)</script>", "=1+1", "\r\nBcc: x@exemple.fr", "{{7*7}}", "{0}", "%s", "../../etc/passwd",
    "null", "NaN", "0", "-1", "1e400", "true", "𝔘𝔫𝔦", "\N{BYTE ORDER MARK}",
)  # fmt: skip
NASTY_NUMBERS = (
    0, -1, 1, 2**31, 2**31 - 1, -(2**31) - 1, 2**63, 2**63 - 1, -(2**63) - 1, 10**30, 10**400, 0.1, -0.0,
    1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
NASTY_TIMES = (
    "0001-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-02-30",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-29T02:30:00", "1969-12-31T23:59:60Z",
    "2026-06-01T10:00:00+99:99", "1e9", "20260601", "2026-06-01T10:00:00.123456789Z",
)  # fmt: skip


def nasty(chance: random.Random) -> Json:
    """A value that somebody may not have thought of."""
    kinds: Sequence[Any] = (
        NASTY_TEXTS,
        NASTY_NUMBERS,
        NASTY_TIMES,
        (None, True, False, [], {}, [[]], {"": None}),
    )
    return chance.choice(chance.choice(kinds))


class Sampler:
    """Makes values of a JSON Schema, with identifiers of things that are there where it knows some."""

    def __init__(self, chance: random.Random, known: dict[str, list[str]]) -> None:
        self._chance, self._known = chance, known
        self._root: dict[str, Any] = {}

    def body(self, schema: dict[str, Any]) -> Json:
        """A value of a whole document."""
        self._root = schema
        return self._value(schema, "", 0)

    def _value(self, schema: dict[str, Any], name: str, depth: int) -> Json:
        if "$ref" in schema:
            return self._value(self._root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], name, depth)
        for several in ("anyOf", "oneOf"):
            if several in schema:
                return self._value(self._chance.choice(schema[several]), name, depth)
        if "const" in schema or "enum" in schema:
            return self._chance.choice(schema.get("enum", [schema.get("const")]))
        kind = schema.get("type", "string")
        made: Json = getattr(self, f"_{kind}")(schema, name, depth)
        return made

    def _object(self, schema: dict[str, Any], _name: str, depth: int) -> Json:
        required = schema.get("required", ())
        made = {
            key: self._value(each, key, depth + 1)
            for key, each in schema.get("properties", {}).items()
            if key in required or self._chance.random() < 0.7
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            words = schema.get("propertyNames", {}).get("enum", ["name", "email", "challenges"])
            made |= {word: self._value(more, word, depth + 1) for word in self._chance.sample(words, 1)}
        return made

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> Json:
        count = self._chance.randrange(0, 3) if depth < 6 else 0
        one = name.removesuffix("s")
        return [self._value(schema.get("items", {}), one, depth + 1) for _ in range(count)]

    def _string(self, schema: dict[str, Any], name: str, _depth: int) -> Json:
        form = schema.get("format", "")
        moment = datetime.now(UTC) + timedelta(hours=self._chance.randrange(-5000, 5000))
        if form == "uuid":
            known = self._known.get(name) or self._known["coordinator_id"]
            return self._chance.choice(known) if self._chance.random() < 0.8 else str(new_id())
        if form.startswith("date"):
            return moment.isoformat() if form == "date-time" else moment.date().isoformat()
        if form == "email" or name == "email":
            return f"personne{self._chance.randrange(99)}@exemple.fr"
        return self._chance.choice(
            ("working", "rgpd", "active", "Camille Roux", "coordinator", "public", "fr")
        )

    def _integer(self, schema: dict[str, Any], _name: str, _depth: int) -> Json:
        return self._chance.randint(schema.get("minimum", 0), schema.get("maximum", 2100))

    def _number(self, schema: dict[str, Any], _name: str, _depth: int) -> Json:
        return self._chance.uniform(schema.get("minimum", 0), schema.get("maximum", 100))

    def _boolean(self, *_: Any) -> Json:
        return self._chance.random() < 0.5

    def _null(self, *_: Any) -> Json:
        return None


def mutated(value: Json, chance: random.Random) -> Json:
    """The value with something in it changed, taken away, added or put elsewhere."""
    places = list(_places(value, ()))
    if not places or chance.random() < 0.05:
        return nasty(chance)
    *path, last = chance.choice(places)
    inner = value
    for step in path:
        inner = inner[step]
    deed = chance.random()
    if deed < 0.25:
        del inner[last]
    elif deed < 0.85:
        inner[last] = nasty(chance)
    elif isinstance(inner, dict):
        inner[str(nasty(chance))[:200]] = inner[last]
    else:
        inner.extend([inner[last]] * chance.choice((1, 50, 2000)))
    return value


def _places(value: Json, path: tuple[Any, ...]) -> Any:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*path, key)
        yield from _places(each, (*path, key))
