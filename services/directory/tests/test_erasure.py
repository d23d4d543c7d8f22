"""Story 4 as far as the directory goes: nothing of her stays, and the receipt says who has confirmed."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import nats
import pytest
from maillage.events.streams import events_stream, provision, topology
from maillage.ids import new_id
from maillage.testing.harness import ServiceHarness
from maillage.testing.tokens import TokenFactory
from maillage_directory.app import service
from maillage_directory.consumers import consumer
from maillage_directory.erasing import count_overdue, purge_pass
from maillage_directory.model import Base
from maillage_directory.settings import DirectorySettings
from sqlalchemy import select

from .conftest import World

HERS = {
    "first_name": "Zénobie",
    "last_name": "Quincampoix",
    "email": "zenobie.quincampoix@exemple.fr",
    "phone": "06 99 88 77 66",
    "bio": "Sage-femme venue de Limoges.",
    "skills": [{"skill": "negociation"}],
    "challenges": [{"challenge": "addictions"}],
    "reach": {"phone": "collective"},
}
WORDS = ["Zénobie", "nobie", "Quincampoix", "quincampoix", "06 99 88", "Limoges"]
OTHERS = ("events", "mentoring", "notifications")


async def arrive(world: World) -> dict[str, Any]:
    """Her whole life in the directory: arrival, sign-in, change of profile, kept answers."""
    made = await world.cpts(name="CPTS des essais")
    headers = {**world.animator, "Idempotency-Key": "son-arrivee"}
    body = {"coordinator": world.profile(**HERS)}
    post = await world.client.post(f"/cpts/{made['id']}/positions", json=body, headers=headers)
    person = post.json()["coordinator_id"]
    await world.client.post("/auth/codes", json={"email": HERS["email"]})
    own = {**world.signed(person), "If-Match": '"1"'}
    changed = await world.client.patch(f"/coordinators/{person}", json={"bio": HERS["bio"]}, headers=own)
    assert changed.status_code == 200
    return {"id": person, "cpts": made["id"], "post": post.json()["id"], "tag": changed.headers["ETag"]}


async def erase(world: World, who: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    headers = {**(headers or world.signed(who["id"])), "If-Match": who["tag"]}
    return await world.client.delete(f"/coordinators/{who['id']}", headers=headers)


async def confirm(world: World, receipt: dict[str, Any], name: str) -> None:
    data = {
        "coordinator_id": receipt["coordinator_id"],
        "erasure_id": receipt["id"],
        "erased_at": datetime.now(UTC),
        "counts": {"rows": 3},
        "something_new": True,
    }
    await world.harness.deliver(f"{name}.erasure.confirmed.v1", data)


async def held(world: World) -> str:
    """All that the database holds: SQLite's files byte for byte, PostgreSQL's rows."""
    if world.harness.db.dialect == "sqlite":
        path = Path(world.harness.db.engine.url.database or "")
        files = [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
        return b"".join(files).decode("utf-8", "replace")
    async with world.harness.db.read() as session:
        rows = [(await session.execute(select(table))).all() for table in Base.metadata.sorted_tables]
    return str(rows)


async def test_nothing_of_her_is_left_in_the_database(world: World) -> None:
    who = await arrive(world)
    before = await held(world)
    assert all(word in before for word in ("Quincampoix", "quincampoix"))
    answer = await erase(world, who)
    assert answer.status_code == 202, answer.text
    world.harness.clock.advance(hours=-12)  # a clock that is set right must not put it off
    await purge_pass(world.harness.app.state.service)
    world.harness.clock.advance(hours=12)
    left = await held(world)
    assert [word for word in WORDS if word in left] == []
    assert list(world.harness.mailbox.glob("*.eml")) == []
    gone = await world.client.get(f"/coordinators/{who['id']}", headers=world.animator)
    assert (gone.status_code, gone.json()["code"]) == (410, "person-erased")
    (history,) = (await world.get(f"/cpts/{who['cpts']}/positions"))["items"]
    assert (history["coordinator"], history["ended_on"] is not None) == (None, True)
    assert (await world.get(f"/cpts/{who['cpts']}"))["vacant"] is True


async def test_the_receipt_counts_who_has_confirmed(world: World) -> None:
    who = await arrive(world)
    answer = await erase(world, who, world.animator)
    receipt = answer.json()
    assert answer.headers["Location"].endswith(f"/api/directory/v1/erasures/{receipt['id']}")
    assert (receipt["status"], receipt["waiting_for"]) == ("pending", list(OTHERS))
    assert [one["service"] for one in receipt["confirmations"]] == ["directory"]
    path = f"/erasures/{receipt['id']}"
    for name in OTHERS:
        await confirm(world, receipt, name)
        await confirm(world, receipt, name)
    waiting = await world.get(path)
    assert (waiting["status"], waiting["waiting_for"], waiting["purged"]) == ("pending", [], False)
    await purge_pass(world.harness.app.state.service)
    done = await world.get(path)
    assert (done["status"], done["purged"], done["overdue"]) == ("complete", True, False)
    assert [one["service"] for one in done["confirmations"]] == ["directory", *OTHERS]
    assert done["confirmations"][1]["counts"] == {"rows": 3}
    assert await world.harness.fire_timers() == 0


async def test_the_others_are_told_by_ids_alone_and_after_her_posts_ended(world: World) -> None:
    who = await arrive(world)
    receipt = (await erase(world, who)).json()
    events = await world.harness.recorded()
    kinds = [one.type.removeprefix("fr.maillage.directory.") for one in events]
    assert kinds[-3:] == ["position.ended.v1", "coordinator.erased.v1", "erasure.confirmed.v1"]
    erased = events[-2]
    assert erased.data["erasure_id"] == receipt["id"]
    assert erased.entity_id == who["id"]
    profile = ("coordinator.joined.v1", "coordinator.updated.v1", "coordinator.presented.v1")
    personal = (*profile, "contact.changed.v1")
    bodies = [one.data for one, kind in zip(events, kinds, strict=True) if kind in personal]
    assert bodies == [{}, {}, {}, {}]
    assert all(one.data for one, kind in zip(events, kinds, strict=True) if kind not in personal)
    assert "coordinator.left.v1" not in kinds


async def test_she_is_signed_out_and_cannot_come_back_in(world: World) -> None:
    who = await arrive(world)
    own = world.signed(who["id"])
    await erase(world, who)
    assert (await world.client.get("/me", headers=own)).status_code == 401
    await world.client.post("/auth/codes", json={"email": HERS["email"]})
    again = await world.client.patch(
        f"/coordinators/{who['id']}", json={"bio": "x"}, headers={**own, "If-Match": '"9"'}
    )
    assert (again.status_code, again.json()["code"]) == (401, "account-erased")
    twice = await erase(world, {**who, "tag": '"9"'}, world.admin)
    assert twice.status_code == 410
    start = {"coordinator_id": who["id"]}
    refused = await world.client.post(f"/cpts/{who['cpts']}/positions", json=start, headers=world.animator)
    assert refused.status_code == 410
    back = await world.person(email=HERS["email"])
    assert back["id"] != who["id"]


async def test_her_row_is_a_tombstone_for_who_follows_the_list(world: World) -> None:
    who = await arrive(world)
    await erase(world, who)
    assert (await world.get("/coordinators", world.animator))["items"] == []
    followed = await world.get("/coordinators", world.animator, updated_since="2020-01-01T00:00:00Z")
    assert [(one["id"], one["status"]) for one in followed["items"]] == [(who["id"], "erased")]


async def test_only_she_or_an_animator_and_only_with_the_version_read(world: World) -> None:
    who = await arrive(world)
    assert (await erase(world, who, world.signed(str(new_id())))).status_code == 403
    assert (await erase(world, {**who, "tag": '"1"'})).status_code == 412
    without = await world.client.delete(f"/coordinators/{who['id']}", headers=world.signed(who["id"]))
    assert without.status_code == 428
    assert (await erase(world, who)).status_code == 202


async def test_a_late_service_is_asked_again_and_the_receipt_says_so(world: World) -> None:
    receipt = (await erase(world, await arrive(world))).json()
    await confirm(world, receipt, "events")
    running = world.harness.app.state.service
    assert await count_overdue(running) == 0
    world.harness.clock.advance(days=7, seconds=1)
    assert await count_overdue(running) == 1
    assert await world.harness.fire_timers() == 1
    late = await world.get(f"/erasures/{receipt['id']}")
    assert (late["overdue"], late["waiting_for"]) == (True, ["mentoring", "notifications"])
    assert late["reminded_at"] is not None
    assert len(await world.harness.recorded("directory.coordinator.erased.v1")) == 2
    world.harness.clock.advance(days=7)
    assert await world.harness.fire_timers() == 1


async def test_a_confirmation_of_an_unknown_erasure_is_passed_over(world: World) -> None:
    await confirm(world, {"id": str(new_id()), "coordinator_id": str(new_id())}, "events")
    assert (await world.client.get(f"/erasures/{new_id()}")).status_code == 404


async def test_her_events_leave_the_stream_byte_for_byte(
    database_url: str,
    nats_server: Any,
    region: str,
    clock: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole service at work: its relay publishes, its leader purges what it published."""
    monkeypatch.setattr("maillage_directory.erasing.PAUSE", 0.1)
    client = await nats.connect(nats_server.url)
    jetstream = client.jetstream(timeout=60)
    await provision(jetstream, topology(region, [consumer]))
    settings = DirectorySettings(
        database_url=database_url,
        nats_url=nats_server.url,
        region=region,
        data_dir=tmp_path,
        mailbox_dir=tmp_path / "mailbox",
    )
    tokens = TokenFactory(region=region)
    app = service.build(settings, keys=tokens.keys)
    base = "http://localhost:8000/api/directory/v1"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base) as http,
    ):
        world = World(ServiceHarness(service, app, http, clock, tokens))
        who = await arrive(world)
        subject = f"{region}.directory.*.*.*.{who['id']}"
        # joined, updated, presented, contact.changed
        await until(lambda: _count(jetstream, region, subject, 4))
        assert in_store(nats_server, "Quincampoix")
        receipt = (await erase(world, who)).json()
        await until(lambda: _purged(world, receipt))
        await until(lambda: _count(jetstream, region, subject, 2))  # erased, erasure.confirmed
    await client.close()
    assert [word for word in WORDS if in_store(nats_server, word)] == []


async def until(condition: Any) -> None:
    """Waits for an asynchronous condition, a minute at most."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110  # the condition is another process's
            await asyncio.sleep(0.05)


async def _count(jetstream: Any, region: str, subject: str, wanted: int) -> bool:
    info = await jetstream.stream_info(events_stream(region), subjects_filter=subject)
    return sum((info.state.subjects or {}).values()) >= wanted


async def _purged(world: World, receipt: dict[str, Any]) -> bool:
    return bool((await world.get(f"/erasures/{receipt['id']}"))["purged"])


def in_store(server: Any, word: str) -> bool:
    """Whether a file of the server's holds it, also of a server that puts others in their place meanwhile."""
    while True:
        files = [path for path in (server.folder / "store").rglob("*") if path.is_file()]
        with suppress(FileNotFoundError):
            return any(word.encode() in path.read_bytes() for path in files)
