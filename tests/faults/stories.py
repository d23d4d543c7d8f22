"""The four stories as random steps at a steady rate: arrival, seminars, mentoring, departure and erasure.

The plan (what, when, with which dice) follows from the seed alone. Whom a step concerns is drawn from those
the house has acknowledged by then, so it also depends on how fast the house was.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.client import Client
from tests.faults.history import History

Json = dict[str, Any]
WEIGHTS = {
    "arrive": 5, "offer_help": 2, "open_seminar": 1, "register": 10, "cancel": 3, "accept": 3,
    "answer": 4, "rename": 2, "depart": 1, "erase": 1,
}  # fmt: skip
OPENING = ("open_seminar", "arrive", "arrive", "offer_help", "open_seminar")
COMMUNES = ("04112", "04070", "05061", "06004", "13055", "83137", "84007")
CHALLENGES = ("desertification-medicale", "soins-non-programmes")
SKILL = "aci-conventionnement"


@dataclass(frozen=True)
class Step:
    """One step of the plan: what happens `at` so many seconds, with dice of its own."""

    at: float
    kind: str
    dice: random.Random = field(compare=False)


def plan(
    seed: int,
    seconds: float,
    rate: float,
    opening: Sequence[str] = OPENING,
    weights: Mapping[str, int] = WEIGHTS,
) -> list[Step]:
    """The steps of a run: the first ones give the others something to work with."""
    dice = random.Random(f"{seed} stories")
    kinds = list(opening)
    count = max(int(seconds * rate), len(kinds))
    kinds += dice.choices(list(weights), list(weights.values()), k=count - len(kinds))
    return [Step(number / rate, kind, random.Random(f"{seed} {number}")) for number, kind in enumerate(kinds)]


class Player:
    """Plays a plan, each step told by `tell`; the first `opening` of them before anything is harmed."""

    opening = len(OPENING)

    async def tell(self, number: int, step: Step) -> None:
        """Tell one step; `number` is its own."""
        await getattr(self, step.kind)(number, step.dice)

    async def open(self, steps: list[Step]) -> list[Step]:
        """Tell the opening to its end, or a slow machine gives the others nothing to do; what is left."""
        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(steps[: self.opening]):
                group.create_task(self.tell(number, step))
        return steps[self.opening :]

    async def play(self, steps: list[Step], first: int = 0) -> None:
        """Each step at its time, whatever became of the others; `first`: the number of the first."""
        begun = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(steps, first):
                await asyncio.sleep(max(0.0, begun + step.at - asyncio.get_running_loop().time()))
                group.create_task(self.tell(number, step))


class Stories(Player):
    """`people`, `posts`, `seminars`, `seats`: what was acknowledged and is not given up."""

    def __init__(self, client: Client, history: History, seed: int) -> None:
        self.client, self.history, self.seed = client, history, seed
        self.people: list[str] = []
        self.posts: dict[str, str] = {}
        self.seminars: list[str] = []
        self.seats: dict[str, tuple[str, str]] = {}
        self._busy: set[str] = set()

    def profile(self, dice: random.Random) -> Json:
        """What else is said of somebody new."""
        return {}

    def announcement(self, dice: random.Random) -> Json:
        """What else is said of a new seminar."""
        return {}

    async def arrive(self, number: int, dice: random.Random) -> str | None:
        """A CPTS, and somebody new who takes up its post."""
        name = f"CPTS {self.seed}-{number}"
        made = self.history.invoke("found", creates="directory.cpts", mark={"name": name})
        body = {
            "name": name, "status": "aci-signe", "communes": [{"insee": dice.choice(COMMUNES)}],
            "challenges": list(CHALLENGES), "territory_types": ["rural"],
        }  # fmt: skip
        if not (await self.client.post(made, "directory", "/cpts", body)).acknowledged:
            return None
        email = f"personne{self.seed}-{number}@exemple.fr"
        taken = self.history.invoke(
            "arrive", creates="directory.account", mark={"email": email}, id_at="coordinator_id",
            post_of=made.answer["id"], last_name=f"Nom{self.seed}x{number}",
        )  # fmt: skip
        helps = dice.random() < 0.5
        person = {
            "first_name": f"Prénom{number}", "last_name": taken.facts["last_name"], "email": email,
            "challenges": [{"challenge": CHALLENGES[0], "stance": "solved" if helps else "working"}],
            "skills": [
                {"skill": SKILL, "level": 4 if helps else 1, "stance": "offers" if helps else "seeks"}
            ],
            **self.profile(dice),
        }  # fmt: skip
        path = f"/cpts/{made.answer['id']}/positions"
        await self.client.post(taken, "directory", path, {"coordinator": person})
        if not taken.acknowledged:
            return None
        coordinator_id = str(taken.answer["coordinator_id"])
        self.people.append(coordinator_id)
        self.posts[str(taken.answer["id"])] = coordinator_id
        return coordinator_id

    async def offer_help(self, number: int, dice: random.Random) -> None:
        """Somebody of the network offers to mentor others."""
        person = self._someone(dice) or await self.arrive(number, dice)
        if person is None:
            return
        asked = self.history.invoke("offer_help", person=person)
        body = {
            "active": True,
            "capacity": dice.randint(1, 3),
            "skills": [SKILL],
            "challenges": [CHALLENGES[0]],
        }
        await self.client.change(asked, "PUT", "mentoring", "/me/mentor-profile", body, person)

    async def open_seminar(self, number: int, dice: random.Random) -> None:
        """A seminar with few seats, so that there is a waiting list."""
        begin = (datetime.now(UTC) + timedelta(days=60)).replace(microsecond=0)
        title, capacity = f"Séminaire {self.seed}-{number}", dice.randint(2, 5)
        made = self.history.invoke(
            "open_seminar", creates="events.seminar", mark={"title": title}, capacity=capacity
        )
        body = {
            "title": title, "starts_at": begin.isoformat(), "format": "onsite", "venue": "La Badine",
            "ends_at": (begin + timedelta(hours=8)).isoformat(), "time_zone": "Europe/Paris",
            "city": "Hyères", "capacity": capacity, "tracks": ["pilotage-management"],
            "registration_opens_at": (begin - timedelta(days=90)).isoformat(),
            "registration_closes_at": (begin - timedelta(days=5)).isoformat(),
            "offer_minutes": dice.choice((60, 2880)), **self.announcement(dice),
        }  # fmt: skip
        if not (await self.client.post(made, "events", "/seminars", body)).acknowledged:
            return
        seminar_id = str(made.answer["id"])
        published = self.history.invoke("publish", seminar=seminar_id)
        if (await self.client.post(published, "events", f"/seminars/{seminar_id}/publish")).acknowledged:
            self.seminars.append(seminar_id)

    async def register(self, number: int, dice: random.Random) -> None:
        """Somebody registers, by herself or through an animator."""
        person = self._someone(dice)
        if person is None or not self.seminars:
            return
        # The newest seminars draw most people: a queue forms.
        seminar = self.seminars[-1 - min(int(dice.expovariate(1.0)), len(self.seminars) - 1)]
        asked = self.history.invoke("register", person=person, seminar=seminar)
        body: Json = {"workshop_ids": [], "answers": {}}
        herself = dice.random() < 0.5
        if not herself:
            body["coordinator_id"] = person
        path = f"/seminars/{seminar}/registrations"
        await self.client.post(asked, "events", path, body, person if herself else None)
        if asked.acknowledged:
            self.seats[str(asked.answer["id"])] = (seminar, person)

    async def cancel(self, number: int, dice: random.Random) -> None:
        """Somebody gives up a seat or a place in the queue."""
        if self.seats:
            registration = dice.choice(sorted(self.seats))
            _, person = self.seats.pop(registration)
            asked = self.history.invoke("cancel", registration=registration, person=person)
            await self.client.post(asked, "events", f"/registrations/{registration}/cancel", {}, person)

    async def accept(self, number: int, dice: random.Random) -> None:
        """Somebody takes the seat she is offered."""
        for seminar in dice.sample(self.seminars, min(3, len(self.seminars))):
            page = await self.client.get("events", f"/seminars/{seminar}/registrations?status=offered")
            if page and page["items"]:
                offered = dice.choice(page["items"])
                guest = offered.get("guest_region")
                asked = self.history.invoke("accept", registration=offered["id"], guest=guest)
                await self.client.post(asked, "events", f"/registrations/{offered['id']}/accept")
                return

    async def answer(self, number: int, dice: random.Random) -> None:
        """A mentor says yes or no to a proposal."""
        page = await self.client.get("mentoring", "/proposals?limit=200")
        pending = [one for one in page["items"] if one["status"] == "pending"] if page else []
        if pending:
            proposal = dice.choice(pending)
            word = "accept" if dice.random() < 0.7 else "decline"
            asked = self.history.invoke(f"mentor_{word}", proposal=proposal["id"])
            path, mentor = f"/proposals/{proposal['id']}/{word}", proposal["mentor"]["id"]
            await self.client.post(asked, "mentoring", path, {} if word == "decline" else None, mentor)

    async def rename(self, number: int, dice: random.Random) -> None:
        """Somebody's profile changes; of one person never two at a time, so that the last word is known."""
        person = self._someone(dice)
        if person is None or person in self._busy:
            return
        self._busy.add(person)
        asked = self.history.invoke("rename", person=person, first_name=f"Renommée{number}")
        body = {"first_name": asked.facts["first_name"]}
        await self.client.change(asked, "PATCH", "directory", f"/coordinators/{person}", body)
        self._busy.discard(person)

    async def close(self) -> None:
        """Close the client's connections."""
        await self.client.close()

    async def depart(self, number: int, dice: random.Random) -> None:
        """A post ends."""
        if len(self.posts) > 4:
            post = dice.choice(sorted(self.posts))
            person = self.posts.pop(post)
            self._leaves(person)
            asked = self.history.invoke("depart", post=post, person=person)
            await self.client.post(asked, "directory", f"/positions/{post}/end", {})

    async def erase(self, number: int, dice: random.Random) -> None:
        """Somebody asks to be forgotten."""
        person = self._someone(dice) if len(self.people) > 4 else None
        if person is not None:
            self._leaves(person)
            self.posts = {post: holder for post, holder in self.posts.items() if holder != person}
            asked = self.history.invoke("erase", person=person)
            await self.client.change(asked, "DELETE", "directory", f"/coordinators/{person}")

    def _someone(self, dice: random.Random) -> str | None:
        return dice.choice(self.people) if self.people else None

    def _leaves(self, person: str) -> None:
        if person in self.people:
            self.people.remove(person)
