"""What this service hears from other regions: their people's cards, their seminars, guests both ways."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Context, Telling, Zone
from pydantic import AwareDatetime, Field

from maillage_events import usecases
from maillage_events.consumers.registry import consumer
from maillage_events.usecases import Answer, Guest

WIDE = ("national", "public")
WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+")
"""No spaces and no controls, as RFC 3986 has it: with a line end in it, no calendar file takes it."""


class Card(Consumed):
    """Only what a guest list shows; `reach` says how far, by shared field."""

    coordinator_id: UUID
    first_name: str | None = Field(None, max_length=200)
    last_name: str | None = Field(None, max_length=200)
    shared_fields: list[str] = Field(default_factory=list)
    reach: dict[str, str] = Field(default_factory=dict)


class Withdrawn(Consumed):
    coordinator_id: UUID


class Erased(Consumed):
    coordinator_id: UUID
    erasure_id: UUID


class Opened(Consumed):
    seminar_id: UUID
    title: str = Field(min_length=1, max_length=300)
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    time_zone: Zone = "Europe/Paris"
    format: str = Field("onsite", max_length=20)
    venue: str = Field("", max_length=300)
    city: str = Field("", max_length=300)
    capacity: int | None = None
    seats_left: int | None = None
    registration_opens_at: AwareDatetime | None = None
    registration_closes_at: AwareDatetime | None = None
    tracks: list[str] = Field(default_factory=list, max_length=50)
    skills: list[str] = Field(default_factory=list, max_length=50)
    url: str | None = Field(None, max_length=500)
    sequence: int = 0

    def facts(self) -> dict[str, Any]:
        """Everything but the id, with an address only a browser can safely be sent to."""
        values = self.model_dump(exclude={"seminar_id"})
        web = self.url is not None and WEB_ADDRESS.fullmatch(self.url)
        return values | {"url": self.url if web else None}


class Shut(Consumed):
    seminar_id: UUID
    reason: str = Field("withdrawn", max_length=40)


class Asked(Consumed):
    """A request, or what becomes of it on the guest's side."""

    guest_id: UUID
    seminar_id: UUID
    coordinator_id: UUID
    host_region: str

    def guest(self, ctx: Context) -> Guest | None:
        """The guest, when the request is made to this region."""
        if self.host_region != ctx.settings.region:
            return None
        return Guest(self.guest_id, ctx.region, self.coordinator_id, self.seminar_id)


class Answered(Consumed):
    guest_id: UUID
    guest_region: str
    status: str = Field(max_length=20)
    position: int | None = None
    expires_at: datetime | None = None
    reason: str | None = Field(None, max_length=60)


@consumer.project("directory.coordinator.presented.v1", abroad=True)
async def keep_card(event: Card, ctx: Context) -> None:
    """The name, if it is shared: a guest is shown by it."""
    if "name" in event.shared_fields:
        reach = event.reach.get("name", "national")
        names = (event.first_name, event.last_name)
        by = Telling.of(ctx)
        await usecases.keep_card(
            ctx.session, event.coordinator_id, names, reach if reach in WIDE else "self", by
        )
    else:
        await usecases.forget_card(ctx.session, event.coordinator_id, Telling.of(ctx))


@consumer.project("directory.coordinator.withdrawn.v1", abroad=True)
async def forget_card(event: Withdrawn, ctx: Context) -> None:
    """She shares nothing any more."""
    await usecases.forget_card(ctx.session, event.coordinator_id, Telling.of(ctx))


@consumer.project("directory.coordinator.erased.v1", abroad=True)
async def erase_neighbour(event: Erased, ctx: Context) -> None:
    """Erased in her region, so here too; confirmed also when nothing of her was here."""
    await usecases.expect_of_region(ctx.session, event.coordinator_id, ctx.region)
    await usecases.erase_person(ctx.session, event.coordinator_id, event.erasure_id, ctx.region)


@consumer.project("events.seminar.opened.v1", abroad=True)
async def keep_seminar(event: Opened, ctx: Context) -> None:
    """A seminar of theirs that ours may ask for a seat at."""
    await usecases.keep_seminar(ctx.session, event.seminar_id, event.facts(), Telling.of(ctx))


@consumer.project("events.seminar.shut.v1", abroad=True)
async def shut_seminar(event: Shut, ctx: Context) -> None:
    """It is open to us no more."""
    await usecases.shut_seminar(ctx.session, event.seminar_id, event.reason, Telling.of(ctx))


@consumer.react("events.guest.requested.v1", abroad=True)
async def admit_guest(event: Asked, ctx: Context) -> None:
    """One of theirs asks for a seat here."""
    if (guest := event.guest(ctx)) is not None:
        await usecases.admit_guest(ctx.session, guest)


@consumer.react("events.guest.accepted.v1", abroad=True)
async def accept_guest(event: Asked, ctx: Context) -> None:
    """A guest takes the seat she was offered."""
    if (guest := event.guest(ctx)) is not None:
        await usecases.accept_guest(ctx.session, guest)


@consumer.react("events.guest.withdrawn.v1", abroad=True)
async def withdraw_guest(event: Asked, ctx: Context) -> None:
    """A guest gives up her place."""
    if (guest := event.guest(ctx)) is not None:
        await usecases.withdraw_guest(ctx.session, guest)


@consumer.react("events.guest.answered.v1", abroad=True)
async def note_answer(event: Answered, ctx: Context) -> None:
    """The host of a seminar answers one of ours."""
    if event.guest_region != ctx.settings.region:
        return
    answer = Answer(
        guest_id=event.guest_id,
        host_region=ctx.region,
        status=event.status,
        position=event.position,
        expires_at=event.expires_at,
        reason=event.reason,
        told=ctx.sequence,
    )
    await usecases.note_answer(ctx.session, answer)
