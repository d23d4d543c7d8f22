"""The bench a service is tested on: what can be said to it, what it says, and for how long to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from maillage.events.names import feed_stream
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo

from maillage_conform.messages import MSG_ID, Fact, Said, Seen
from maillage_conform.peer import ANSWERED, OPENED, SHUT, Guest, Person
from maillage_conform.plan import Plan
from maillage_conform.probe import Probe
from maillage_conform.sandbox import Sandbox
from maillage_conform.service import Service
from maillage_conform.tape import OURS, Tape
from maillage_conform.texts import Text, Unusable


@dataclass
class Bench:
    """`tape`: the region's own stream. `feed`: what the service receives of its neighbour.

    `start_seconds`: how long the service took from its start to its first sign.
    `peer`: JetStream where the neighbour speaks; `operator`: where the region's streams are looked at.
    """

    plan: Plan
    peer: JetStreamContext
    operator: JetStreamContext
    tape: Tape
    feed: Tape
    probe: Probe
    service: Service | None = None
    sandbox: Sandbox | None = None
    url: str = ""
    people: list[Person] = field(default_factory=list)
    erased: list[Person] = field(default_factory=list)
    start_seconds: float = 0.0

    async def say(self, *messages: Fact | Said) -> list[Said]:
        """Publish in the neighbour's name, in order, and return when each has arrived in the feed.

        Raises Unusable when it does not arrive: then nothing could be concluded.
        """
        said = []
        for message in messages:
            wire = message.said_in(self.plan.peer) if isinstance(message, Fact) else message
            try:
                await self.peer.publish(wire.subject, wire.data, headers=wire.headers)
            except (Error, TimeoutError) as error:
                raise Unusable(_cannot_publish(self.plan.peer, error)) from error
            wanted, patience = wire.headers[MSG_ID], self.plan.arrival
            if not await self.feed.until(lambda seen, wanted=wanted: seen.message_id == wanted, patience):  # type: ignore[misc]
                raise Unusable(_not_arriving(self.plan.peer))
            said.append(wire)
        return said

    async def meet(self, person: Person | None = None) -> Person:
        """A person of the neighbour's, presented."""
        person = person or Person()
        self.people.append(person)
        await self.say(person.presented())
        return person

    async def erase(self, person: Person, **more: Any) -> list[Said]:
        """Demand her erasure."""
        self.erased.append(person)
        return await self.say(person.erased(self.plan.erasure_deadline, **more))

    def guest(self, person: Person, seminar: dict[str, Any], host: str | None = None) -> Guest:
        """Her as a guest of that seminar."""
        return Guest(person, str(seminar["seminar_id"]), host or self.plan.region)

    @property
    def seminar(self) -> dict[str, Any] | None:
        """The facts of a seminar of the service's that guests may ask for just now, if there is one."""
        shut = {seen.entity_id for seen in self.tape.all(lambda seen: seen.short == SHUT)}
        latest = {seen.entity_id: seen.body for seen in self.tape.all(lambda seen: seen.short == OPENED)}
        open_now = [body for entity, body in latest.items() if entity not in shut and _is_open(body)]
        return max(open_now, key=lambda body: int(body.get("seats_left") or 0), default=None)

    def answers(self, guest: Guest) -> list[Seen]:
        """What the service answered this guest."""
        return self.tape.all(lambda seen: seen.short == ANSWERED and _about(seen, "guest_id", guest.id))

    def receipts(self, person: Person) -> list[Seen]:
        """The receipts for this person's erasure, of whatever service."""
        return self.tape.all(lambda seen: _is_receipt(seen) and _about(seen, "coordinator_id", person.id))

    async def answered(self, guest: Guest, patience: float | None = None) -> Seen | None:
        """Wait for an answer to this guest."""
        return await self.tape.until(
            lambda seen: seen.short == ANSWERED and _about(seen, "guest_id", guest.id),
            patience or self.plan.deadline,
        )

    async def unanswered(self, guests: list[Guest], patience: float) -> list[Guest]:
        """Those who have no answer when that many seconds have passed."""
        answers = await asyncio.gather(*(self.answered(guest, patience) for guest in guests))
        return [guest for guest, answer in zip(guests, answers, strict=True) if answer is None]

    async def confirmed(self, person: Person, patience: float | None = None) -> Seen | None:
        """Wait for a receipt of this person's erasure."""
        return await self.tape.until(
            lambda seen: _is_receipt(seen) and _about(seen, "coordinator_id", person.id),
            patience or self.plan.erasure_deadline,
        )

    async def caught_up(self, known: Collection[str] = ()) -> None:
        """Wait until nothing is left to deliver to the service, as far as that can be seen.

        `known`: consumers that are the service's though nobody may be seen to read there just now.
        """
        for _ in range(int(self.plan.deadline * 10)):
            found = await self.consumers(known)
            if all(not each.num_pending and not each.num_ack_pending for each in found):
                return
            await asyncio.sleep(0.1)

    async def quiet(self) -> None:
        """Wait as long as something that should not come would take."""
        await asyncio.sleep(self.plan.quiet)

    async def pulse(self) -> bool:
        """Whether the service does its work: a plain request is answered, or an erasure confirmed."""
        if self.seminar:
            guest = self.guest(await self.meet(), self.seminar)
            await self.say(guest.requested())
            return await self.answered(guest) is not None
        person = await self.meet()
        await self.erase(person)
        return await self.confirmed(person) is not None

    async def in_feed(self, fact: Fact) -> int:
        """How many messages the feed holds on this fact's subject."""
        subject = fact.said_in(self.plan.peer).subject
        state = (await self.operator.stream_info(feed_stream(self.plan.peer), subjects_filter=subject)).state
        return sum((state.subjects or {}).values())

    async def consumers(self, known: Collection[str] = ()) -> list[ConsumerInfo]:
        """The service's consumers of the feed, those in use and those `known`; empty when none is seen."""
        found: list[ConsumerInfo] = []
        with suppress(Error, TimeoutError):
            found = await self.operator.consumers_info(feed_stream(self.plan.peer))
        theirs = [each for each in found if each.config.description != OURS]
        return [each for each in theirs if each.name in known or _in_use(each)]


def _in_use(consumer: ConsumerInfo) -> bool:
    """Whether anyone reads there: a durable may have been provisioned for nobody."""
    given = consumer.delivered.consumer_seq if consumer.delivered else 0
    return given > 0 or bool(consumer.num_waiting) or bool(consumer.push_bound)


def _about(seen: Seen, key: str, entity_id: str) -> bool:
    return entity_id in (seen.entity_id, seen.body.get(key))


def _is_receipt(seen: Seen) -> bool:
    return seen.short.endswith(".erasure.confirmed.v1")


def _is_open(body: dict[str, Any]) -> bool:
    moments = [body.get(key) for key in ("registration_opens_at", "registration_closes_at")]
    try:
        opens, closes = (datetime.fromisoformat(str(each)) for each in moments)
        return bool(body.get("seminar_id")) and opens <= datetime.now(UTC) < closes
    except (ValueError, TypeError):
        return False


def _cannot_publish(peer: str, error: Exception) -> Text:
    why = type(error).__name__
    return Text(
        f"Impossible de publier au nom de {peer} ({why}) : donnez un compte qui en a le droit, par "
        f"--peer-server, "
        "--peer-user et --peer-password, ou --peer-credentials.",
        f"Cannot publish as {peer} ({why}): name a user who may, by --peer-server, --peer-user and "
        "--peer-password, or --peer-credentials.",
    )


def _not_arriving(peer: str) -> Text:
    stream = feed_stream(peer)
    return Text(
        f"Ce qui est publié au nom de {peer} n'arrive pas dans {stream} : vérifiez la source de ce flux.",
        f"What is published as {peer} does not arrive in {stream}: look at that stream's source.",
    )
