"""A small region to call and to tell things to: enough that each route has something to find."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from maillage.ids import new_id

from tests.fuzz.house import House

Json = dict[str, Any]
COMMUNES = ("04112", "06088", "83069", "13055", "84007", "05061", "04070")
CHALLENGES = ["desertification-medicale", "soins-non-programmes"]
PEOPLE = len(COMMUNES) - 1  # one post is vacant


@dataclass
class Seeded:
    """The region's identifiers by kind of thing, as path parameters and fields name them."""

    house: House
    known: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, *ids: str) -> None:
        self.known.setdefault(kind, []).extend(ids)

    async def post(
        self, service: str, path: str, body: Any = None, person: str | None = None, expect: int = 2
    ) -> Json:
        """POST as that person, as an animator when none is named."""
        tokens = self.house.tokens
        headers = tokens.coordinator(person) if person else tokens.animator()
        answer = await self.house.services[service].client.post(path, json=body, headers=headers)
        assert answer.status_code // 100 == expect, f"{path}: {answer.status_code} {answer.text}"
        await self.house.carry()
        return dict(answer.json()) if answer.content else {}

    async def put(self, service: str, path: str, body: Any, person: str) -> None:
        """PUT in the version that stands there."""
        headers = self.house.tokens.coordinator(person)
        client = self.house.services[service].client
        tag = (await client.get(path, headers=headers)).headers["etag"]
        answer = await client.put(path, json=body, headers={**headers, "If-Match": tag})
        assert answer.is_success, f"{path}: {answer.text}"
        await self.house.carry()


async def seed(house: House) -> Seeded:
    """Fill the empty house over HTTP, as its people would."""
    region = Seeded(house)
    await _directory(region)
    await _seminars(region)
    await _mentoring(region)
    await _abroad(region)
    for message in await _messages(region):
        region.add("message_id", message["id"])
    return region


async def _directory(region: Seeded) -> None:
    for number, commune in enumerate(COMMUNES):
        body = {"name": f"CPTS d’essai {number}", "communes": [{"insee": commune}], "challenges": CHALLENGES}
        region.add("cpts_id", (await region.post("directory", "/cpts", body))["id"])
    for number in range(PEOPLE):
        today = datetime.now(UTC).date()
        profile = {
            "first_name": "Camille",
            "last_name": f"Roux {number}",
            "email": f"{uuid4().hex}@exemple.fr",
            "challenges": [{"challenge": slug, "stance": "working"} for slug in CHALLENGES],
            "skills": [{"skill": "rgpd", "level": 3, "stance": "offers"}],
            "reach": {"name": "national"},
        }
        cpts = region.known["cpts_id"][number]
        started = today - timedelta(days=10 if number == 0 else 2000)
        body = {"coordinator": profile, "started_on": started.isoformat()}
        post = await region.post("directory", f"/cpts/{cpts}/positions", body)
        region.add("position_id", post["id"])
        region.add("coordinator_id", post["coordinator_id"])


async def _seminars(region: Seeded) -> None:
    now = datetime.now(UTC)
    for days, capacity, publish in ((30, 4, True), (40, 100, False), (0.01, 10, True)):
        start = now + timedelta(days=days)
        body = {
            "title": f"Journée d’essai {days}",
            "starts_at": start.isoformat(),
            "ends_at": (start + timedelta(hours=6)).isoformat(),
            "capacity": capacity,
            "audience": "national",
        }
        made = await region.post("events", "/seminars", body)
        region.add("seminar_id", made["id"])
        times = {"starts_at": body["starts_at"], "ends_at": body["ends_at"]}
        path = f"/seminars/{made['id']}"
        workshop = await region.post("events", f"{path}/workshops", {"title": "Atelier", **times})
        region.add("workshop_id", workshop["id"])
        if publish:
            await region.post("events", f"{path}/publish")
            for person in region.known["coordinator_id"]:
                chosen = {"workshop_ids": [workshop["id"]]}
                taken = await region.post("events", f"{path}/registrations", chosen, person)
                region.add("registration_id", taken["id"])
                if taken.get("ticket_code"):
                    region.add("ticket_code", taken["ticket_code"])
    code = {"ticket_code": region.known["ticket_code"][-1]}
    seen = await region.post("events", f"/seminars/{region.known['seminar_id'][-1]}/check-ins", code)
    region.add("attendance_id", seen["id"])


async def _mentoring(region: Seeded) -> None:
    mentee, *mentors = region.known["coordinator_id"]
    for mentor in mentors:
        await region.put("mentoring", "/me/mentor-profile", {"active": True, "capacity": 2}, mentor)
    for person, mentor, accept in ((mentee, mentors[0], True), (mentors[1], mentors[2], False)):
        request = await region.post("mentoring", "/requests", {"challenges": CHALLENGES}, person)
        region.add("request_id", request["id"])
        asked = {"mentor_id": mentor}
        proposal = await region.post("mentoring", f"/requests/{request['id']}/proposals", asked, person)
        region.add("proposal_id", proposal["id"])
        if accept:
            await region.post("mentoring", f"/proposals/{proposal['id']}/accept", None, mentor)
    client, headers = region.house.services["mentoring"].client, region.house.tokens.animator()
    found = (await client.get("/mentorships", headers=headers)).json()["items"]
    region.add("mentorship_id", *(one["id"] for one in found))


async def _abroad(region: Seeded) -> None:
    now = datetime.now(UTC)
    neighbour, seminar = str(new_id()), str(new_id())
    await region.house.abroad(
        "directory.coordinator.presented.v1",
        {"coordinator_id": neighbour, "first_name": "Garance", "last_name": "Delmas", "status": "active"},
    )
    await region.house.abroad(
        "events.seminar.opened.v1",
        {
            "seminar_id": seminar,
            "title": "Journées d’Occitanie",
            "starts_at": (now + timedelta(days=20)).isoformat(),
            "ends_at": (now + timedelta(days=21)).isoformat(),
            "time_zone": "Europe/Paris",
            "city": "Albi",
            "capacity": 30,
            "seats_left": 12,
            "registration_opens_at": (now - timedelta(days=1)).isoformat(),
            "registration_closes_at": (now + timedelta(days=15)).isoformat(),
            "sequence": 0,
        },
    )
    region.add("neighbour_id", neighbour)
    region.add("neighbour_seminar", seminar)
    for person in region.known["coordinator_id"][:2]:
        path = f"/neighbour-seminars/{seminar}/registrations"
        region.add("guest_id", (await region.post("events", path, None, person))["id"])


async def _messages(region: Seeded) -> list[Json]:
    harness = region.house.services["notifications"]
    headers = region.house.tokens.admin()
    for person in region.known["coordinator_id"]:
        mine = await harness.client.get("/me/notifications", headers=region.house.tokens.coordinator(person))
        region.add("notification_id", *(one["id"] for one in mine.json()["items"]))
    return list((await harness.client.get("/messages", headers=headers)).json()["items"])
