"""A small region in one file, with nats-py and nothing else: a person, a seminar, guests, erasures.

It keeps the contract of docs/conformance.md, but for one vice when `VICE` names the check that must find it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError

VICE = os.environ.get("VICE", "")
REGION = os.environ["MAILLAGE_REGION"]
PEER = os.environ["MAILLAGE_PEER_REGIONS"].split(",")[0]
FEED = "FEED_" + PEER.upper().replace("-", "_")
PRESENTED, OPENED = "directory.coordinator.presented.v1", "events.seminar.opened.v1"
ANSWERED, CONFIRMED = "events.guest.answered.v1", "directory.erasure.confirmed.v1"
PUBLISHED = json.loads((Path(__file__).parent / "published.json").read_text(encoding="utf-8"))
CARD, SEMINAR = PUBLISHED["card"], PUBLISHED["seminar"]
if VICE == "schema.valid":
    SEMINAR["capacity"] = "beaucoup"
ACK_WAIT = 2.0
"""Seconds after which what died in our hands comes again."""
ACKNOWLEDGED = AckPolicy.NONE if VICE == "restart.no-loss" else AckPolicy.EXPLICIT
READ = {  # what it reads of each type: all that it knows
    PRESENTED: {"coordinator_id", "first_name", "last_name", "status", "challenges", "skills", "posts"}
    | {"shared_fields", "reach"},
    "directory.coordinator.erased.v1": {"coordinator_id", "erasure_id", "requested_at", "confirm_by"},
    "events.guest.requested.v1": {"guest_id", "seminar_id", "host_region", "coordinator_id", "requested_at"},
    "events.guest.withdrawn.v1": {"guest_id", "seminar_id", "host_region", "coordinator_id"},
}


def new_id(version: int = 7) -> str:
    if version == 4:
        return str(uuid.uuid4())
    value = (int(time.time() * 1000) << 80) | (uuid.uuid4().int & ((1 << 80) - 1))
    value = value & ~(0xF000 << 64) | (0x7000 << 64)
    return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))


def moment() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class Store:
    """All there is, in one file, replaced whole and synced: a kill leaves the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self.path, self.folder = folder / "state.json", folder
        empty: dict[str, Any] = {"people": {}, "erased": {}, "guests": {}, "seen": [], "numbers": {}}
        empty |= {"outbox": [], "receipts": [], "ids": {}, "places": [], "skipped": False}
        self.data = json.loads(self.path.read_text()) if self.path.exists() else empty

    def save(self) -> None:
        fresh = self.path.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(self.data, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def record(self, short: str, entity: str, body: dict[str, Any]) -> None:
        """An event to publish, decided on together with its effect."""
        key = ".".join([*short.split(".")[:2], entity])
        number = self.data["numbers"][key] = self.data["numbers"].get(key, 0) + 1
        service = short.split(".")[0]
        headers = {
            "ce-specversion": "1.0",
            "ce-id": new_id(4 if VICE == "identifiers.event-id" else 7),
            "ce-type": f"fr.maillage.{short}",
            "ce-source": f"/{REGION}/{'elsewhere' if VICE == 'envelope.agreement' else service}",
            "ce-subject": entity,
            "ce-time": "2026-03-01T09:00:00" if VICE == "envelope.time" else moment(),
            "ce-datacontenttype": "application/json",
            "ce-sequence": "1" if VICE == "identifiers.sequence" else str(number),
        }
        headers["Nats-Msg-Id"] = ("x" if VICE == "envelope.message-id" else "") + headers["ce-id"]
        if VICE == "envelope.headers":
            del headers["ce-datacontenttype"]
        self.data["outbox"].append(
            {"subject": f"{REGION}.{short}.{entity}", "headers": headers, "body": body}
        )


class Region:
    """What the region does with what it hears."""

    def __init__(self, store: Store, jetstream: JetStreamContext) -> None:
        self.store, self.jetstream, self.state = store, jetstream, store.data

    def begin(self) -> None:
        """Present its one coordinator and its one seminar, once for all."""
        ids = self.state["ids"]
        if VICE == "restart.stable-ids":
            ids.pop("person", None)
        if "person" not in ids or VICE == "restart.no-repeat":
            ids.setdefault("person", new_id(4 if VICE == "identifiers.entity-id" else 7))
            self.store.record(PRESENTED, ids["person"], self.card(ids["person"]))
        if "seminar" not in ids:
            ids["seminar"] = new_id()
            self.open()
        self.store.save()

    def card(self, person: str) -> dict[str, Any]:
        address = {"email": "a.mirepoix@example.org"} if VICE == "schema.personal-data" else {}
        return CARD | {"coordinator_id": person} | address

    def open(self) -> None:
        seminar = self.state["ids"]["seminar"]
        facts = SEMINAR | {"seminar_id": seminar, "seats_left": self.seats_left}
        self.store.record(OPENED, seminar, facts)

    @property
    def seats_left(self) -> int:
        return 3 - sum(guest["status"] == "confirmed" for guest in self.state["guests"].values())

    async def hear(self, short: str, about: dict[str, str], body: dict[str, Any], place: int) -> None:
        if VICE == "tolerance.unknown-fields" and set(body) - READ[short]:
            return
        if self.already(short, about, place):
            return
        number = int(about.get("ce-sequence", "0"))
        if short == PRESENTED:
            self.presented(number, body)
        elif short == "directory.coordinator.erased.v1":
            await self.erased(number, body)
        elif body["host_region"] == REGION or VICE == "requests.addressed":
            if short == "events.guest.requested.v1":
                self.requested(number, body)
            else:
                self.withdrawn(number, body)

    def already(self, short: str, about: dict[str, str], place: int) -> bool:
        """Whether this event was handled before."""
        seen = self.state["seen"]
        last_only = VICE == "replay.quiet" and short == "events.guest.requested.v1"
        by_place = (VICE == "duplicates.request" and "guest" in short) or (
            VICE == "duplicates.erasure" and "erased" in short
        )
        mark = str(place) if by_place else about["ce-id"]
        if mark in (seen[-1:] if last_only else seen):
            return True
        seen.append(mark)
        return False

    def presented(self, number: int, card: dict[str, Any]) -> None:
        person = card["coordinator_id"]
        if person in self.state["erased"] and VICE != "erasure.stays-erased":
            return
        if number > self.state["people"].get(person, {}).get("number", 0) or VICE == "order.older-fact":
            self.state["people"][person] = {"number": number, "name": card["last_name"]}
            if VICE == "erasure.copies-gone":
                with (self.store.folder / "service.log").open("a") as log:
                    log.write(f"{card['last_name']} is welcome\n")

    async def erased(self, number: int, body: dict[str, Any]) -> None:
        person, erasure = body["coordinator_id"], body["erasure_id"]
        known = self.state["people"].pop(person, None)
        self.state["erased"][person] = number
        if VICE != "erasure.feed-purged":
            await self.purge(person)
        if VICE == "erasure.stranger" and known is None:
            return
        stated = new_id() if VICE == "erasure.receipt" else erasure
        receipt = {"coordinator_id": person, "erasure_id": stated, "erased_at": moment(), "counts": {}}
        self.store.record(CONFIRMED, person, receipt)
        if VICE == "erasure.silent-after" and known:
            lost = {"region": REGION, "person": person, "words": f"Au revoir, {known['name']}"}
            self.store.record("directory.farewell.said.v1", person, lost)

    async def purge(self, person: str) -> None:
        subject, place = f"{PEER}.{PRESENTED}.{person}", 1
        while True:
            try:
                found = await self.jetstream.get_msg(FEED, seq=place, subject=subject, next=True)
            except NotFoundError:
                return
            place = found.seq or place
            await self.jetstream.delete_msg(FEED, place)

    def requested(self, number: int, body: dict[str, Any]) -> None:
        guest = self.state["guests"].get(body["guest_id"])
        if guest and (guest["number"] > number or (guest["number"] == number and not VICE)):
            return
        ours = body["seminar_id"] == self.state["ids"]["seminar"]
        if VICE == "requests.answered" and ours and not self.state["skipped"]:
            self.state["skipped"] = True
            return
        seats = self.seats_left
        status = "confirmed" if seats > 0 or VICE == "seats.capacity" else "waitlisted"
        if not ours and VICE != "requests.unknown-seminar":
            status = "refused"
        self.state["guests"][body["guest_id"]] = {"number": number, "status": status}
        self.answer(body, status)
        if self.seats_left != seats:
            self.open()

    def withdrawn(self, number: int, body: dict[str, Any]) -> None:
        guest = self.state["guests"].get(body["guest_id"])
        if guest is None and VICE == "order.withdrawn-first":
            return
        self.state["guests"][body["guest_id"]] = {"number": number, "status": "cancelled"}
        if guest is not None:
            self.answer(body, "cancelled")

    def answer(self, body: dict[str, Any], status: str) -> None:
        said = {key: body[key] for key in ("guest_id", "seminar_id", "coordinator_id")}
        said |= {"guest_region": REGION if VICE == "requests.faithful" else PEER, "status": status}
        self.store.record(
            ANSWERED, body["guest_id"], said | {"position": None, "expires_at": None, "reason": None}
        )

    async def publish(self) -> None:
        """Empty the outbox, in order; what was published and not yet noted is a double to the stream."""
        while self.state["outbox"] and VICE != "envelope.speaks":
            event = self.state["outbox"][0]
            body = json.dumps(event["body"]).encode()
            await self.jetstream.publish(event["subject"], body, headers=event["headers"])
            self.state["outbox"].pop(0)
            self.store.save()


async def take(region: Region, message: Msg) -> None:
    try:
        short = ".".join(message.subject.split(".")[1:5])
        if short in READ:
            await region.hear(
                short, dict(message.headers or {}), json.loads(message.data), message.metadata.sequence.stream
            )
    except (ValueError, KeyError, TypeError, AttributeError):
        if VICE == "poison.survives":
            sys.exit("cannot read this")
        if VICE == "poison.goes-on":
            await asyncio.Event().wait()
        if VICE != "restart.no-loss":
            await (message.nak() if VICE == "poison.not-hot" else message.term())
        return
    region.store.save()
    if VICE != "restart.no-loss":
        await message.ack()
    await region.publish()


async def main() -> None:
    store = Store(Path(os.environ["MAILLAGE_DATA_DIR"]))
    client = await nats.connect(
        os.environ["MAILLAGE_NATS_URL"],
        user=os.environ["MAILLAGE_NATS_USER"],
        password=os.environ["MAILLAGE_NATS_PASSWORD"],
        max_reconnect_attempts=-1,
    )
    jetstream = client.jetstream(timeout=60)
    region = Region(store, jetstream)
    region.begin()
    await region.publish()
    if VICE == "permissions.attempts":
        await client.publish(f"{PEER}.{PRESENTED}.{new_id()}", b"{}")
    subscription = await jetstream.pull_subscribe(
        "",
        durable="reference",
        stream=FEED,
        config=ConsumerConfig(ack_wait=ACK_WAIT, ack_policy=ACKNOWLEDGED),
    )
    while True:
        try:
            messages = await subscription.fetch(10, timeout=5)
        except TimeoutError:
            continue
        if VICE == "restart.no-loss" and any("requested" in message.subject for message in messages):
            await asyncio.sleep(1)  # in its hands, and nowhere else any more
        for message in messages:
            await take(region, message)


if __name__ == "__main__":
    asyncio.run(main())
