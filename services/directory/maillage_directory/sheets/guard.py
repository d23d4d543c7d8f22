"""What is looked at before a workbook is opened: how large it would become, and what its XML declares.

A workbook is a zip of XML. Sizes are those its directory declares; Python's zipfile never inflates a member
beyond them, so a directory that lies gives a damaged workbook, not a full memory.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO
from xml.etree.ElementTree import Element, ParseError  # names only

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from maillage_directory.sheets.refusals import FileRefused
from maillage_directory.sheets.table import HEADER_WITHIN, MOST_COLUMNS

MOST_INFLATED = 16_000_000
MOST_PER_PART = 2_000_000
"""Bytes, for the parts that are read whole: styles, names, relations. Sheets and texts are streamed."""
MOST_RATIO = 200
MOST_MEMBERS = 500
STREAMED = re.compile(r"xl/(worksheets/[^/]+|sharedStrings)\.xml", re.IGNORECASE)
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LAST_ROW = 1_048_576
CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")


@dataclass(slots=True)
class Outline:
    """What one pass over a sheet's XML tells: its last row that holds anything, and its merged cells."""

    filled: int = 0
    last: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, last row, first column, last column; all counted from 1."""


def opened(content: bytes) -> zipfile.ZipFile:
    """The zip, if it is a workbook within bounds. Raises FileRefused."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise FileRefused("damaged") from error
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_INFLATED:
        raise FileRefused("too-inflated")
    for one in members:
        if one.file_size > 1_000_000 and one.file_size > MOST_RATIO * max(one.compress_size, 1):
            raise FileRefused("too-inflated")
        is_xml = one.filename.lower().endswith((".xml", ".rels"))
        if is_xml and one.file_size > MOST_PER_PART and not STREAMED.fullmatch(one.filename):
            raise FileRefused("too-inflated")
    if "xl/workbook.xml" not in {one.filename for one in members}:
        raise FileRefused("not-a-workbook")
    return archive


def outline(source: IO[bytes], most_rows: int) -> Outline:
    """One pass over a sheet, keeping nothing. Raises FileRefused: entities, damage, too many lines."""
    found, row = Outline(), 0
    try:
        for event, element in iterparse(source, events=("start", "end"), forbid_dtd=True):
            tag = element.tag.removeprefix(NAMESPACE)
            if event == "start" and tag == "row":
                row = _row_number(element.get("r"), row)
            elif event == "end" and tag == "row":
                if _holds_anything(element):
                    found.filled, found.last = found.filled + 1, row
                element.clear()
            elif event == "end" and tag == "mergeCell":
                found.merged.append(_area(element.get("ref", "")))
            if found.filled > most_rows or len(found.merged) > 10 * most_rows:
                raise FileRefused("too-many-lines", limit=most_rows - HEADER_WITHIN)
    except DefusedXmlException as error:
        raise FileRefused("entities") from error
    except (ParseError, zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise FileRefused("damaged") from error
    return found


def _holds_anything(row: Element) -> bool:
    """Whether a cell of the row does. Raises FileRefused for one that stands too far to the right."""
    column, holds = 0, False
    for cell in row:
        place = CELL.fullmatch(cell.get("r", ""))
        column = _column(place[1]) if place else column + 1
        if len(cell):
            holds = True
            if column > MOST_COLUMNS:
                raise FileRefused("too-many-columns", limit=MOST_COLUMNS)
    return holds


def _row_number(said: str | None, before: int) -> int:
    """Raises ValueError for a row that no workbook can have."""
    number = int(said) if said else before + 1
    if not before < number <= LAST_ROW:
        raise ValueError("rows out of order")
    return number


def _area(reference: str) -> tuple[int, int, int, int]:
    first, _, last = reference.upper().partition(":")
    corners = [CELL.fullmatch(one) for one in (first, last or first)]
    if corners[0] is None or corners[1] is None:
        raise ValueError("not an area")
    (from_column, from_row), (to_column, to_row) = corners[0].groups(), corners[1].groups()
    return int(from_row), int(to_row), _column(from_column), _column(to_column)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
