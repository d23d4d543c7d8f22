"""What the other services hold of a grown region: seats, messages, mentors. In bulk, like the region."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.db import migrate
from maillage_directory.model import CoordinatorChallenge, CoordinatorSkill, CptsChallenge, CptsTerritoryType
from maillage_directory.model import Cpts as DirectoryCpts
from maillage_directory.model import Position as DirectoryPosition
from maillage_events import model as events
from maillage_mentoring import model as mentoring
from maillage_notifications import model as notifications

from tests.load.grown import BEGAN, Region, Rows, put, versioned

SEMINARS, SEATS_OF_ONE = 10, 6
"""A year's seminars at scale 1, and how many of them a person goes to."""
TOLD, TOLD_READER = 5, 25
"""Messages of each channel that a person has; the one who is measured has more as the region grows."""
ANSWERED = 3
"""Proposals that each mentor has answered before."""


async def fill_events(url: str, grown: Region, scale: float) -> UUID:
    """Seminars with seats taken, and the journal of that; gives one half of the people are registered for."""
    chance = random.Random(1)  # noqa: S311  (invented data, always the same)
    seminars = [_id(chance) for _ in range(round(SEMINARS * scale))]
    seats: Rows = []
    for number, person in enumerate(grown.people):
        others = chance.sample(seminars[1:], SEATS_OF_ONE)
        taken = [*([seminars[0]] if number < len(grown.people) // 2 else []), *others]
        seats += [_seat(chance, person, seminar, len(seats) + place) for place, seminar in enumerate(taken)]
    await migrate(url, "maillage_events.migrations")
    await put(
        url,
        {
            events.Person: [
                {"id": key, "first_name": "Odile", "last_name": "Inventée", "status": "active"}
                | {"name_reach": "region", "sequence": 1}
                for key in grown.people
            ],
            events.Seminar: [_seminar(key, number) for number, key in enumerate(seminars)],
            events.SeatPool: [_pool(chance, key, seats) for key in seminars],
            events.Registration: seats,
            events.Base.kit.outbox: [_journal_line(chance, seat) for seat in seats],
        },
    )
    return seminars[0]


def _seminar(key: UUID, number: int) -> dict[str, Any]:
    began = BEGAN + timedelta(days=400)
    return {
        **versioned(key, number),
        "slug": f"seminaire-{number}",
        "title": "Séminaire de Giens",
        "starts_at": began,
        "ends_at": began + timedelta(days=1),
        "time_zone": "Europe/Paris",
        "format": "on-site",
        "registration_opens_at": BEGAN,
        "registration_closes_at": began + timedelta(days=3650),
        "change_until": began,
        "offer_minutes": 60,
        "status": "published",
    }


def _pool(chance: random.Random, seminar: UUID, seats: Rows) -> dict[str, Any]:
    return {"id": _id(chance), "seminar_id": seminar, "capacity": 1_000_000, "confirmed": 0, "offered": 0} | {
        "waitlisted": 0,
        "last_place": len(seats),
        "tellings": 0,
    }


def _seat(chance: random.Random, person: UUID, seminar: UUID, place: int) -> dict[str, Any]:
    return {
        **versioned(_id(chance), place),
        "seminar_id": seminar,
        "coordinator_id": person,
        "registered_by": person,
        "status": "confirmed",
        "place": place,
        "answers": {},
        "ticket_code": f"T{place}",
        "registered_at": BEGAN,
        "confirmed_at": BEGAN,
    }


def _journal_line(chance: random.Random, seat: dict[str, Any]) -> dict[str, Any]:
    return {
        "event_id": _id(chance),
        "type": "fr.maillage.events.registration.confirmed.1",
        "entity_id": str(seat["id"]),
        "sequence": 1,
        "time": BEGAN,
        "data": json.dumps({"registration_id": str(seat["id"])}),
        "published_at": BEGAN,
        "stream_sequence": seat["place"] + 1,
    }


async def fill_inboxes(url: str, grown: Region, scale: float) -> UUID:
    """Messages for everybody; gives the person who has as many times more as the region has people."""
    chance = random.Random(2)  # noqa: S311  (invented data, always the same)
    reader, *others = grown.people
    told = _told(chance, reader, round(TOLD_READER * scale))
    for person in others:
        told += _told(chance, person, TOLD)
    await migrate(url, "maillage_notifications.migrations")
    await put(
        url,
        {
            notifications.Person: [
                {"id": key, "first_name": "Odile", "last_name": "Inventée", "status": "active"}
                for key in grown.people
            ],
            notifications.Contact: [
                {"id": key, "email": f"{number}@maillage.example", "language": "fr", "roles": ["coordinator"]}
                for number, key in enumerate(grown.people)
            ],
            notifications.Message: told,
        },
    )
    return reader


def _told(chance: random.Random, person: UUID, count: int) -> Rows:
    rows = []
    for number in range(count):
        for channel in notifications.CHANNELS:
            key = _id(chance)
            inbox = channel == notifications.IN_APP
            rows.append(
                {
                    **versioned(key, number),
                    "recipient_id": person,
                    "topic": "pathway-step",
                    "channel": channel,
                    "state": notifications.SENT,
                    "attempts": 1,
                    "params": {"step": "mentor", "done": 1, "total": 9},
                    "decision": {},
                    "key": str(key),
                    "number": number + 1 if inbox else None,
                    "sent_at": BEGAN,
                    "read_at": BEGAN if number < count - 2 else None,
                }
            )
    return rows


async def fill_mentoring(url: str, grown: Region) -> tuple[UUID, UUID]:
    """Mentors with a past, one person in three; gives the mentee of an open request and that request."""
    chance = random.Random(3)  # noqa: S311  (invented data, always the same)
    mentee, *others = grown.people
    mentors = others[::3]
    past = [_request(chance, mentor, "matched") for mentor in mentors for _ in range(ANSWERED)]
    asked = [_proposal(chance, request, mentors[n // ANSWERED]) for n, request in enumerate(past)]
    sought = grown.rows[CptsChallenge][:3]
    wanted = _request(chance, mentee, "open") | {"challenges": [row["challenge"] for row in sought]}
    await migrate(url, "maillage_mentoring.migrations")
    await put(
        url,
        {
            mentoring.Coordinator: _people(grown),
            mentoring.Cpts: _places(grown),
            mentoring.Position: [
                {"id": row["id"], "coordinator_id": row["coordinator_id"], "cpts_id": row["cpts_id"]}
                | {"title": row["title"], "started_on": row["started_on"]}
                for row in grown.rows[DirectoryPosition]
            ],
            mentoring.MentorProfile: [
                {**versioned(key, 0), "active": True, "capacity": 2, "max_pending": 2, "skills": []}
                | {"challenges": []}
                for key in mentors
            ],
            mentoring.Mentorship: [
                {**versioned(_id(chance), 0), "mentee_id": _id(chance), "mentor_id": key, "status": "active"}
                | {"started_on": BEGAN.date()}
                for key in mentors[::2]
            ],
            mentoring.Request: [*past, wanted],
            mentoring.Proposal: asked,
        },
    )
    return mentee, wanted["id"]


def _people(grown: Region) -> Rows:
    met = _by_owner(grown.rows[CoordinatorChallenge], "coordinator_id", ("challenge", "stance"))
    can = _by_owner(grown.rows[CoordinatorSkill], "coordinator_id", ("skill", "stance", "level"))
    return [
        {"id": key, "first_name": "Odile", "last_name": "Inventée", "status": "active", "sequence": 1}
        | {"challenges": met[key], "skills": can[key], "reach": {"name": "region"}}
        for key in grown.people
    ]


def _places(grown: Region) -> Rows:
    types = _by_owner(grown.rows[CptsTerritoryType], "cpts_id", ("territory_type",))
    return [
        {"id": row["id"], "name": row["name"], "status": row["status"], "challenges": [], "sequence": 1}
        | {"departments": [row["principal_department"]], "lat": row["lat"], "lon": row["lon"]}
        | {"territory_types": [each["territory_type"] for each in types[row["id"]]]}
        for row in grown.rows[DirectoryCpts]
    ]


def _by_owner(rows: Rows, owner: str, names: Sequence[str]) -> dict[UUID, Rows]:
    found: dict[UUID, Rows] = {}
    for row in rows:
        found.setdefault(row[owner], []).append({name: row[name] for name in names})
    return found


def _request(chance: random.Random, mentee: UUID, status: str) -> dict[str, Any]:
    return {
        **versioned(_id(chance), 0),
        "mentee_id": mentee,
        "origin": "self",
        "status": status,
        "automatic": False,
        "from_profile": False,
        "skills": [],
        "challenges": [],
        "opened_at": BEGAN,
    }


def _proposal(chance: random.Random, request: dict[str, Any], mentor: UUID) -> dict[str, Any]:
    return {
        **versioned(_id(chance), 0),
        "request_id": request["id"],
        "mentee_id": request["mentee_id"],
        "mentor_id": mentor,
        "rank": 1,
        "status": "accepted",
        "score": 50,
        "reasons": [],
        "against": [],
        "made_at": BEGAN,
        "answer_by": BEGAN + timedelta(days=3),
        "answered_at": BEGAN + timedelta(hours=chance.randint(1, 72)),
    }


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
