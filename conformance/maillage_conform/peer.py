"""The neighbouring region, played by the kit: its people, its guests, and what it says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from maillage.ids import new_id

from maillage_conform.messages import Fact, now

PRESENTED = "directory.coordinator.presented.v1"
ERASED = "directory.coordinator.erased.v1"
CONTACT = "directory.contact.changed.v1"
REQUESTED = "events.guest.requested.v1"
WITHDRAWN = "events.guest.withdrawn.v1"
ANSWERED = "events.guest.answered.v1"
OPENED = "events.seminar.opened.v1"
SHUT = "events.seminar.shut.v1"


def receipt_of(service: str) -> str:
    """The type by which a service confirms an erasure."""
    return f"{service}.erasure.confirmed.v1"


@dataclass
class Person:
    """An invented coordinator of the neighbour's. Her name exists nowhere else: it can be looked for."""

    first_name: str = "Zoé"
    marker: str = field(default_factory=lambda: token_hex(6))
    id: str = field(default_factory=lambda: str(new_id()))
    erasure_id: str = field(default_factory=lambda: str(new_id()))

    @property
    def last_name(self) -> str:
        """Made of her marker, the word that betrays her wherever it stands."""
        return f"Essai-{self.marker}"

    def presented(self, sequence: int = 1, **more: Any) -> Fact:
        """Her card, with the fields whose reach is national."""
        post = {
            "cpts_id": str(new_id()),
            "cpts_name": "CPTS du Bac à sable",
            "title": "coordinator",
            "started_on": "2026-01-05",
            "commune": {"insee": "13055", "name": "Marseille"},
            "department": "13",
            "lat": 43.2965,
            "lon": 5.3698,
        }
        body = {
            "coordinator_id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "status": "active",
            "challenges": [],
            "skills": [],
            "posts": [post],
            "shared_fields": ["name"],
            "reach": {"name": "national"},
        }
        return Fact(PRESENTED, self.id, {**body, **more}, sequence)

    def erased(self, within: float, sequence: int = 9, **more: Any) -> Fact:
        """The demand to erase her everywhere, and until when to confirm."""
        deadline = datetime.now(UTC) + timedelta(seconds=within)
        body = {
            "coordinator_id": self.id,
            "erasure_id": self.erasure_id,
            "requested_at": now(),
            "confirm_by": deadline.isoformat().replace("+00:00", "Z"),
        }
        return Fact(ERASED, self.id, {**body, **more}, sequence)


@dataclass
class Guest:
    """Someone of the neighbouring region who would like a seat at a seminar of the region under test."""

    person: Person
    seminar_id: str
    host_region: str
    id: str = field(default_factory=lambda: str(new_id()))

    def _ids(self) -> dict[str, Any]:
        return {
            "guest_id": self.id,
            "seminar_id": self.seminar_id,
            "host_region": self.host_region,
            "coordinator_id": self.person.id,
        }

    def requested(self, sequence: int = 1, **more: Any) -> Fact:
        """She asks for a seat."""
        return Fact(REQUESTED, self.id, {**self._ids(), "requested_at": now(), **more}, sequence)

    def withdrawn(self, sequence: int = 2) -> Fact:
        """She does not come after all."""
        return Fact(WITHDRAWN, self.id, self._ids(), sequence)
