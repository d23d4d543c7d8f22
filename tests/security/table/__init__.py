"""The table: who may call what, and with which answer. One text file a service, read here.

A row is a route, a variant of it after `@` where one route has several cases, and a status for each caller of
the file's first line. `tests/security/callers.py` says who they are, `samples` what is sent.
"""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.security.house import House
from tests.security.samples import Sample

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


def _address(house: House, name: str, row: str, sample: Sample) -> tuple[str, str]:
    method, path = route_of(row).split(" ")
    for part in ("{" + piece.split("}")[0] + "}" for piece in path.split("{")[1:]):
        named = sample.path.get(part[1:-1], part[1:-1])
        path = path.replace(part, house.ids.get(named, named))
    return method, f"/api/{name}/v1{path}"


async def ask(house: House, name: str, row: str, sample: Sample, headers: dict[str, str]) -> httpx.Response:
    """The answer of a row's route, called with what its sample says by who has these headers."""
    method, path = _address(house, name, row, sample)
    if method in ("PATCH", "PUT", "DELETE") or sample.suffix:
        own = headers if "/me/" in path else None
        headers = {**headers, "If-Match": await house.etag(path.removesuffix(sample.suffix), own)}
    sent = {"files": sample.files} if sample.files else {"json": await sample.sent(house)}
    return await house.call(method, path, headers=headers, **sent)


async def ask_bare(house: House, name: str, row: str, headers: dict[str, str]) -> httpx.Response:
    """The answer of a row's route to who sends these headers, and nothing else."""
    method, path = _address(house, name, row, Sample())
    return await house.call(method, path, headers=headers)
