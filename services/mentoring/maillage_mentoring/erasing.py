"""The erasures this service has noted and must confirm."""

from __future__ import annotations

from maillage.erasing import Confirmations
from sqlalchemy import select

from maillage_mentoring import usecases
from maillage_mentoring.model import Erasure

erasures = Confirmations(
    waiting=select(Erasure.id).where(Erasure.confirmed_at.is_(None)), confirm=usecases.confirm_erasure
)
