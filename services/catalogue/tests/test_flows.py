"""What my region sends and receives: as declared, and as the bus shows it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx
import pytest
from catalogue_site import STARTED, OpenShelf, Site
from maillage.events.event import full_type
from maillage.events.names import public_stream
from maillage_catalogue import queries, readers
from maillage_catalogue.declared import Declared


@pytest.fixture
def started_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public type to send, whatever the services declare by now."""
    kind = Declared(full_type(STARTED), public=True, rated=True, published_by=["directory"])
    private = Declared(full_type("directory.contact.changed.v1"), private=True, published_by=["directory"])
    monkeypatch.setattr(queries, "packaged_types", lambda: {each.type: each for each in (kind, private)})


def jsz(region: str, *readers: str) -> dict[str, Any]:
    """The server's monitoring when these regions copy (the shape nats-server 2.15 gives)."""
    copies = [
        {
            "created": "2026-10-01T08:00:00.123456789Z",
            "config": {"deliver_subject": f"deliver.{each}.{region}.x", "filter_subject": f"{region}.>"},
            "num_pending": 0,
            "push_bound": True,
        }
        for each in readers
    ]
    inside = {"created": "2026-10-01T08:00:00Z", "config": {"deliver_subject": "$JS.S.abc"}}
    stream = {"name": public_stream(region), "direct_consumer_detail": [*copies, inside]}
    accounts = [{"name": "OTHER", "stream_detail": [stream]}, {"name": "$G", "stream_detail": [stream]}]
    return {"account_details": accounts}


@pytest.mark.usefixtures("started_is_public")
async def test_what_is_sent_to_whom_since_when(site: Site, shelf: OpenShelf, peer: str, feed: str) -> None:
    told = [httpx.Response(200, json=jsz(site.region, peer)), httpx.Response(200, json=jsz(site.region))]
    told += [httpx.Response(503), httpx.Response(200, json=jsz(site.region, peer))]
    await site.publish()
    await site.publish()
    await site.publish("directory.contact.changed.v1")
    await site.publish(region=peer)
    address = {"catalogue_monitor_url": "http://127.0.0.1:1", "catalogue_readers_seconds": 600}
    async with (
        shelf(peer_regions=[peer, "fr-cor"], **address) as catalogue,
        httpx.AsyncClient(transport=httpx.MockTransport(lambda _: told.pop(0))) as monitor,
    ):
        await catalogue.sees(4)

        async def looked() -> Any:
            found = await catalogue.get("/flows")
            return found if all(each["looked_at"] for each in found["received"]) else None

        await catalogue.until(looked)
        await readers.look_at_copies(catalogue.running, monitor)
        found = await catalogue.get("/flows")
        sent = {each["region"]: each for each in found["sent"]}
        assert (sent[peer]["expected"], sent[peer]["present"]) == (True, True)
        assert sent[peer]["since"] == "2026-10-01T08:00:00.123456Z"
        assert [(each["type"], each["count"]) for each in sent[peer]["types"]] == [(STARTED, 2)]
        assert (sent["fr-cor"]["since"], sent["fr-cor"]["types"]) == (None, [])
        assert [each["type"] for each in found["public"]] == [STARTED]
        assert found["kept"] == 1
        received = {each["region"]: each for each in found["received"]}
        assert [(each["type"], each["count"]) for each in received[peer]["types"]] == [(STARTED, 1)]
        assert received["fr-cor"]["problem"] == "missing"

        # The copy ends, the monitoring is away, the copy begins again: since when stays the first time.
        states = []
        for _ in range(3):
            with suppress(httpx.HTTPStatusError):
                await readers.look_at_copies(catalogue.running, monitor)
            again = {each["region"]: each for each in (await catalogue.get("/flows"))["sent"]}[peer]
            states.append((again["present"], again["since"]))
        first = sent[peer]["since"]
        assert states == [(False, first), (False, first), (True, first)]


async def test_without_monitoring_it_says_that_copies_are_not_known(shelf: OpenShelf) -> None:
    async with shelf(peer_regions=["fr-cor"], nats_url="") as catalogue:
        assert (await catalogue.get("/flows"))["copies_known"] is False


async def test_a_type_that_crossed_and_is_not_public_is_marked(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    await site.publish("mentoring.request.opened.v1", region=peer)
    async with shelf(peer_regions=[peer]) as catalogue:
        await catalogue.sees(1)
        found = await catalogue.get("/event-types/mentoring.request.opened.v1")
        assert "not-public" in found["mismatches"]
