"""Whoever waits for new messages (mail delivery, open inbox streams) is woken when they are committed."""

from __future__ import annotations

from maillage.bell import Bell, wait
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["bell", "ring_at_commit", "wait"]

bell = Bell()
"""Rung by every transaction of this process that wrote messages."""


def ring_at_commit(session: AsyncSession) -> None:
    """Ring when `session`'s transaction commits (also when one of its savepoints does, which is harmless)."""
    if session.info.setdefault("rings", False):
        return
    session.info["rings"] = True
    event.listen(session.sync_session, "after_commit", lambda _session: bell.ring())
