"""Loads the demo region into a running house, over HTTP. What is there already is left as it is."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from maillage_directory.reference.cpts import cpts_payloads

from maillage_embedded.demo.caller import Caller
from maillage_embedded.demo.cast import SEED, Member, members, newcomer
from maillage_embedded.demo.programme import (
    PRESENT_IN_2021,
    REGISTERED_NEXT,
    Seminar,
    past,
    upcoming,
)

T = TypeVar("T")
Tell = Callable[[str], None]
AT_ONCE = 4
"""Requests under way where their order does not matter."""
FORMER_DAYS = 700
"""How long those who moved held their former post."""
SEARCHING = 4
"""How many of the recently arrived look for a mentor by themselves."""


class Loader:
    """One run of the demo. `tell` hears how far it is."""

    def __init__(self, caller: Caller, today: date, tell: Tell) -> None:
        self._caller = caller
        self._today = today
        self._tell = tell
        self._chance = random.Random(SEED)  # noqa: S311  # variety, not secrecy
        self._cpts: dict[str, str] = {}
        self._people: dict[str, str] = {}

    async def run(self) -> None:
        """Everything, in the order in which it could have happened; the newcomer last."""
        everyone = members(self._today)
        await self._found_cpts()
        await self._settle(everyone)
        await self._offer_mentoring([member for member in everyone if member.mentors])
        await self._hold_past_seminar([member for member in everyone if member.veteran])
        await self._open_next_seminar(everyone)
        await self._find_mentors([member for member in everyone if not member.veteran])
        await self._settle([newcomer(self._today)])

    async def _found_cpts(self) -> None:
        self._cpts = {cpts["slug"]: cpts["id"] for cpts in await self._caller.items("directory/v1/cpts")}

        async def found(body: dict[str, Any]) -> None:
            self._cpts[body["slug"]] = (await self._caller.post("directory/v1/cpts", body))["id"]

        bodies = [body for body in cpts_payloads(example_challenges=True) if body["slug"] not in self._cpts]
        await self._each("CPTS", bodies, found, at_once=AT_ONCE)

    async def _settle(self, arriving: list[Member]) -> None:
        """Each person is made together with her post, as an animator does it."""
        held = set()
        for person in await self._caller.items("directory/v1/coordinators"):
            self._people[person["email"]] = person["id"]
            held |= {(person["email"], post["cpts_id"]) for post in person["positions"]}
        missing = [each for each in arriving if (each.email, self._cpts[each.cpts]) not in held]
        await self._each("coordinatrices et coordonnateurs", missing, self._arrive, at_once=AT_ONCE)

    async def _arrive(self, member: Member) -> None:
        if member.moved_from is not None and member.email not in self._people:
            await self._leave_former_post(member)
        known = self._people.get(member.email)
        who = {"coordinator_id": known} if known else {"coordinator": member.profile}
        post = await self._take_post(member.cpts, {**who, "started_on": member.started_on.isoformat()})
        self._people[member.email] = post["coordinator_id"]

    async def _leave_former_post(self, member: Member) -> None:
        left_on = member.started_on - timedelta(days=1)
        came_on = left_on - timedelta(days=FORMER_DAYS)
        profile = {**member.profile, "joined_on": came_on.isoformat()}
        body = {"coordinator": profile, "started_on": came_on.isoformat()}
        post = await self._take_post(str(member.moved_from), body)
        self._people[member.email] = post["coordinator_id"]
        path = f"directory/v1/positions/{post['id']}/end"
        await self._caller.post(path, {"ended_on": left_on.isoformat()})

    async def _take_post(self, cpts: str, body: dict[str, Any]) -> dict[str, Any]:
        path = f"directory/v1/cpts/{self._cpts[cpts]}/positions"
        return dict(await self._caller.post(path, body))

    async def _offer_mentoring(self, mentors: list[Member]) -> None:
        async def offer(member: Member) -> None:
            mine, person = "mentoring/v1/me/mentor-profile", self._people[member.email]
            now = await self._caller.call("GET", mine, person=person, patient=True)
            if now.json()["version"] > 0:
                return
            body = {
                "active": True,
                "capacity": member.mentors,
                "skills": member.skills("offers"),
                "challenges": member.challenges,
                "note": member.mentor_note,
            }
            await self._caller.call("PUT", mine, body, person=person, etag=now.headers["ETag"], patient=True)

        await self._each("mentors", mentors, offer, at_once=AT_ONCE)

    async def _seminar(self, seminar: Seminar) -> dict[str, Any]:
        """The seminar, written down and published if it was not."""
        known = {each["slug"]: each for each in await self._caller.items("events/v1/seminars")}
        found = known.get(seminar.body["slug"]) or await self._caller.post("events/v1/seminars", seminar.body)
        path = f"events/v1/seminars/{found['id']}"
        titles = {workshop["title"] for workshop in found["workshops"]}
        for workshop in seminar.workshops:
            if workshop.title not in titles:
                await self._caller.post(f"{path}/workshops", workshop.body)
        if found["status"] == "draft":
            await self._caller.post(f"{path}/publish")
        return dict(await self._caller.get(path))

    async def _hold_past_seminar(self, veterans: list[Member]) -> None:
        seminar = past()
        held = await self._seminar(seminar)
        if held["status"] == "completed":
            return
        present = veterans[:PRESENT_IN_2021]
        path = f"events/v1/seminars/{held['id']}"

        async def check_in(registration: dict[str, Any]) -> None:
            await self._caller.post(f"{path}/check-ins", {"ticket_code": registration["ticket_code"]})

        registrations = await self._register(seminar, held, present)
        await self._each("présents à Giens en 2021", registrations, check_in, at_once=AT_ONCE)
        await self._caller.post(f"{path}/complete")

    async def _open_next_seminar(self, everyone: list[Member]) -> None:
        seminar = upcoming(self._today)
        held = await self._seminar(seminar)
        await self._register(seminar, held, everyone[:REGISTERED_NEXT])

    async def _register(
        self, seminar: Seminar, held: dict[str, Any], people: list[Member]
    ) -> list[dict[str, Any]]:
        path = f"events/v1/seminars/{held['id']}/registrations"
        known = {each["coordinator_id"]: each for each in await self._caller.items(path)}
        ids = {workshop["title"]: workshop["id"] for workshop in held["workshops"]}
        registrations: list[dict[str, Any]] = []

        async def register(member: Member) -> None:
            person, chosen = self._people[member.email], self._choose(seminar)
            body = {"coordinator_id": person, "workshop_ids": [ids[title] for title in chosen]}
            registrations.append(known.get(person) or await self._caller.post(path, body))

        # One after the other: who comes first has the seat, at each run the same.
        await self._each(f"inscriptions : {held['title']}", people, register)
        return registrations

    def _choose(self, seminar: Seminar) -> list[str]:
        """One workshop in each slot, those that many want more often; some leave a slot free."""
        chosen = []
        for slot in seminar.slots:
            offered = [workshop for workshop in seminar.workshops if workshop.slot == slot]
            if self._chance.random() < 0.9:
                weights = [workshop.wanted for workshop in offered]
                chosen += [workshop.title for workshop in self._chance.choices(offered, weights)]
        return chosen

    async def _find_mentors(self, recent: list[Member]) -> None:
        """A few ask for a mentor by themselves, choose the one suggested first, and she accepts."""
        latest = sorted(recent, key=lambda member: member.started_on, reverse=True)[:SEARCHING]
        await self._each("mentorats en cours", latest, self._find_mentor)

    async def _find_mentor(self, member: Member) -> None:
        person = self._people[member.email]
        if await self._caller.items("mentoring/v1/requests", person=person):
            return
        wish = {"skills": member.skills("seeks"), "challenges": member.challenges}
        request = await self._caller.post("mentoring/v1/requests", wish, person=person, patient=True)
        path = f"mentoring/v1/requests/{request['id']}"
        free = await self._suggested(path, person)
        if not free:
            return
        asked = await self._caller.post(f"{path}/proposals", {"mentor_id": free[0]}, person=person)
        await self._caller.post(f"mentoring/v1/proposals/{asked['id']}/accept", person=free[0], patient=True)

    async def _suggested(self, search: str, person: str) -> list[str]:
        """Whom she may ask, best first. Asked again for a while: the news of them may be on its way."""

        def free(answer: Any) -> list[str]:
            return [each["mentor_id"] for each in answer["items"] if each["mentor_id"] != self._kept_free]

        path = f"{search}/suggestions"
        return free(await self._caller.get(path, person=person, until=lambda answer: bool(free(answer))))

    @property
    def _kept_free(self) -> str:
        """The mentor whom the newcomer is to meet."""
        return self._people[members(self._today)[0].email]

    async def _each(
        self, what: str, things: Sequence[T], act: Callable[[T], Awaitable[None]], *, at_once: int = 1
    ) -> None:
        gate, done = asyncio.Semaphore(at_once), 0

        async def one(thing: T) -> None:
            nonlocal done
            async with gate:
                await act(thing)
            done += 1
            self._tell(f"{what} {done}/{len(things)}")

        await asyncio.gather(*(one(thing) for thing in things))
