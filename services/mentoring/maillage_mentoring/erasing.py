"""The erasures this service has noted: those it must confirm, those that end a token."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.erasing import Confirmations
from sqlalchemy import Select, select

from maillage_mentoring import usecases
from maillage_mentoring.model import Erasure

erasures = Confirmations(
    waiting=select(Erasure.id).where(Erasure.confirmed_at.is_(None)), confirm=usecases.confirm_erasure
)


def erased_since(_settings: Any, moment: datetime) -> Select[UUID]:
    """Persons erased here since."""
    return select(Erasure.coordinator_id).where(Erasure.erased_at >= moment)
