"""Hearing of commits: a loop that looks for rows of its own need not ask as long as nobody commits.

Every transaction this process commits rings; those of other processes do not, and what a statement commits by
itself does not either. So who listens also looks by itself, `SELDOM`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from maillage.bell import Bell, wait

SELDOM = 5.0
"""Seconds between two looks of a loop in a process that commits nothing."""

_bell = Bell()


class Looks:
    """When one loop looks again."""

    def __init__(self, heard: asyncio.Event) -> None:
        self._heard = heard

    async def pause(self, least: float, most: float = SELDOM) -> None:
        """Return after `least` seconds if a commit has been heard by then, else at the next, or after `most`.

        What is committed from this return on is heard by the next pause: the look comes after it.
        """
        await asyncio.sleep(least)
        await wait(self._heard, max(0.0, most - least))


@contextmanager
def listen() -> Iterator[Looks]:
    """From here on, commits are heard."""
    with _bell.listen() as heard:
        yield Looks(heard)


@event.listens_for(Session, "after_commit")
def _after_commit(_session: Any) -> None:
    _bell.ring()
