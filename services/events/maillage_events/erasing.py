"""The erasures this service has noted: those it must confirm, those that end a token."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.erasing import Confirmations
from sqlalchemy import Select, select

from maillage_events import usecases
from maillage_events.model import Erasure, Person

erasures = Confirmations(
    waiting=select(Erasure.id).where(Erasure.confirmed_at.is_(None)), confirm=usecases.confirm_erasure
)


def erased_since(_settings: Any, moment: datetime) -> Select[UUID]:
    """Persons of this region erased here since; a neighbour's word about an id ends nobody's token."""
    ours = select(Erasure.coordinator_id).join(Person, Person.id == Erasure.coordinator_id)
    return ours.where(Erasure.erased_at >= moment, Person.region.is_(None))
