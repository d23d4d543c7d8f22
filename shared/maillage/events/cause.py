"""What the present work is caused by, so that events recorded meanwhile say so without being told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cause:
    """The event being handled: its id becomes the causation of whatever is recorded, its thread is kept."""

    causation_id: UUID | None
    correlation_id: str | None


_cause: ContextVar[Cause | None] = ContextVar("maillage_cause", default=None)


def current_cause() -> Cause | None:
    """The cause in force for this task, None outside any handler."""
    return _cause.get()


@contextmanager
def caused_by(causation_id: UUID | None, correlation_id: str | None) -> Iterator[None]:
    """Everything recorded inside carries this causation and correlation."""
    token = _cause.set(Cause(causation_id, correlation_id))
    try:
        yield
    finally:
        _cause.reset(token)
