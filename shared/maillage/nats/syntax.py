"""The syntax of nats-server's configuration files: mappings, lists and values as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Block = Mapping[str, Any]
_INDENT = "  "


class Bare(str):
    """A value written without quotes: a size, a duration, a reference such as `$FR_OCC_PASSWORD`."""

    __slots__ = ()


def write(block: Block, depth: int = 0) -> str:
    """The lines of a block; entries that are None are left out."""
    lines = []
    for key, value in block.items():
        if value is None:
            continue
        indent = _INDENT * depth
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key} {{\n{write(value, depth + 1)}{indent}}}\n")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            lines.append(f"{indent}{key}: {_list(value, depth)}\n")
        else:
            lines.append(f"{indent}{key}: {_value(value)}\n")
    return "".join(lines)


def _list(values: Sequence[Any], depth: int) -> str:
    if not values:
        return "[]"
    inner = _INDENT * (depth + 1)
    parts = []
    for value in values:
        if isinstance(value, Mapping):
            parts.append(f"{inner}{{\n{write(value, depth + 2)}{inner}}}\n")
        else:
            parts.append(f"{inner}{_value(value)}\n")
    return "[\n" + "".join(parts) + _INDENT * depth + "]"


def _value(value: Any) -> str:
    if isinstance(value, Bare):
        return str(value)
    # nats-server reads the escapes of JSON's strings, and `$` inside quotes is only a dollar.
    return json.dumps(value, ensure_ascii=False)
