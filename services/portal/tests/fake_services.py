"""Events, mentoring, notifications and catalogue beside the fake directory, for the pages that need them."""

from typing import Any

from fake_abroad import FakeAbroad
from fake_catalogue import FakeCatalogue
from fake_data import CPTS, PEOPLE
from fake_house import FakeHouse
from fake_mentoring import FakeMentoring
from fake_messages import FakeMessages
from fake_seminars import FakeSeminars
from fastapi import APIRouter


class FakeServices:
    """The other services, added to a fake house; tests reach what they answer by name."""

    def __init__(self, house: FakeHouse) -> None:
        self.house = house
        self.seminars, self.mentoring, self.messages = FakeSeminars(), FakeMentoring(), FakeMessages()
        self.catalogue, self.abroad = FakeCatalogue(), FakeAbroad()
        house.linked_regions = ["fr-occ"]
        for service in (self.seminars, self.mentoring, self.messages, self.catalogue, self.abroad):
            house.app.router.routes += service.router().routes
        house.app.router.routes += _positions().routes
        house.app.get("/api/events/v1/me/agenda")(self.agenda)

    async def agenda(self) -> Any:
        """What is ahead of Camille, here and elsewhere."""
        here = {"seminar": self.seminars.seminar, "registrations": self.seminars.registrations}
        return {**here, "elsewhere": self.abroad.visits}

    def written(self, method: str, end: str) -> tuple[Any, dict[str, str]]:
        """Body and headers of the last write whose path ends so."""
        found = [one for one in self.house.written if one[0] == method and one[1].endswith(end)]
        assert found, f"nothing was written with {method} to …{end}"
        return found[-1][2], found[-1][3]


def _positions() -> APIRouter:
    router = APIRouter(prefix="/api/directory/v1")

    @router.get("/positions/{key}")
    async def position(key: str) -> Any:
        person = next(one for one in PEOPLE if one["positions"][0]["id"] == key)
        return {**person["positions"][0], "coordinator_id": person["id"], "coordinator": person}

    @router.post("/positions/{key}/end")
    async def end(key: str) -> Any:
        return await position(key)

    @router.post("/cpts/{key}/positions", status_code=201)
    async def start(key: str) -> Any:
        return {"id": "new", "cpts_name": next(one["name"] for one in CPTS if one["id"] == key)}

    return router
