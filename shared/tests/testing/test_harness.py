"""The harness drives a service as its surroundings would: requests, events, timers, tokens, moved time."""

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from maillage.auth import Animator
from maillage.clock import now
from maillage.db import ServiceBase, Versioned
from maillage.db.revision import main as write_revision
from maillage.events import Consumed, Consumer, Context, Event, record
from maillage.events.deliver import Outcome
from maillage.http import Read, Write, service_router
from maillage.ids import new_id
from maillage.service import Service
from maillage.testing import ServiceHarness
from maillage.timers import TimerContext, Timers, schedule
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped

PACKAGE = "guestbook_under_test"


class Base(ServiceBase, DeclarativeBase):
    """Tables of a guest book."""


class Guest(Versioned, Base):
    """Somebody who came."""

    __tablename__ = "guest"
    nickname: Mapped[str]
    greeted: Mapped[bool]


class GuestCame(Event, service="guestbook", entity="guest", name="came", key="guest_id"):
    """A guest came."""

    guest_id: UUID


class PositionStarted(Consumed):
    """As far as the guest book cares."""

    position_id: UUID
    nickname: str = "?"


router = service_router()
consumer = Consumer("guestbook")
timers = Timers()


@router.post("/guests", status_code=201)
async def come(session: Write, _: Animator) -> dict[str, str]:
    guest = Guest(nickname="by hand", greeted=False)
    session.add(guest)
    await session.flush()
    record(session, GuestCame(guest_id=guest.id))
    await schedule(session, "greet", str(guest.id), now() + timedelta(hours=48))
    return {"id": str(guest.id)}


@router.get("/guests")
async def list_guests(session: Read) -> list[str]:
    return list((await session.scalars(select(Guest.nickname).order_by(Guest.nickname))).all())


@consumer.project("directory.position.started.v1")
async def on_position_started(event: PositionStarted, ctx: Context) -> None:
    if event.nickname == "nobody":
        raise LookupError(event.nickname)
    ctx.session.add(Guest(nickname=event.nickname, greeted=False))


@timers.on("greet")
async def greet(key: str, ctx: TimerContext) -> None:
    guest = await ctx.session.get_one(Guest, UUID(key))
    guest.greeted = True


service = Service(
    name="guestbook",
    package=PACKAGE,
    base=Base,
    routers=[router],
    consumer=consumer,
    timers=timers,
    published=[GuestCame],
)


@pytest.fixture(scope="module", autouse=True)
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The guest book's package, with the migration written from the tables above."""
    folder = tmp_path_factory.mktemp("guestbook")
    (folder / PACKAGE).mkdir()
    (folder / PACKAGE / "__init__.py").write_text("")
    (folder / PACKAGE / "model.py").write_text(f"import sys\nBase = sys.modules[{__name__!r}].Base\n")
    sys.path.insert(0, str(folder))
    assert Path(write_revision(PACKAGE, "first tables")).exists()
    yield
    sys.path.remove(str(folder))


@pytest.fixture
async def guestbook(service_app: Any) -> Any:
    async with service_app(service) as harness:
        yield harness


async def test_requests_are_answered_and_events_recorded(guestbook: ServiceHarness) -> None:
    refused = await guestbook.client.post("/guests", headers=guestbook.tokens.coordinator())
    assert refused.status_code == 403
    made = await guestbook.client.post("/guests", headers=guestbook.tokens.animator())
    assert made.status_code == 201, made.text
    (event,) = await guestbook.recorded("guestbook.guest.came.v1")
    assert event.data == {"guest_id": made.json()["id"]}
    assert event.entity_id == made.json()["id"]
    assert event.time == guestbook.clock.now()
    assert len(await guestbook.recorded()) == 1


async def test_an_event_is_handled_once_whole_or_not_at_all(guestbook: ServiceHarness) -> None:
    data, event_id = {"position_id": new_id(), "nickname": "by event"}, new_id()
    kind = "directory.position.started.v1"
    assert await guestbook.deliver(kind, data, event_id=event_id) is Outcome.DONE
    assert await guestbook.deliver(kind, data, event_id=event_id) is Outcome.DUPLICATE
    with pytest.raises(LookupError):
        await guestbook.deliver(kind, {"position_id": new_id(), "nickname": "nobody"})
    assert (await guestbook.client.get("/guests")).json() == ["by event"]


async def test_a_timer_fires_when_the_clock_has_come_to_it(guestbook: ServiceHarness) -> None:
    await guestbook.client.post("/guests", headers=guestbook.tokens.admin())
    guestbook.clock.advance(hours=47)
    assert await guestbook.fire_timers() == 0
    guestbook.clock.advance(hours=1)
    assert await guestbook.fire_timers() == 1
    assert await guestbook.fire_timers() == 0
    async with guestbook.db.read() as session:
        assert (await session.scalars(select(Guest.greeted))).all() == [True]
