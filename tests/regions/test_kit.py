"""A service of the kit in each region: what one records, the other's handlers for abroad are given."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

from maillage.db import Database
from maillage.events import Consumed, Consumer, Context, Event, record
from maillage.events.runtime import EventRuntime
from maillage.ids import new_id
from maillage.settings import ServiceSettings
from maillage.testing.consuming import consuming
from pydantic import SecretStr

from tests.support.regions import Regions, Site, eventually


class CptsCreated(Event, service="directory", entity="cpts", name="created", key="cpts_id", public=True):
    """A CPTS has been entered."""

    cpts_id: UUID


class ContactChanged(
    Event, service="directory", entity="contact", name="changed", key="person_id", private=True
):
    """How to reach someone."""

    person_id: UUID


class Created(Consumed):
    """What the directory reads of another's CPTS."""

    cpts_id: UUID


def directory(heard: list[tuple[str, UUID]]) -> Consumer:
    """Notes whose CPTS it was told of, and by which handler."""
    consumer = Consumer("directory")

    @consumer.project("directory.cpts.created.v1")
    async def ours(event: Created, _ctx: Context) -> None:
        heard.append(("ours", event.cpts_id))

    @consumer.project("directory.cpts.created.v1", abroad=True)
    async def theirs(event: Created, ctx: Context) -> None:
        heard.append((ctx.region, event.cpts_id))

    return consumer


def at_work(
    site: Site, folder: Path, consumer: Consumer
) -> AbstractAsyncContextManager[tuple[EventRuntime, Database]]:
    """The directory of a region, as its own user."""
    settings = ServiceSettings(
        region=site.region,
        peer_regions=site.topology.peers,
        nats_url=site.server.url,
        nats_user="directory",
        nats_password=SecretStr(site.passwords["directory"]),
    )
    return consuming("directory", consumer, settings, folder)


async def test_what_one_region_records_the_other_is_told(regions: Regions, tmp_path: Path) -> None:
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await leaf.provision()
    await hub.provision()
    heard_here: list[tuple[str, UUID]] = []
    heard_there: list[tuple[str, UUID]] = []
    async with (
        at_work(hub, tmp_path, directory(heard_here)) as (runtime, here),
        at_work(leaf, tmp_path, directory(heard_there)) as (_, there),
    ):
        ids = [new_id(), new_id()]
        for db, cpts_id in zip((here, there), ids, strict=True):
            async with db.write() as session:
                record(session, ContactChanged(person_id=new_id()))
                record(session, CptsCreated(cpts_id=cpts_id))

        async def told() -> bool:
            # Earlier tests of this session have had these streams too: only these two are looked for.
            return {("ours", ids[0]), ("fr-occ", ids[1])} <= set(heard_here) and {
                ("ours", ids[1]),
                ("fr-pac", ids[0]),
            } <= set(heard_there)

        await eventually(told)

        async def troubles() -> list[str]:
            return runtime.problems()

        await eventually(troubles, [])
    assert ("fr-occ", ids[0]) not in heard_here
    assert ("ours", ids[1]) not in heard_here
