"""An example of an event from its JSON Schema: always the same one, invented, with every field."""

from __future__ import annotations

from typing import Any

_ID = "0198f3c2-7a10-7c3d-8e21-{:012x}"
_DEEPEST = 8
_FORMATS = {"date": "2027-01-23", "date-time": "2027-01-23T08:00:00Z", "uri": "https://maillage.example/"}


def example(schema: dict[str, Any]) -> Any:
    """A value that `schema` allows, for the schemas events have: references, alternatives, objects, lists."""
    return _Maker(schema.get("$defs", {})).value(schema, "", 0)


class _Maker:
    """Numbers the identifiers it makes, so that no two are the same."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._ids = 0

    def value(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if "const" in schema:
            return schema["const"]
        if "$ref" in schema:
            target = self._definitions.get(str(schema["$ref"]).removeprefix("#/$defs/"), {})
            return self.value(target, name, depth + 1) if depth < _DEEPEST else None
        for key in ("anyOf", "oneOf", "allOf"):
            if schema.get(key):
                branches = [each for each in schema[key] if each.get("type") != "null"]
                return self.value(branches[0], name, depth) if branches else None
        return self._plain(schema, name, depth)

    def _plain(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        kind = schema.get("type")
        if kind == "object":
            fields = schema.get("properties", {})
            return {each: self.value(inner, each, depth + 1) for each, inner in fields.items()}
        if kind == "array":
            inner = schema.get("items")
            return [self.value(inner, name, depth + 1)] if inner and depth < _DEEPEST else []
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1))
        return self._text(schema, name) if kind == "string" else None

    def _text(self, schema: dict[str, Any], name: str) -> str:
        form = schema.get("format")
        if form == "uuid":
            self._ids += 1
            return _ID.format(self._ids)
        return _FORMATS.get(str(form), "") or f"<{name or 'text'}>"
