"""A map of kept pieces is the map made anew, whatever has changed and whoever looks; a change reads few."""

import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from maillage.testing.plans import asked, walked
from maillage_directory.model import Cpts
from maillage_directory.queries import map_pieces
from maillage_directory.queries.filters import Filters
from maillage_directory.queries.map import feature_collection, fingerprint
from maillage_directory.queries.map_pieces import PiecesKept
from maillage_directory.queries.versions import versions
from maillage_directory.reach import REACHES, Viewer, from_width
from sqlalchemy import select

from .conftest import World

TOWNS = ("04112", "06088", "83137", "13001")
MET = ("addictions", "soins-non-programmes", "saisonnalite-touristique")
STEPS = 16
FILTERS = (Filters(), Filters(), Filters(department="04"), Filters(challenge=MET[0]))


class Story:
    """Everything that a map shows, changed at random by those who may."""

    def __init__(self, world: World) -> None:
        self.world, self.chance = world, random.Random(51)  # noqa: S311  (always the same story)
        self.cpts: list[str] = []
        self.people: list[str] = []
        self.posts: list[str] = []

    async def begin(self) -> None:
        for _ in range(5):
            await self.found()
        for _ in range(3):
            await self.take_up()

    async def found(self) -> None:
        town = self.chance.choice(TOWNS)  # several at one place stand around it
        self.cpts.append((await self.world.cpts(communes=[{"insee": town}]))["id"])

    async def take_up(self) -> None:
        met = [{"challenge": self.chance.choice(MET), "stance": "solved"}]
        person = self.world.profile(challenges=met, reach=self.reach())
        sent = {"coordinator": person, "title": "deputy"}
        path = f"/cpts/{self.chance.choice(self.cpts)}/positions"
        post = await self.world.client.post(path, json=sent, headers=self.world.animator)
        assert post.status_code == 201, post.text
        self.posts.append(post.json()["id"])
        self.people.append(post.json()["coordinator_id"])

    async def leave(self) -> None:
        if self.posts:
            path = f"/positions/{self.posts.pop()}/end"
            done = await self.world.client.post(path, json={}, headers=self.world.animator)
            assert done.status_code == 200, done.text

    async def move(self) -> None:
        await self.patch(f"/cpts/{self.chance.choice(self.cpts)}", communes=[{"insee": TOWNS[0]}])

    async def grow(self) -> None:
        population = self.chance.randint(10_000, 90_000)
        await self.patch(f"/cpts/{self.chance.choice(self.cpts)}", population=population)

    async def declare(self) -> None:
        await self.patch(f"/cpts/{self.chance.choice(self.cpts)}", challenges=self.chance.sample(MET, 2))

    async def hide(self) -> None:
        await self.patch(f"/coordinators/{self.chance.choice(self.people)}", reach=self.reach())

    async def meet(self) -> None:
        met = [{"challenge": one, "stance": "working"} for one in self.chance.sample(MET, 2)]
        await self.patch(f"/coordinators/{self.chance.choice(self.people)}", challenges=met)

    async def patch(self, path: str, **fields: Any) -> None:
        now = await self.world.client.get(path, headers=self.world.animator)
        sent = {**self.world.animator, "If-Match": now.headers["ETag"]}
        done = await self.world.client.patch(path, json=fields, headers=sent)
        assert done.status_code == 200, done.text

    def reach(self) -> dict[str, str]:
        return {"name": self.chance.choice(REACHES[1:]), "challenges": self.chance.choice(REACHES)}

    def viewers(self) -> list[Viewer]:
        """A visitor, a member without a post, two who hold or held one, an animator."""
        circles = [Viewer(None, from_width(width)) for width in ("public", "collective")]
        hers = [Viewer(UUID(key), from_width("collective")) for key in self.people[-2:]]
        return [*circles, *hers, Viewer(None, frozenset(REACHES), sees_all=True)]


async def test_kept_pieces_make_the_map_that_is_made_anew(world: World) -> None:
    story, kept = Story(world), PiecesKept()
    await story.begin()
    changes: list[Callable[[], Awaitable[None]]] = [
        story.found,
        story.take_up,
        story.leave,
        story.move,
        story.grow,
        story.declare,
        story.hide,
        story.meet,
    ]
    for step in range(STEPS):
        await changes[step % len(changes)]()
        async with world.harness.db.read() as session:
            for looking in story.viewers():
                state = await fingerprint(session, looking)
                question = (session, story.chance.choice(FILTERS), looking, state)
                anew = await feature_collection(*question, PiecesKept())
                assert await feature_collection(*question, kept) == anew, (step, *question[1:])


async def test_a_change_of_one_reads_what_hangs_on_few(world: World) -> None:
    one, *_ = [await world.cpts() for _ in range(12)]
    await world.start(one["id"])
    kept, looking = PiecesKept(), Viewer(None, from_width("region"))

    async def draw() -> Any:
        async with world.harness.db.read() as session:
            return await kept.now(session, looking, await versions(session))

    before = await draw()
    story = Story(world)
    await story.patch(f"/cpts/{one['id']}", population=12_345)
    async with asked(world.harness.db) as statements:
        after = await draw()
    assert set(await walked(world.harness.db, statements)) <= {"cpts", "position", "coordinator"}
    again = [key for key, piece in after.by_id.items() if piece is not before.by_id[key]]
    async with world.harness.db.read() as session:
        group = select(map_pieces._group(Cpts.id)).where(Cpts.id == again[0])
        same = select(Cpts.id).where(map_pieces._group(Cpts.id) == group.scalar_subquery())
        assert set(again) == set((await session.scalars(same)).all())
    assert b'"population":12345' in after.joined(again, {})


async def test_of_many_circles_those_asked_last_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.cpts()
    monkeypatch.setattr(map_pieces, "BYTES_KEPT", 10)
    kept = PiecesKept()
    async with world.harness.db.read() as session:
        for width in ("public", "region"):
            await kept.now(session, Viewer(None, from_width(width)), await versions(session))
    assert [reaches for reaches, _ in kept._kept] == [from_width("region")]
