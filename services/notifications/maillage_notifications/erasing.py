"""The erasures this service has noted: those that end a token, and those it must confirm, once her mails are
out of the local mailbox too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.erasing import Confirmations
from sqlalchemy import Select, select

from .erasure import confirm, sweep_mailbox
from .model import Erased

erasures = Confirmations(
    waiting=select(Erased.id).where(Erased.confirmed_at.is_(None)), confirm=confirm, sweep=sweep_mailbox
)


def erased_since(_settings: Any, moment: datetime) -> Select[UUID]:
    """Persons erased here since."""
    return select(Erased.id).where(Erased.erased_at >= moment)
