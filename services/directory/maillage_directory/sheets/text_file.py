"""CSV as French spreadsheets write it: UTF-8 or Windows-1252, separated by semicolons, commas or tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from maillage_directory.sheets.refusals import FileRefused
from maillage_directory.sheets.table import HEADER_WITHIN, LONGEST_CELL, MOST_COLUMNS, Row, Table, checked

SEPARATORS = (";", "\t", ",")
MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
HINT = "sep="
"""Excel's own first line that names the separator."""


def read_text(content: bytes, most_rows: int) -> Table:
    """The table in a text file. Raises FileRefused."""
    text, encoding = _decoded(content)
    if "\0" in text:
        raise FileRefused("not-text")
    separator, skipped = _separator(text)
    rows = checked(list(_rows(text, separator, skipped, most_rows)), most_rows)
    return Table("csv", rows, encoding=encoding, separator=separator)


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in MARKS.items():
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding.removesuffix("-sig")
            except UnicodeDecodeError as error:
                raise FileRefused("bad-encoding") from error
    if b"\0" in content:
        raise FileRefused("not-text")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileRefused("bad-encoding")


def _separator(text: str) -> tuple[str, int]:
    """The separator, and how many lines at the top are a hint about it and no data.

    Where no hint is: the one by which the first lines fall into most columns, alike from line to line.
    """
    first = text[:20].splitlines()[0] if text else ""
    if first.lower().startswith(HINT) and len(first) == len(HINT) + 1:
        return first[-1], 1
    head = [line for line in io.StringIO(text[:50_000], newline=None) if line.strip()][:HEADER_WITHIN]
    return max(SEPARATORS, key=lambda mark: max((_outside_quotes(line, mark) for line in head), default=0)), 0


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def _rows(text: str, separator: str, skipped: int, most_rows: int) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL * 10)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins, found = 1, 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileRefused("quotes", line=begins) from error
        number, begins = begins, reader.line_num + 1
        row = Row(number, cells)
        if number <= skipped or row.is_blank:
            continue
        if len(cells) > MOST_COLUMNS and any(cell.strip() for cell in cells[MOST_COLUMNS:]):
            raise FileRefused("too-many-columns", limit=MOST_COLUMNS)
        yield Row(number, cells[:MOST_COLUMNS])
        found += 1
        if found > most_rows:
            return
