"""The erasures this service has noted and must confirm, once her mails are out of the local mailbox too."""

from __future__ import annotations

from maillage.erasing import Confirmations
from sqlalchemy import select

from .erasure import confirm, sweep_mailbox
from .model import Erased

erasures = Confirmations(
    waiting=select(Erased.id).where(Erased.confirmed_at.is_(None)), confirm=confirm, sweep=sweep_mailbox
)
