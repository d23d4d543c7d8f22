"""Identifiers: UUIDv7, which sort by creation and need no central counter."""

from __future__ import annotations

from uuid import UUID

from uuid6 import uuid7


def new_id() -> UUID:
    """A fresh UUIDv7 as a plain `uuid.UUID`, which every database driver and JSON encoder knows."""
    return UUID(int=uuid7().int)
