"""A line as it stands in the file, and what is wrong with it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TypedDict

from maillage_directory.importing.columns import Layout
from maillage_directory.importing.reasons import Reason, reason
from maillage_directory.sheets import Row
from maillage_directory.sheets.table import LONGEST_CELL
from maillage_directory.sheets.writing import unguarded


@dataclass(slots=True)
class Line:
    """The cells by name of their column, without empty ones; `reasons` refuse the line before it is tried."""

    number: int
    cells: dict[str, str]
    reasons: list[Reason] = field(default_factory=list)


class Action(TypedDict):
    """One thing a line does: to a cpts, a coordinator or a position; `fields` are those that change."""

    entity: str
    action: str
    fields: list[str]


def lines_of(rows: list[Row], where: Layout) -> list[Line]:
    """The lines below the titles that say anything in a column that is known."""
    made = (_line(row, where) for row in rows if row.number > where.header)
    return [line for line in made if line.cells or line.reasons]


def _line(row: Row, where: Layout) -> Line:
    line = Line(row.number, {})
    for index, name in where.columns.items():
        mark = row.marks.get(index)
        if mark:
            line.reasons.append(reason(mark, name))
        if mark in ("formula", "error"):
            continue  # sent again as text, it would pass for a value
        raw = row.cells[index] if index < len(row.cells) else ""
        text = unguarded(" ".join(raw.replace("\n", " | ").split()) if "\n" in raw else _clean(raw))
        if len(text) > LONGEST_CELL:
            line.reasons.append(reason("too-long", name, limit=LONGEST_CELL))
            text = text[:100]
        if any(_forbidden(char) for char in text):
            line.reasons.append(reason("control", name))
            text = "".join("\ufffd" if _forbidden(char) else char for char in text)
        if text:
            line.cells[name] = unicodedata.normalize("NFC", text)
    return line


def _clean(raw: str) -> str:
    """Without spaces around, and with plain ones for those that do not break or have no width."""
    return " ".join(raw.replace("\u200b", "").replace("\ufeff", "").split(" ")).strip().replace("\xa0", " ")


def _forbidden(char: str) -> bool:
    """Control characters, lone surrogates, places of no character: no database and no mail takes them."""
    return unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co")
