"""Occitanie's directory: presents its people, knows its neighbours', forgets them when asked."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import Admin
from maillage.events import Consumed, Consumer, Context, Event, record
from maillage.events.purge import erase_entity
from maillage.http import Read, Write, service_router
from maillage.service import Running, Service
from pydantic import BaseModel, Field
from sqlalchemy import select

from maillage_occ.model import Base, Card, Erasure, Person

PRESENTED = "directory.coordinator.presented.v1"
router = service_router(tags=["people"])
consumer = Consumer("directory")


class Presented(
    Event,
    service="directory",
    entity="coordinator",
    name="presented",
    key="coordinator_id",
    personal=True,
    public=True,
):
    """One of our coordinators, as other regions may see her."""

    coordinator_id: UUID
    first_name: str
    last_name: str
    status: str = "active"
    challenges: list[Any] = Field(default_factory=list)
    skills: list[Any] = Field(default_factory=list)
    posts: list[Any] = Field(default_factory=list)
    shared_fields: list[str] = Field(default_factory=lambda: ["name"])
    reach: dict[str, str] = Field(default_factory=lambda: {"name": "national"})


class Confirmed(
    Event, service="directory", entity="erasure", name="confirmed", key="coordinator_id", public=True
):
    """We have erased a person of another region."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, int] = Field(default_factory=dict)


class PersonBody(BaseModel):
    first_name: str
    last_name: str


@router.post("/coordinators", status_code=201)
async def present(body: PersonBody, me: Admin, session: Write) -> dict[str, UUID]:
    person = Person(first_name=body.first_name, last_name=body.last_name)
    session.add(person)
    await session.flush()
    record(session, Presented(coordinator_id=person.id, **body.model_dump()), sequence=person.version)
    return {"id": person.id}


@router.get("/neighbours")
async def neighbours(session: Read) -> list[dict[str, Any]]:
    cards = await session.scalars(select(Card).order_by(Card.person_id))
    return [{"id": each.person_id, "region": each.region, "name": each.name} for each in cards]


class Shown(Consumed):
    coordinator_id: UUID
    last_name: str | None = None


class Erased(Consumed):
    coordinator_id: UUID
    erasure_id: UUID


@consumer.project(PRESENTED, abroad=True)
async def on_presented(event: Shown, ctx: Context) -> None:
    gone = select(Erasure).where(Erasure.person_id == event.coordinator_id)
    card = await ctx.session.get(Card, event.coordinator_id)
    if (await ctx.session.scalars(gone)).first() or (card and card.sequence >= (ctx.sequence or 0)):
        return
    await ctx.session.merge(
        Card(
            person_id=event.coordinator_id,
            region=ctx.region,
            sequence=ctx.sequence or 0,
            name=event.last_name,
        )
    )


@consumer.project("directory.coordinator.erased.v1", abroad=True)
async def on_erased(event: Erased, ctx: Context) -> None:
    if card := await ctx.session.get(Card, event.coordinator_id):
        await ctx.session.delete(card)
    if not await ctx.session.get(Erasure, event.erasure_id):
        ctx.session.add(Erasure(id=event.erasure_id, person_id=event.coordinator_id, region=ctx.region))


async def confirm_erasures(running: Running) -> None:
    """Take her cards from the feed, clean the database's files, and only then say that she is erased."""
    while True:
        async with running.db.read() as session:
            waiting = (await session.scalars(select(Erasure).where(Erasure.confirmed_at.is_(None)))).all()
        for each in waiting:
            jetstream = running.events.jetstream()
            await erase_entity(jetstream, each.region, each.person_id, [PRESENTED], abroad=True)
            await running.db.scrub()
            async with running.db.write() as session:
                done = await session.get_one(Erasure, each.id)
                done.confirmed_at = clock.now()
                record(
                    session,
                    Confirmed(coordinator_id=each.person_id, erasure_id=each.id, erased_at=done.confirmed_at),
                )
        await asyncio.sleep(0.5)


service = Service(
    name="directory",
    package="maillage_occ",
    base=Base,
    routers=[router],
    consumer=consumer,
    published=[Presented, Confirmed],
    background=[confirm_erasures],
)
