"""The story of two regions: people share themselves and narrow it again, seminars are opened to others and
shut, guests ask for seats, take what they are offered, give up; and whoever is erased has been abroad.

Each region has its own history, for it answers for itself; what they owe each other the checker compares.
"""

from __future__ import annotations

import random

from tests.faults.client import Client
from tests.faults.history import History
from tests.faults.house.linked import Regions
from tests.faults.stories import Json, Player, Step, Stories

WEIGHTS = {
    "arrive": 6, "open_seminar": 1, "register": 6, "cancel": 6, "accept": 1, "rename": 2, "share": 6,
    "ask": 18, "take_seat": 12, "give_up": 4, "change_audience": 2, "call_off": 1, "depart": 1, "erase": 2,
}  # fmt: skip
OPENING = (
    "open_seminar",
    "open_seminar",
    "arrive",
    "arrive",
    "arrive",
    "arrive",
    "open_seminar",
    "open_seminar",
)
"""Told by the two regions in turn."""
REACHES = ("national", "public", "national", "region", "collective")
WIDE = REACHES[:2]


class Traveller(Stories):
    """The story as one region tells it. `guests`: its requests to the other region, with whose they are."""

    other: Traveller

    def __init__(self, client: Client, history: History, seed: int) -> None:
        super().__init__(client, history, seed)
        self.guests: dict[str, str] = {}
        self._hidden: set[str] = set()

    def profile(self, dice: random.Random) -> Json:
        # Who does not share her name cannot be a guest.
        return {"reach": {"name": dice.choice(WIDE), "challenges": dice.choice(REACHES)}}

    def announcement(self, dice: random.Random) -> Json:
        audience = "national" if dice.random() < 0.8 else "region"
        return {"audience": audience, "capacity": dice.randint(1, 3)}

    async def share(self, number: int, dice: random.Random) -> None:
        """Somebody shares more of herself, or less; of one person never two changes at a time."""
        person = self._someone(dice)
        if person is None or person in self._busy:
            return
        self._busy.add(person)
        reach = {field: dice.choice(REACHES) for field in ("name", "challenges", "skills")}
        asked = self.history.invoke("share", person=person, reach=reach)
        (self._hidden.discard if reach["name"] in WIDE else self._hidden.add)(person)
        await self.client.change(asked, "PATCH", "directory", f"/coordinators/{person}", {"reach": reach})
        self._busy.discard(person)

    async def change_audience(self, number: int, dice: random.Random) -> None:
        """A seminar is opened to the other region, or shut to it."""
        if self.seminars:
            seminar = dice.choice(self.seminars)
            audience = dice.choice(("national", "national", "region"))
            asked = self.history.invoke("change_audience", seminar=seminar, audience=audience)
            await self.client.change(asked, "PATCH", "events", f"/seminars/{seminar}", {"audience": audience})

    async def call_off(self, number: int, dice: random.Random) -> None:
        """A seminar is cancelled, and with it every seat."""
        if len(self.seminars) > 3:
            seminar = dice.choice(self.seminars)
            self.seminars.remove(seminar)
            asked = self.history.invoke("call_off", seminar=seminar)
            await self.client.post(asked, "events", f"/seminars/{seminar}/cancel")

    async def ask(self, number: int, dice: random.Random) -> None:
        """Somebody asks for a seat at a seminar of the other region."""
        sharing = [each for each in self.people if each not in self._hidden or dice.random() < 0.2]
        page = await self.client.get("events", "/neighbour-seminars?upcoming=true&limit=200")
        shown = sorted(one["id"] for one in page["items"]) if page else []
        # Some have heard of one that has not come over the link yet.
        seminars = shown if dice.random() < 0.8 else self.other.seminars
        if not sharing or not seminars:
            return
        person = dice.choice(sharing)
        seminar = seminars[-1 - min(int(dice.expovariate(1.2)), len(seminars) - 1)]
        asked = self.history.invoke("ask", person=person, seminar=seminar)
        await self.client.post(asked, "events", f"/neighbour-seminars/{seminar}/registrations", None, person)
        if asked.acknowledged:
            self.guests[str(asked.answer["id"])] = person

    async def take_seat(self, number: int, dice: random.Random) -> None:
        """A guest takes the seat that the other region offers her, or leaves it to the next."""
        for guest, person in dice.sample(sorted(self.guests.items()), min(10, len(self.guests))):
            found = await self.client.get("events", f"/guest-registrations/{guest}", person)
            if found and found["status"] == "offered":
                word = "accept" if dice.random() < 0.75 else "decline"
                asked = self.history.invoke(f"guest_{word}", guest=guest, person=person)
                await self.client.post(asked, "events", f"/guest-registrations/{guest}/{word}", None, person)
                return

    async def give_up(self, number: int, dice: random.Random) -> None:
        """A guest gives up her request, place or seat."""
        if self.guests:
            guest = dice.choice(sorted(self.guests))
            person = self.guests.pop(guest)
            asked = self.history.invoke("give_up", guest=guest, person=person)
            await self.client.post(asked, "events", f"/guest-registrations/{guest}/cancel", None, person)


class Abroad(Player):
    """Both regions' stories at once, a step of either at a time."""

    opening = len(OPENING)

    def __init__(self, regions: Regions, histories: dict[str, History], seed: int) -> None:
        self.tellers = [
            Traveller(Client(house, 2 * seed + number), histories[house.region], 2 * seed + number)
            for number, house in enumerate(regions.houses)
        ]
        self.tellers[0].other, self.tellers[1].other = self.tellers[::-1]

    async def tell(self, number: int, step: Step) -> None:
        which = number % 2 if number < self.opening else step.dice.randrange(2)
        await self.tellers[which].tell(number, step)

    async def close(self) -> None:
        """Close the connections of both."""
        for teller in self.tellers:
            await teller.client.close()
