"""The declarative base of this service's tables."""

from datetime import datetime

from maillage.db import ServiceBase, Versioned
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import flag_modified


class Base(ServiceBase, DeclarativeBase):
    """The tables of the events service, and the kit's beside them."""


def touch(row: Versioned, now: datetime) -> None:
    """Move the version on although no column of the row changes: something that belongs to it did."""
    row.updated_at = now
    flag_modified(row, "updated_at")
