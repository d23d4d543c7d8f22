"""XLSX: the first visible sheet, row by row, with what a cell hides (a formula, a merge) marked on it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook

from maillage_directory.sheets.guard import Outline, opened, outline
from maillage_directory.sheets.refusals import FileRefused
from maillage_directory.sheets.table import MOST_COLUMNS, Row, Table, checked

VISIBLE = "visible"


def read_workbook(content: bytes, most_rows: int) -> Table:
    """The table on the first visible sheet. Raises FileRefused."""
    with opened(content) as archive:
        try:
            return _read(content, archive, most_rows)
        except FileRefused:
            raise
        except Exception as error:  # whatever a damaged workbook makes the library raise
            raise FileRefused("entities" if _forbidden(error) else "damaged") from error


def _forbidden(error: BaseException | None) -> bool:
    """Whether XML declarations were at the bottom of it; the library says something else on top."""
    while error is not None and not isinstance(error, DefusedXmlException):
        error = error.__cause__ or error.__context__
    return error is not None


def _read(content: bytes, archive: zipfile.ZipFile, most_rows: int) -> Table:
    book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == VISIBLE]
        if not shown:
            raise FileRefused("no-visible-sheet")
        sheet: Any = shown[0]
        # The library says nowhere else which part of the zip a sheet is.
        with archive.open(sheet._worksheet_path) as source:
            seen = outline(source, most_rows)
        rows = checked(list(_rows(sheet, seen)), most_rows)
        unread = [one.title for one in book.worksheets if one is not sheet]
        return Table("xlsx", rows, sheet=sheet.title, unread=unread)
    finally:
        book.close()


def _rows(sheet: Any, seen: Outline) -> Iterator[Row]:
    if not seen.last:
        return
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    cells = sheet.iter_rows(max_row=seen.last, max_col=MOST_COLUMNS)
    for number, found in enumerate(cells, start=1):
        marks = {index: "formula" for index, cell in enumerate(found) if cell.data_type == "f"}
        marks |= {index: "error" for index, cell in enumerate(found) if cell.data_type == "e"}
        row = Row(number, [_text(cell.value) for cell in found], marks)
        if not row.is_blank:
            merged = {
                column - 1: "merged"
                for top, bottom, left, right in seen.merged
                if top <= number <= bottom
                for column in range(left, min(right, MOST_COLUMNS) + 1)
            }
            yield Row(number, row.cells, {**merged, **marks})


def _text(value: Any) -> str:
    """A cell as text: a date as ISO, a whole number without its decimal point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
