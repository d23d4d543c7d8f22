"""The few shapes a text has, so that one source gives both the plain and the HTML mail.

Blank lines part paragraphs; a line starting with `- ` is a list item; `Label | value` is a row of facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (one line of text), a list (its items) or facts (label and value pairs)."""

    kind: Literal["paragraph", "list", "facts"]
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def parse(text: str) -> list[Block]:
    """The blocks of a rendered text, empty ones left out."""
    blocks: list[Block] = []
    for chunk in text.replace("\r", "").split("\n\n"):
        lines = [line.strip() for line in chunk.split("\n") if line.strip()]
        if lines:
            blocks.append(_block(lines))
    return blocks


def _block(lines: list[str]) -> Block:
    if all(line.startswith("- ") for line in lines):
        return Block("list", tuple(line[2:].strip() for line in lines))
    if all(" | " in line for line in lines):
        pairs = tuple(
            (label.strip(), value.strip()) for label, _, value in (x.partition(" | ") for x in lines)
        )
        return Block("facts", facts=pairs)
    return Block("paragraph", (" ".join(lines),))


def plain(blocks: list[Block], colon: str) -> str:
    """As text alone, readable in any mail program."""
    return "\n\n".join(_plain(block, colon) for block in blocks)


def _plain(block: Block, colon: str) -> str:
    if block.kind == "list":
        return "\n".join(f"- {line}" for line in block.lines)
    if block.kind == "facts":
        return "\n".join(f"{label}{colon}{value}" for label, value in block.facts)
    return block.lines[0]
