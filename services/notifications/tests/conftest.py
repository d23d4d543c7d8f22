"""The network as the stream tells it: short ways to say what happened, and to see what people were told."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from maillage.ids import new_id
from maillage.mail import Mailbox, StoredMail
from maillage.testing.harness import ServiceHarness
from maillage_notifications import delivery
from maillage_notifications.app import service
from maillage_notifications.model import Message
from sqlalchemy import select

ServiceApp = Callable[..., AbstractAsyncContextManager[ServiceHarness]]


@dataclass
class Network:
    """One started service and the events of a small region."""

    harness: ServiceHarness
    replayed: bool = False
    _addresses: Any = field(default_factory=lambda: itertools.count(1))

    async def happens(self, event_type: str, **data: Any) -> UUID:
        """Deliver an event; its own options are `_sequence`, `_event_id`, `_time`."""
        options = {name[1:]: data.pop(name) for name in ("_sequence", "_event_id", "_time") if name in data}
        options.setdefault("event_id", new_id())
        await self.harness.deliver(f"{event_type}.v1", data, replayed=self.replayed, **options)
        return UUID(str(options["event_id"]))

    async def person(
        self, first: str, last: str, *, language: str = "fr", roles: tuple[str, ...] = ("coordinator",)
    ) -> UUID:
        """Someone known by name and address."""
        person_id = new_id()
        await self.happens(
            "directory.coordinator.joined",
            coordinator_id=person_id,
            first_name=first,
            last_name=last,
            status="active",
            _sequence=1,
        )
        await self.contact(person_id, language=language, roles=roles)
        return person_id

    async def contact(
        self,
        person_id: UUID,
        email: str | None = None,
        *,
        language: str = "fr",
        roles: tuple[str, ...] = ("coordinator",),
    ) -> None:
        await self.happens(
            "directory.contact.changed",
            coordinator_id=person_id,
            email=email or f"personne{next(self._addresses)}@exemple.fr",
            phone=None,
            language=language,
            roles=list(roles),
        )

    async def cpts(self, name: str = "CPTS du Verdon") -> UUID:
        cpts_id = new_id()
        await self.happens("directory.cpts.created", cpts_id=cpts_id, name=name, slug="verdon", _sequence=1)
        return cpts_id

    async def arrival(self, person_id: UUID, cpts_id: UUID, started_on: str | None = None) -> UUID:
        position_id = new_id()
        await self.happens(
            "directory.position.started",
            position_id=position_id,
            coordinator_id=person_id,
            cpts_id=cpts_id,
            title="coordinator",
            started_on=started_on or self.now.date().isoformat(),
            _sequence=1,
        )
        return position_id

    async def seminar(self, **changes: Any) -> UUID:
        """A published seminar of one day in 30 days, 9 h to 17 h in Paris, with two workshops."""
        seminar_id = changes.pop("seminar_id", new_id())
        await self.happens(
            "events.seminar.published", **{**seminar_facts(seminar_id, self.now), **changes}, _sequence=1
        )
        return seminar_id

    async def registered(self, person_id: UUID, seminar_id: UUID, **more: Any) -> UUID:
        """A confirmed registration."""
        registration_id = more.pop("registration_id", new_id())
        await self.happens(
            "events.registration.confirmed",
            **{
                "registration_id": registration_id,
                "seminar_id": seminar_id,
                "coordinator_id": person_id,
                "workshop_ids": [],
                "waitlisted_workshop_ids": [],
                "promoted": False,
                "_sequence": 1,
                **more,
            },
        )
        return registration_id

    async def proposal(self, mentee: UUID, mentor: UUID, **more: Any) -> dict[str, Any]:
        """A mentor is asked, with a week to answer; gives the facts for what follows."""
        facts = {
            "proposal_id": new_id(),
            "request_id": new_id(),
            "mentee_id": mentee,
            "mentor_id": mentor,
            "rank": 1,
            "answer_by": self.now + timedelta(days=7),
            "score": 71.0,
            "reasons": ["shared-challenges", "experience"],
            "against": ["far"],
            **more,
        }
        await self.happens("mentoring.proposal.made", **facts, _sequence=1)
        return facts

    @property
    def now(self) -> datetime:
        return self.harness.clock.now()

    async def messages(self, person_id: UUID | None = None, topic: str | None = None) -> list[Message]:
        """Every delivery row under these filters, in order."""
        found = select(Message).order_by(Message.created_at, Message.id)
        if person_id:
            found = found.where(Message.recipient_id == person_id)
        if topic:
            found = found.where(Message.topic == topic)
        async with self.harness.db.read() as session:
            return list((await session.scalars(found)).all())

    async def states(self, person_id: UUID, topic: str) -> dict[str, tuple[str, str | None]]:
        """State and reason by channel."""
        return {m.channel: (m.state, m.reason) for m in await self.messages(person_id, topic)}

    async def inbox(self, person_id: UUID, language: str | None = None, **params: Any) -> dict[str, Any]:
        headers = self.harness.tokens.coordinator(person_id)
        if language:
            headers["Accept-Language"] = language
        answer = await self.harness.client.get("me/notifications", headers=headers, params=params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def topics(self, person_id: UUID) -> list[str]:
        """Topics in the inbox, oldest first."""
        return [item["topic"] for item in reversed((await self.inbox(person_id))["items"])]

    async def send_mails(self) -> list[StoredMail]:
        """Run the delivery until nothing is due; the mails in the local mailbox, oldest first."""
        running = self.harness.app.state.service
        while await delivery.deliver_due(running.db, running.mailer, running.settings):
            pass
        return self.mails()

    def mails(self) -> list[StoredMail]:
        return list(reversed(Mailbox(self.harness.mailbox).list()))


def seminar_facts(seminar_id: UUID, now: datetime) -> dict[str, Any]:
    """The published facts of a seminar in 30 days."""
    start = (now + timedelta(days=30)).replace(hour=7, minute=0, second=0, microsecond=0)
    return {
        "seminar_id": seminar_id,
        "title": "Séminaire d’Avignon",
        "starts_at": start,
        "ends_at": start + timedelta(hours=8),
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "venue": "La Badine",
        "city": "Avignon",
        "capacity": 60,
        "registration_opens_at": now,
        "registration_closes_at": start,
        "tracks": ["pilotage-management"],
        "skills": [],
        "workshops": [
            workshop("11111111-1111-7111-8111-111111111111", "Lire un bilan", start + timedelta(hours=1)),
            workshop("22222222-2222-7222-8222-222222222222", "La carte", start + timedelta(hours=3)),
        ],
        "sequence": 0,
    }


def workshop(workshop_id: str, title: str, start: datetime) -> dict[str, Any]:
    return {
        "workshop_id": workshop_id,
        "title": title,
        "track": "pilotage-management",
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "room": "Porquerolles",
    }


@pytest.fixture
def open_network(service_app: ServiceApp) -> Callable[..., AbstractAsyncContextManager[Network]]:
    """`async with open_network(**settings) as network`."""

    @asynccontextmanager
    async def opened(**settings: Any) -> AsyncIterator[Network]:
        async with service_app(service, **settings) as harness:
            yield Network(harness)

    return opened


@pytest.fixture
async def network(
    open_network: Callable[..., AbstractAsyncContextManager[Network]],
) -> AsyncIterator[Network]:
    """The service with the test's default settings."""
    async with open_network() as opened:
        yield opened
