"""What people of two regions do: each a request to a service, as its pages would send it.

Under a plan that holds events back a request may be refused (nobody has been proposed yet, a seat has not
been offered yet): people then go on without.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from maillage.testing.clock import START

from tests.orders.region import HOME, Regions

Json = dict[str, Any]
CHALLENGE, SKILL = "desertification-medicale", "aci-conventionnement"
NATIONAL = {"name": "national", "challenges": "national", "skills": "national"}


class People:
    """`people`, `posts`, `cpts`, `seminars`, `seats`: the ids given, by the names used here."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self.people: dict[str, str] = {}
        self.posts: dict[str, str] = {}
        self.cpts: dict[str, str] = {}
        self.seminars: dict[str, str] = {}
        self.seats: dict[str, str] = {}
        self.refused: list[str] = []

    async def found(self, name: str, commune: str, *, region: str = HOME) -> None:
        """A CPTS enters the directory."""
        body = {
            "name": f"CPTS {name}", "status": "aci-signe", "communes": [{"insee": commune}],
            "challenges": [CHALLENGE], "territory_types": ["rural"],
        }  # fmt: skip
        made = await self.call("directory", "POST", "/cpts", None, body, region=region)
        self.cpts[name] = made["id"] if made else ""

    def _person(self, name: str, *, helps: bool = False, reach: Mapping[str, str] | None = None) -> Json:
        return {
            "first_name": name.capitalize(), "last_name": f"Nom-{name}", "email": f"{name}@exemple.fr",
            "challenges": [{"challenge": CHALLENGE, "stance": "solved" if helps else "working"}],
            "skills": [{"skill": SKILL, "level": 4, "stance": "offers" if helps else "seeks"}],
            **({"reach": reach} if reach else {}),
        }  # fmt: skip

    async def enter(self, name: str, **more: Any) -> None:
        """Somebody without a post."""
        made = await self.call("directory", "POST", "/coordinators", None, self._person(name) | more)
        self.people[name] = made["id"] if made else ""

    async def arrive(
        self, name: str, cpts: str, *, region: str = HOME, known: bool = False, helps: bool = False,
        reach: Mapping[str, str] | None = None, **post: Any,
    ) -> None:  # fmt: skip
        """Somebody takes up a post, as a rule somebody new."""
        who: Json = (
            {"coordinator_id": self.people[name]}
            if known
            else {"coordinator": self._person(name, helps=helps, reach=reach)}
        )
        made = await self.call(
            "directory", "POST", f"/cpts/{self.cpts[cpts]}/positions", None, who | post, region=region
        )
        if made:
            self.people[name], self.posts[f"{name} at {cpts}"] = made["coordinator_id"], made["id"]

    async def change(self, name: str, body: Json, *, region: str = HOME, by: str | None = None) -> None:
        if name not in self.people:
            return
        await self.call(
            "directory", "PATCH", f"/coordinators/{self.people[name]}", by, body, region=region, match="*"
        )

    async def change_cpts(self, name: str, body: Json) -> None:
        await self.call("directory", "PATCH", f"/cpts/{self.cpts[name]}", None, body, match="*")

    async def close_cpts(self, name: str) -> None:
        await self.call("directory", "DELETE", f"/cpts/{self.cpts[name]}", None, match="*")

    async def leave(self, name: str, cpts: str) -> None:
        await self.call("directory", "POST", f"/positions/{self.posts[f'{name} at {cpts}']}/end", None, {})

    async def move(self, name: str, old: str, new: str) -> None:
        """A new post before the old one ends: she never leaves the network."""
        await self.arrive(name, new, known=True)
        await self.leave(name, old)

    async def erase(self, name: str, *, region: str = HOME) -> None:
        await self.call(
            "directory", "DELETE", f"/coordinators/{self.people[name]}", None, region=region, match="*"
        )

    async def seminar(self, name: str, day: int, *, capacity: int, region: str = HOME, **more: Any) -> None:
        """Drafted and published."""
        body = {
            "title": f"Séminaire {name}", "starts_at": self.at(day), "ends_at": self.at(day, 8),
            "time_zone": "Europe/Paris", "format": "onsite", "venue": "La Salle", "city": "Hyères",
            "capacity": capacity, "tracks": ["pilotage-management"], "registration_opens_at": self.at(-20),
            "registration_closes_at": self.at(day), "offer_minutes": 2880, **more,
        }  # fmt: skip
        made = await self.events("POST", "/seminars", body, region=region)
        self.seminars[name] = made["id"] if made else ""
        await self.events("POST", f"/seminars/{self.seminars[name]}/publish", region=region)

    async def workshop(self, name: str) -> str | None:
        """One of the seminar's, of two hours."""
        seminar = await self.events("GET", f"/seminars/{self.seminars[name]}")
        if seminar is None:
            return None
        begin = seminar["starts_at"]
        body = {"title": "Atelier", "starts_at": begin, "ends_at": self.at(30, 2), "capacity": 5}
        made = await self.events("POST", f"/seminars/{self.seminars[name]}/workshops", body)
        return str(made["id"]) if made else None

    async def change_seminar(self, name: str, body: Json, *, region: str = HOME) -> None:
        await self.call(
            "events", "PATCH", f"/seminars/{self.seminars[name]}", None, body, region=region, match="*"
        )

    async def register(self, who: str, seminar: str, *, region: str = HOME) -> None:
        path = f"/seminars/{self.seminars[seminar]}/registrations"
        made = await self.call("events", "POST", path, who, {"workshop_ids": []}, region=region)
        if made:
            self.seats[f"{who} in {seminar}"] = made["id"]

    async def choose(self, who: str, seminar: str, workshops: list[str]) -> None:
        path = f"/registrations/{self.seats.get(f'{who} in {seminar}')}"
        await self.call("events", "PATCH", path, who, {"workshop_ids": workshops}, match="*")

    async def seat(self, who: str, seminar: str, verb: str, *, region: str = HOME) -> None:
        """Cancel, accept or decline."""
        path = f"/registrations/{self.seats.get(f'{who} in {seminar}')}/{verb}"
        await self.call("events", "POST", path, who, region=region)

    async def check_in(self, who: str, seminar: str) -> None:
        """Her ticket is scanned at the door."""
        seat = await self.call(
            "events", "GET", f"/registrations/{self.seats.get(f'{who} in {seminar}')}", who
        )
        body = {"ticket_code": seat["ticket_code"]} if seat else {}
        made = await self.events("POST", f"/seminars/{self.seminars[seminar]}/check-ins", body)
        if made:
            self.seats[f"{who} at {seminar}"] = made["id"]

    async def visit(self, who: str, seminar: str, *, region: str = HOME) -> None:
        """She asks for a seat at the other region's seminar."""
        path = f"/neighbour-seminars/{self.seminars[seminar]}/registrations"
        made = await self.call("events", "POST", path, who, region=region)
        if made:
            self.seats[f"{who} in {seminar}"] = made["id"]

    async def guest(self, who: str, seminar: str, verb: str, *, region: str = HOME) -> None:
        path = f"/guest-registrations/{self.seats.get(f'{who} in {seminar}')}/{verb}"
        await self.call("events", "POST", path, who, region=region)

    async def offer_help(self, who: str, capacity: int) -> None:
        body = {"active": True, "capacity": capacity, "skills": [SKILL], "challenges": [CHALLENGE]}
        await self.call("mentoring", "PUT", "/me/mentor-profile", who, body, match="*")

    async def answer(self, mentee: str, verb: str) -> None:
        """The mentor who is asked for her says yes or no."""
        found = await self.call("mentoring", "GET", "/proposals?status=pending&limit=200", None)
        for one in found["items"] if found else ():
            if one["mentee_id"] == self.people.get(mentee):
                mentor = next(name for name, who in self.people.items() if who == one["mentor_id"])
                body = {} if verb == "decline" else None
                await self.call("mentoring", "POST", f"/proposals/{one['id']}/{verb}", mentor, body)

    async def meet(self, mentee: str) -> None:
        found = await self.call("mentoring", "GET", "/mentorships", mentee)
        for one in found["items"] if found else ():
            body = {"held_on": self.day(0), "duration_minutes": 60}
            await self.call("mentoring", "POST", f"/mentorships/{one['id']}/meetings", mentee, body)

    async def withdraw_request(self, mentee: str) -> None:
        found = await self.call("mentoring", "GET", "/requests", mentee)
        for one in found["items"] if found else ():
            await self.call("mentoring", "POST", f"/requests/{one['id']}/withdraw", mentee)

    async def events(
        self, method: str, path: str, body: Json | None = None, *, region: str = HOME
    ) -> Json | None:
        return await self.call("events", method, path, None, body, region=region)

    async def call(
        self, service: str, method: str, path: str, who: str | None, body: Any = None, *,
        region: str = HOME, match: str | None = None,
    ) -> Json | None:  # fmt: skip
        """The answer, None when refused; then all that is due is handed over. `who`: None for an animator."""
        harness = self.regions.members[region, service]
        headers = (
            harness.tokens.coordinator(self.people[who], region=region)
            if who
            else harness.tokens.header(None, "coordinator", "animator", "admin", region=region)
        )
        if match is not None:
            seen = await harness.client.get(path, headers=headers)
            headers = headers | {"If-Match": seen.headers.get("etag", '"0"')}
        self.regions.clock.advance(seconds=1)
        answer = await harness.client.request(method, path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            self.refused.append(
                f"{method} {service}{path} by {who}: {answer.status_code} {answer.text[:300]}"
            )
        await self.regions.settle()
        return (answer.json() if answer.content else {}) if answer.status_code < 400 else None

    def at(self, days: int, hours: int = 0) -> str:
        """A moment so long after the story begins."""
        return (START + timedelta(days=days, hours=hours)).isoformat()

    def day(self, days: int) -> str:
        """A day so long after today."""
        return (self.regions.clock.now() + timedelta(days=days)).date().isoformat()
