"""Workbooks for the tests: honest ones made by a library, and hostile ones put together part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

TITLES = ["Prénom", "Nom", "Adresse électronique", "CPTS", "Depuis"]
LINE: list[Any] = ["Nadia", "Benali", "nadia@exemple.fr", "CPTS du Verdon", "01/09/2025"]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
HEADER = "".join(
    f'<c r="{column}1" t="inlineStr"><is><t>{text}</t></is></c>'
    for column, text in (("A", "Nom"), ("B", "Mail"), ("C", "CPTS"))
)
TYPES, SHARED = "[Content_Types].xml", "xl/sharedStrings.xml"
DECLARED = (
    b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument'
    b'.spreadsheetml.sharedStrings+xml"/>'
)
SHEET = "xl/worksheets/sheet1.xml"


def book(*rows: Sequence[Any], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with these rows below the titles; `change` is given its sheet."""
    made = Workbook()
    page: Any = made.active
    page.append(TITLES)
    for row in rows or [LINE]:
        page.append(list(row))
    if change:
        change(page)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def with_part(name: str, content: bytes | str) -> bytes:
    """An honest workbook of which one part is replaced or added."""
    source, file = zipfile.ZipFile(io.BytesIO(book())), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            if one.filename == TYPES and name == SHARED:
                target.writestr(TYPES, source.read(TYPES).replace(b"<Override", DECLARED + b"<Override", 1))
            elif one.filename != name:
                target.writestr(one.filename, source.read(one.filename))
        target.writestr(name, content)
    return file.getvalue()


def with_sheet(rows: str, *, before: str = "", after: str = "") -> bytes:
    """A workbook whose sheet has this XML for its rows, below a line of titles."""
    data = f'<sheetData><row r="1">{HEADER}</row>{rows}</sheetData>'
    return with_part(SHEET, f'<?xml version="1.0"?>{before}<worksheet {MAIN}>{data}{after}</worksheet>')


def cells_of(content: bytes) -> list[list[Any]]:
    """What a spreadsheet program would show of the first sheet."""
    page: Any = load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in page.iter_rows()]
