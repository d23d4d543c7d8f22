"""Tells the relays of this process that a transaction with events in it has been committed."""

from __future__ import annotations

import asyncio
from weakref import WeakSet

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

_FLAG = "maillage.recorded"
_waiting: WeakSet[asyncio.Event] = WeakSet()


def subscribe() -> asyncio.Event:
    """An event set at each commit that may have something to publish; the caller clears it."""
    wake = asyncio.Event()
    _waiting.add(wake)
    return wake


def wake() -> None:
    """Something to publish has been committed."""
    for each in _waiting:
        each.set()


def mark(session: AsyncSession) -> None:
    """`session`'s commit is worth waking up for."""
    session.info[_FLAG] = True


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.info.get(_FLAG):
        wake()
