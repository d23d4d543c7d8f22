"""What my region sends and receives: as declared, and as the bus shows it."""

from __future__ import annotations

from typing import Any

import pytest
from catalogue_site import STARTED, OpenShelf, Site
from maillage.events.event import full_type
from maillage.events.names import public_stream
from maillage_catalogue import queries
from maillage_catalogue.declared import Declared
from nats.js.api import ConsumerConfig, StreamConfig, StreamSource


@pytest.fixture
def started_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public type to send, whatever the services declare by now."""
    kind = Declared(full_type(STARTED), public=True, rated=True, published_by=["directory"])
    private = Declared(full_type("directory.contact.changed.v1"), private=True, published_by=["directory"])
    monkeypatch.setattr(queries, "packaged_types", lambda: {each.type: each for each in (kind, private)})


@pytest.mark.usefixtures("started_is_public")
async def test_what_is_sent_to_whom_since_when(site: Site, shelf: OpenShelf, peer: str, feed: str) -> None:
    js = site.client.jetstream()
    own = f"EVENTS_{site.region.upper().replace('-', '_')}"
    await js.add_stream(StreamConfig(name=public_stream(site.region), sources=[StreamSource(name=own)]))
    await site.publish()
    await site.publish()
    await site.publish("directory.contact.changed.v1")
    await site.publish(region=peer)
    copy = ConsumerConfig(
        deliver_subject=f"deliver.{peer}.{site.region}.x", filter_subject=f"{site.region}.>"
    )
    # Only what a server makes for a copy looks like this: neither durable nor ours.
    await js.add_consumer(public_stream(site.region), copy)
    async with shelf(peer_regions=[peer, "fr-cor"]) as catalogue:
        await catalogue.sees(4)

        async def copied() -> Any:
            found = await catalogue.get("/flows")
            known = any(each["present"] for each in found["sent"])
            return found if known and all(each["looked_at"] for each in found["received"]) else None

        found = await catalogue.until(copied)
        sent = {each["region"]: each for each in found["sent"]}
        assert sent[peer]["expected"]
        assert sent[peer]["since"] <= sent[peer]["last_seen"]
        assert [(each["type"], each["count"]) for each in sent[peer]["types"]] == [(STARTED, 2)]
        assert (sent["fr-cor"]["since"], sent["fr-cor"]["types"]) == (None, [])
        assert [each["type"] for each in found["public"]] == [STARTED]
        assert found["kept"] == 1
        received = {each["region"]: each for each in found["received"]}
        assert [(each["type"], each["count"]) for each in received[peer]["types"]] == [(STARTED, 1)]
        assert received["fr-cor"]["problem"] == "missing"


async def test_a_type_that_crossed_and_is_not_public_is_marked(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    await site.publish("mentoring.request.opened.v1", region=peer)
    async with shelf(peer_regions=[peer]) as catalogue:
        await catalogue.sees(1)
        found = await catalogue.get("/event-types/mentoring.request.opened.v1")
        assert "not-public" in found["mismatches"]
