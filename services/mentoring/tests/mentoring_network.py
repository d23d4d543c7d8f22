"""A small network to test in: people, CPTS and posts told to mentoring as the directory would."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.ids import new_id
from maillage.testing.harness import ServiceHarness

NICE = (43.70, 7.27)
CARROS = (43.79, 7.19)
GAP = (44.56, 6.08)


class Network:
    """What the directory and the seminars say, and who calls mentoring."""

    def __init__(self, house: ServiceHarness) -> None:
        self.house = house
        self.animator = house.tokens.animator()

    def me(self, who: UUID) -> dict[str, str]:
        return self.house.tokens.coordinator(who)

    async def cpts(
        self, name: str = "CPTS Riviera", at: tuple[float, float] | None = NICE, **facts: Any
    ) -> UUID:
        body = {
            "cpts_id": new_id(),
            "name": name,
            "status": "aci-signe",
            "departments": ["06"],
            "challenges": [],
            "territory_types": ["urbain-dense"],
            "lat": at[0] if at else None,
            "lon": at[1] if at else None,
            **facts,
        }
        await self.house.deliver("directory.cpts.created.v1", body, sequence=1)
        return UUID(str(body["cpts_id"]))

    def profile(self, who: UUID, **facts: Any) -> dict[str, Any]:
        return {
            "coordinator_id": who,
            "first_name": "Aline",
            "last_name": "Marchetti",
            "status": "active",
            "joined_on": "2026-01-05",
            "confirmed_on": None,
            "challenges": [],
            "skills": [],
            "reach": {"name": "region"},
            **facts,
        }

    async def person(self, *, sequence: int = 1, **facts: Any) -> UUID:
        who = facts.pop("coordinator_id", None) or new_id()
        await self.house.deliver(
            "directory.coordinator.joined.v1", self.profile(who, **facts), sequence=sequence
        )
        return UUID(str(who))

    async def starts(
        self, who: UUID, cpts: UUID, on: date | None = None, *, position: UUID | None = None
    ) -> UUID:
        body = {
            "position_id": position or new_id(),
            "coordinator_id": who,
            "cpts_id": cpts,
            "title": "coordinator",
            "started_on": on or clock.today(),
            "recorded_by": new_id(),
        }
        await self.house.deliver("directory.position.started.v1", body, sequence=1)
        return UUID(str(body["position_id"]))

    async def ends(self, position: UUID, who: UUID, cpts: UUID, *, last: bool = True) -> None:
        """A post ends; with the last one she leaves, as the directory says next."""
        body = {
            "position_id": position,
            "coordinator_id": who,
            "cpts_id": cpts,
            "ended_on": clock.today(),
            "successor_id": None,
        }
        await self.house.deliver("directory.position.ended.v1", body, sequence=2)
        if last:
            left = {"coordinator_id": who, "left_on": clock.today()}
            await self.house.deliver("directory.coordinator.left.v1", left)

    async def mentor(self, *, capacity: int = 2, cpts: UUID | None = None, **facts: Any) -> UUID:
        """Somebody in post for six years who offers to mentor."""
        home = cpts or await self.cpts("CPTS des Baous", CARROS, territory_types=["periurbain"])
        who = await self.person(**facts)
        await self.starts(who, home, clock.today() - timedelta(days=6 * 366))
        await self.offers(who, capacity=capacity)
        return who

    async def offers(self, who: UUID, **offer: Any) -> dict[str, Any]:
        tag = (await self.house.client.get("me/mentor-profile", headers=self.me(who))).headers["etag"]
        answer = await self.house.client.put(
            "me/mentor-profile",
            headers={**self.me(who), "If-Match": tag},
            json={"active": True, "capacity": 2, **offer},
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def newcomer(self, cpts: UUID | None = None, **facts: Any) -> UUID:
        """Somebody who takes up her first post today."""
        home = cpts or await self.cpts()
        who = await self.person(**facts)
        await self.starts(who, home)
        return who

    async def get(self, path: str, headers: dict[str, str] | None = None, **params: Any) -> Any:
        answer = await self.house.client.get(path, headers=headers or self.animator, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, headers: dict[str, str], body: Any = None, *, expect: int = 200) -> Any:
        answer = await self.house.client.post(path, headers=headers, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def pending(self, mentee: UUID) -> dict[str, Any]:
        """The one proposal made for her that awaits an answer."""
        found = await self.get("proposals", self.me(mentee), status="pending")
        (proposal,) = found["items"]
        return dict(proposal)

    async def accept(self, mentee: UUID) -> dict[str, Any]:
        proposal = await self.pending(mentee)
        answer = await self.post(f"proposals/{proposal['id']}/accept", self.me(UUID(proposal["mentor_id"])))
        return dict(answer)

    async def types(self) -> list[str]:
        """The short types of everything recorded so far, in order."""
        return [each.type.removeprefix("fr.maillage.mentoring.") for each in await self.house.recorded()]

    async def steps_done(self, who: UUID) -> list[str]:
        pathway = await self.get("me/pathway", self.me(who))
        return [step["slug"] for step in pathway["steps"] if step["done_at"]]
