"""The table: who may call what, and with which answer. One text file a service, read here.

A row is a route, a variant of it after `@` where one route has several cases, and a status for each caller of
the file's first line. `tests/security/callers.py` says who they are, `samples` what is sent.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def read(name: str) -> dict[str, dict[str, str]]:
    """The rows of a file: `GET /cpts` or `GET /seminars/{key} @draft` to the cell of each caller.

    Raises ValueError for a row with too few or too many cells, and for one written twice.
    """
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    columns: list[str] = []
    rows: dict[str, dict[str, str]] = {}
    for words in (line.split() for line in lines if line.strip() and not line.startswith("#")):
        if not columns:
            columns = words[1:]
            continue
        cells = words[-len(columns) :]
        row = " ".join(words[: -len(columns)])
        if row in rows or not all(cell.isdigit() or cell in ("in", "door") for cell in cells):
            raise ValueError(f"{name}.txt: a row twice, or its cells and the first line differ: {row}")
        rows[row] = dict(zip(columns, cells, strict=True))
    return rows


def route_of(row: str) -> str:
    """The route of a row, without its variant."""
    return row.split(" @")[0]
