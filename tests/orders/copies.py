"""What a service has kept of what it was told, without what differs from run to run for no reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from maillage.testing.harness import ServiceHarness
from sqlalchemy import text

COPIES: dict[str, dict[str, str]] = {
    "directory": {
        "neighbour": "id, region, status, first_name, last_name, challenges, skills, posts, reach_name"
    },
    "events": {
        "person": "id, first_name, last_name, status, name_reach, region",
        "post": "id, coordinator_id, started_on, ended_on",
        "neighbour_seminar": "id, region, status, shut_reason, title, starts_at, ends_at, venue, city,"
        " capacity, seats_left, sequence",
        "erasure": "id, coordinator_id",
        "ended_tokens": "*",
    },
    "mentoring": {
        "coordinator": "id, first_name, last_name, status, confirmed_on, challenges, skills, reach",
        "position": "id, coordinator_id, cpts_id, title, started_on, ended_on",
        "cpts": "id, name, status, departments, challenges, territory_types, lat, lon",
        "seminar_seat": "id, coordinator_id, seminar_id, confirmed_at, presences, attended_at",
        "ended_tokens": "*",
    },
    "notifications": {
        "person": "id, first_name, last_name, status",
        "contact": "id, email, language, roles",
        "cpts": "id, name",
        "position": "id, coordinator_id, cpts_id, started_on, ended_on",
        "seminar": "id, title, starts_at, ends_at, time_zone, format, venue, city, workshops, status",
        "registration": "id, seminar_id, coordinator_id, status, workshop_ids, waitlisted_workshop_ids",
        "proposal": "id, request_id, mentee_id, mentor_id, status, answer_by",
        "erased": "id, erasure_id",
        "ended_tokens": "*",
    },
}

Rows = dict[str, dict[str, Any]]


def plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row by column, its ids as SQLite has them: 32 digits, whichever the database."""
    return {str(name): value.hex if isinstance(value, UUID) else value for name, value in row.items()}


async def copies_of(name: str, harness: ServiceHarness) -> Rows:
    """Each copied row by table and id."""
    found: Rows = {}
    async with harness.db.read() as session:
        for table, columns in COPIES[name].items():
            for row in (await session.execute(text(f"SELECT {columns} FROM {table}"))).mappings():  # noqa: S608
                values = plain(row)
                if values.get("status") == "cancelled" and "workshop_ids" in values:
                    # What was chosen in a seat given up is never read again, and not told with its end.
                    del values["workshop_ids"], values["waitlisted_workshop_ids"]
                found[f"{table} {next(iter(values.values()))}"] = values
    return found


def differences(true: Rows, other: Rows) -> list[str]:
    """What of the second is not as in the first."""
    said = [f"{key} is missing" for key in true.keys() - other.keys()]
    said += [f"{key} should not be there: {other[key]}" for key in other.keys() - true.keys()]
    for key in true.keys() & other.keys():
        for column, value in true[key].items():
            if other[key][column] != value:
                said.append(f"{key}: {column} is {other[key][column]!r}, should be {value!r}")
    return sorted(said)
