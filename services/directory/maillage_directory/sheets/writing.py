"""Tables as files that French Excel opens with a double click, and in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Literal

Form = Literal["csv", "xlsx"]
MEDIA_TYPES: dict[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program takes for the beginning of a formula, wide signs too (OWASP, CSV injection)."""
GUARD = "'"


def write_table(form: Form, headers: Sequence[str], rows: Iterable[Sequence[str]], sheet: str) -> bytes:
    """A file of that form with one table; `sheet` names the sheet of a workbook."""
    return _workbook(headers, rows, sheet) if form == "xlsx" else _text(headers, rows)


def guarded(cell: str) -> str:
    """The cell, with an apostrophe before what would be a formula; `unguarded` takes it off again."""
    return GUARD + cell if cell.startswith(FORMULA_SIGNS) or cell[:2] in _GUARDED else cell


def unguarded(cell: str) -> str:
    """The cell without the apostrophe that `guarded` put there."""
    return cell[1:] if cell.startswith(GUARD) and guarded(cell[1:]) == cell else cell


_GUARDED = tuple(GUARD + sign for sign in (*FORMULA_SIGNS, GUARD))


def _text(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _workbook(headers: Sequence[str], rows: Iterable[Sequence[str]], sheet: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    page: Any = book.create_sheet(sheet)
    page.freeze_panes = "A2"

    def cell(text: str, *, bold: bool = False) -> Any:
        made: Any = WriteOnlyCell(page, value=text)
        made.data_type = "s"  # text, whatever it looks like
        made.number_format = "@"  # and it stays text when somebody edits it
        made.quotePrefix = text.startswith(FORMULA_SIGNS)
        if bold:
            made.font = Font(bold=True)
        return made

    for index, header in enumerate(headers):
        page.column_dimensions[_letters(index)].width = max(12, min(40, len(header) + 4))
    page.append([cell(header, bold=True) for header in headers])
    for row in rows:
        page.append([cell(_printable(text)) for text in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _printable(text: str) -> str:
    """Without what XML cannot hold: one such character and no program opens the file (XML 1.0, 2.2)."""
    return "".join(char for char in text if (char >= " " and char not in "\ufffe\uffff") or char in "\n\t")


def _letters(index: int) -> str:
    from openpyxl.utils import get_column_letter

    return get_column_letter(index + 1)
