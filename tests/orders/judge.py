"""What must hold when two regions have come to rest, in whatever order their events were handled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import text

from tests.orders.copies import plain
from tests.orders.region import AWAY, HOME, Regions

Row = dict[str, Any]
STANDING = ("requested", "confirmed", "waitlisted", "offered")
SEATED = ("confirmed", "offered")
LIVE = ("active", "open", "proposed", "pending")
PAIRS = {
    "mentorship": ("mentor_id", "mentee_id"),
    "request": ("mentee_id",),
    "proposal": ("mentor_id", "mentee_id"),
}
TABLES = {
    "directory": ("coordinator", "position"),
    "events": ("post", "registration", "seat_pool", "guest_request", "seminar", "suggestion"),
    "mentoring": (*PAIRS, "mentor_profile", "pathway", "seminar_seat"),
    "notifications": ("registration", "proposal"),
}


class Found:
    """The rows of all services at the end of a story."""

    def __init__(self, tables: dict[tuple[str, str], list[Row]]) -> None:
        self._tables = tables

    @classmethod
    async def of(cls, regions: Regions) -> Found:
        """Read what the judgements need."""
        tables = {}
        for (region, name), harness in regions.members.items():
            async with harness.db.read() as session:
                for table in TABLES[name]:
                    rows = await session.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608
                    tables[region, f"{name}.{table}"] = [plain(row) for row in rows.mappings()]
        return cls(tables)

    def rows(self, region: str, table: str) -> list[Row]:
        """The rows of a table (`events.post`); none where that region has no such service here."""
        return self._tables.get((region, table), [])

    def by_id(self, region: str, table: str) -> dict[str, Row]:
        return {row["id"]: row for row in self.rows(region, table)}

    def people(self, region: str, status: str) -> set[str]:
        """The ids of those whom their directory has as erased, or as gone."""
        return {row["id"] for row in self.rows(region, "directory.coordinator") if row["status"] == status}


def judged(found: Found) -> Iterator[str]:
    """Every judgement's complaints."""
    for region, other in ((HOME, AWAY), (AWAY, HOME)):
        yield from _erased_are_gone(found, region)
        yield from _leavers_hold_no_seat(found, region)
        yield from _pairs_are_of_those_here(found, region)
        yield from _pathways_end_with_posts(found, region)
        yield from _seats_fit(found, region)
        yield from _guests_agree(found, region, other)
    yield from _copies_agree(found)


def _erased_are_gone(found: Found, region: str) -> Iterator[str]:
    gone = found.people(region, "erased")
    tables = ("events.registration", "events.post", "events.guest_request", "events.suggestion")
    for table in (*tables, "mentoring.seminar_seat", "mentoring.mentor_profile"):
        for row in found.rows(region, table):
            if row.get("coordinator_id", row["id"]) in gone:
                yield f"{region} {table} {row['id']} is of an erased person"


def _leavers_hold_no_seat(found: Found, region: str) -> Iterator[str]:
    left, seminars = found.people(region, "left"), found.by_id(region, "events.seminar")
    for row in found.rows(region, "events.registration"):
        ahead = seminars[row["seminar_id"]]["status"] == "published"
        if row["coordinator_id"] in left and row["status"] in STANDING and ahead:
            yield f"{region} registration {row['id']} of one who left is {row['status']}"
    for row in found.rows(region, "events.guest_request"):
        if row["coordinator_id"] in left and row["status"] in STANDING:
            yield f"{region} guest request {row['id']} of one who left is {row['status']}"


def _pairs_are_of_those_here(found: Found, region: str) -> Iterator[str]:
    away = found.people(region, "left") | found.people(region, "erased")
    for table, people in PAIRS.items():
        for row in found.rows(region, f"mentoring.{table}"):
            if row["status"] in LIVE and away & {row[name] for name in people}:
                yield f"{table} {row['id']} with one who is gone is {row['status']}"
    for row in found.rows(region, "mentoring.mentor_profile"):
        if row["id"] in away and row["active"]:
            yield f"{row['id']}, who is gone, offers to mentor"


def _pathways_end_with_posts(found: Found, region: str) -> Iterator[str]:
    held = {row["id"] for row in found.rows(region, "directory.position") if row["ended_on"] is None}
    for row in found.rows(region, "mentoring.pathway"):
        if row["status"] == "active" and row["position_id"] not in held:
            yield f"pathway {row['id']} of a post that has ended is active"


def _seats_fit(found: Found, region: str) -> Iterator[str]:
    """No more seats than there are, and none free while somebody waits."""
    seminars = found.by_id(region, "events.seminar")
    for pool in (row for row in found.rows(region, "events.seat_pool") if row["workshop_id"] is None):
        key = pool["seminar_id"]
        states = [r["status"] for r in found.rows(region, "events.registration") if r["seminar_id"] == key]
        taken = sum(status in SEATED for status in states)
        if taken > pool["capacity"]:
            yield f"{region} seminar {key} has {taken} seats taken of {pool['capacity']}"
        if "waitlisted" in states and seminars[key]["status"] == "published" and taken < pool["capacity"]:
            yield f"{region} seminar {key} has a free seat, and somebody waits"


def _guests_agree(found: Found, theirs: str, host: str) -> Iterator[str]:
    """What a guest's region says of her request is what her host has, and nobody is seated unasked."""
    hosted, asked = found.by_id(host, "events.registration"), found.by_id(theirs, "events.guest_request")
    for key, request in asked.items():
        seat = hosted.get(key)
        known = seat is not None and request["coordinator_id"] is not None
        differs = seat is not None and seat["status"] != request["status"]
        if (known and differs) or (not known and request["status"] in STANDING):
            yield f"{theirs} request {key} is {request['status']}, its host has {seat and seat['status']}"
    for key, seat in hosted.items():
        if seat["guest_region"] == theirs and seat["status"] in STANDING and key not in asked:
            yield f"{host} has a guest {key} who never asked"


def _copies_agree(found: Found) -> Iterator[str]:
    gone = found.people(HOME, "erased") | {None}
    for table, owner in (("registration", "events"), ("proposal", "mentoring")):
        copies = found.by_id(HOME, f"notifications.{table}")
        for key, row in found.by_id(HOME, f"{owner}.{table}").items():
            if row.get("guest_region") or gone & set(_people(row)):
                continue
            status = copies[key]["status"] if key in copies else "missing"
            if status != row["status"]:
                yield f"notifications.{table} {key} is {status}, should be {row['status']}"


def _people(row: Row) -> Iterable[str | None]:
    return (row[name] for name in ("coordinator_id", "mentor_id", "mentee_id") if name in row)
