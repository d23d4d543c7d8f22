"""What a file holds once it is read: rows of text, whatever it was written with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillage_directory.sheets.refusals import FileRefused

MOST_COLUMNS = 100
LONGEST_CELL = 20_000
"""Characters. A territory of 400 communes fits; a spreadsheet cell holds 32,767."""
HEADER_WITHIN = 20
"""The lines in which the headers must stand: above them people put a title."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file by its number there (from 1). `marks`: what is wrong with a cell, by its index."""

    number: int
    cells: list[str]
    marks: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not self.marks and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """Every line that is not blank, and how the file was read. `unread`: sheets that were passed over."""

    form: str
    rows: list[Row]
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    unread: list[str] = field(default_factory=list)


def read_table(content: bytes, most_lines: int) -> Table:
    """The table in a file, told by its first bytes and not by its name. Raises FileRefused."""
    if not content.strip():
        raise FileRefused("empty")
    if content.startswith(OLE):
        raise FileRefused("old-excel")
    most_rows = most_lines + HEADER_WITHIN
    if content.startswith(ZIP):
        from maillage_directory.sheets.workbook import read_workbook  # 20 MB, for who sends one only

        table = read_workbook(content, most_rows)
    else:
        from maillage_directory.sheets.text_file import read_text

        table = read_text(content, most_rows)
    if not table.rows:
        raise FileRefused("empty")
    return table


def checked(rows: list[Row], most_rows: int) -> list[Row]:
    """The rows, if they are within the limits. Raises FileRefused."""
    if len(rows) > most_rows:
        raise FileRefused("too-many-lines", limit=most_rows - HEADER_WITHIN)
    return rows
