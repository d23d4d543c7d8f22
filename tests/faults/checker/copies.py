"""Do the copies that services keep of each other's facts say what their owners say?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.checker.evidence import Evidence, Row


@dataclass(frozen=True)
class Copy:
    """A table that copies `source`: column by column, for the rows `keeps` says yes to.

    `people`: the columns with the persons a row is about; rows of the erased, and of nobody any more, are not
    compared.
    """

    table: str
    source: str
    columns: dict[str, str]
    people: tuple[str, ...] = ()
    keeps: Callable[[Row], bool] = lambda _: True


NAMES = {"first_name": "first_name", "last_name": "last_name", "status": "status"}
POST = {"coordinator_id": "coordinator_id", "started_on": "started_on", "ended_on": "ended_on"}
COPIES = (
    Copy("events.person", "directory.coordinator", NAMES, ("id",)),
    Copy("notifications.person", "directory.coordinator", NAMES, ("id",)),
    Copy("mentoring.coordinator", "directory.coordinator", NAMES, ("id",)),
    Copy("notifications.contact", "directory.account", {"email": "email", "language": "language"}, ("id",)),
    Copy("events.post", "directory.position", POST, ("coordinator_id",)),
    Copy("notifications.position", "directory.position", POST | {"cpts_id": "cpts_id"}, ("coordinator_id",)),
    Copy("mentoring.position", "directory.position", POST | {"cpts_id": "cpts_id"}, ("coordinator_id",)),
    Copy("notifications.cpts", "directory.cpts", {"name": "name"}),
    Copy("mentoring.cpts", "directory.cpts", {"name": "name", "status": "status"}),
    Copy(
        "notifications.seminar",
        "events.seminar",
        {"title": "title", "starts_at": "starts_at", "status": "status"},
        keeps=lambda row: row["status"] != "draft",
    ),
    Copy(
        "notifications.registration",
        "events.registration",
        {"status": "status", "seminar_id": "seminar_id", "coordinator_id": "coordinator_id"},
        ("coordinator_id",),
    ),
    Copy(
        "notifications.proposal",
        "mentoring.proposal",
        {"status": "status", "mentor_id": "mentor_id", "mentee_id": "mentee_id"},
        ("mentor_id", "mentee_id"),
    ),
)


def copies_agree(found: Evidence) -> Iterator[str]:
    """Every copied fact is its owner's, none is missing, and none is left of what its owner has not."""
    for copy in COPIES:
        if copy.table in found.tables and copy.source in found.tables:
            yield from _compare(found, copy)


def _compare(found: Evidence, copy: Copy) -> Iterator[str]:
    gone = found.erased | {"None"}
    # Those of another region are copies of its cards: see `abroad`.
    rows = {key: row for key, row in found.by_id(copy.table).items() if not row.get("region")}
    originals = found.by_id(copy.source)
    for key, original in originals.items():
        people = {str(original[name]) for name in copy.people}
        if people & gone or not copy.keeps(original):
            continue
        if (row := rows.get(key)) is None:
            yield f"{copy.table} lacks {key} of {copy.source}"
            continue
        for mine, theirs in copy.columns.items():
            if not _same(row[mine], original[theirs]):
                yield f"{copy.table} {key}: {mine} is {row[mine]!r}, {copy.source} says {original[theirs]!r}"
    for key in rows.keys() - originals.keys():
        yield f"{copy.table} has {key}, which {copy.source} has not"


def _same(one: Any, other: Any) -> bool:
    return str(one) == str(other)
