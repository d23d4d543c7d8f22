"""What of an event's body an operator may see. The schema and the kind decide, nothing is guessed.

- A kind that is personal or private: identifiers, booleans and values of a closed list; all else is masked.
- Any other declared kind: what its schema declares, where the value is what the schema says it is.
- A type nobody declares: identifiers only, all else left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

MASK = "•••"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_DEEPEST = 12
_SCALARS: Mapping[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A body as it may be shown. `complete`: nothing was masked or left out."""

    data: Any
    complete: bool


def masked(body: bytes, schema: dict[str, Any] | None, *, discreet: bool) -> Shown:
    """`body` under `schema` (None: nobody declares the type); `discreet` for a personal or private kind."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Shown(None, not body)
    if schema is None:
        kept = identifiers(value)
        return Shown(kept, kept == value)
    mask = _Mask(schema, discreet)
    data = mask.value(value, schema, 0)
    return Shown(data, mask.complete)


def identifiers(value: Any) -> dict[str, str]:
    """The fields at the top that hold a UUID, under names that look like a field's."""
    if not isinstance(value, dict):
        return {}
    found = {name: _uuid(each) for name, each in value.items() if _NAME.fullmatch(name)}
    return {name: each for name, each in found.items() if each is not None}


class _Mask:
    """One walk of a body beside its schema."""

    def __init__(self, root: dict[str, Any], discreet: bool) -> None:
        self._definitions: dict[str, Any] = root.get("$defs", {})
        self._discreet = discreet
        self.complete = True

    def value(self, value: Any, schema: dict[str, Any], depth: int) -> Any:
        """What may be shown of `value`, which stands where `schema` is declared."""
        for each in self._branches(schema):
            if value is None and each.get("type") == "null":
                return None
            if isinstance(value, dict) and each.get("type") == "object" and depth < _DEEPEST:
                return self._object(value, each, depth)
            if isinstance(value, list) and each.get("type") == "array" and depth < _DEEPEST:
                return [self.value(item, each.get("items") or {}, depth + 1) for item in value]
            if not isinstance(value, dict | list) and self._may_show(value, each):
                return value
        self.complete = False
        return MASK

    def _object(self, value: dict[str, Any], schema: dict[str, Any], depth: int) -> dict[str, Any]:
        declared = schema.get("properties", {})
        shown = {
            name: self.value(value[name], declared[name], depth + 1) for name in declared if name in value
        }
        self.complete = self.complete and shown.keys() == value.keys()
        return shown

    def _branches(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """The schema without references and alternatives."""
        found, waiting = [], [schema]
        for _ in range(64):
            if not waiting:
                break
            one = waiting.pop(0)
            if "$ref" in one:
                waiting.append(self._definitions.get(str(one["$ref"]).removeprefix("#/$defs/"), {}))
            elif "anyOf" in one or "oneOf" in one:
                waiting += [*one.get("anyOf", ()), *one.get("oneOf", ())]
            else:
                found.append(one)
        return found

    def _may_show(self, value: Any, schema: dict[str, Any]) -> bool:
        if "const" in schema or "enum" in schema:
            return value in schema.get("enum", [schema.get("const")])
        if isinstance(value, bool):
            return schema.get("type") == "boolean"
        if schema.get("format") == "uuid":
            return isinstance(value, str) and _uuid(value) is not None
        if self._discreet:
            return False
        return isinstance(value, _SCALARS.get(str(schema.get("type")), ())) and _has_format(value, schema)


def _has_format(value: Any, schema: dict[str, Any]) -> bool:
    reader = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}.get(schema.get("format", ""))
    if reader is None or not isinstance(value, str):
        return True
    try:
        reader(value)
    except ValueError:
        return False
    return True


def _uuid(value: Any) -> str | None:
    try:
        return str(UUID(value)) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None
