"""Our people, what neighbours show of theirs, and the erasures to confirm."""

from datetime import datetime
from uuid import UUID

from maillage.db import ServiceBase, Versioned
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(ServiceBase, DeclarativeBase):
    """Our tables, the kit's beside them."""


class Person(Versioned, Base):
    __tablename__ = "person"

    first_name: Mapped[str]
    last_name: Mapped[str]


class Card(Base):
    __tablename__ = "card"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    region: Mapped[str]
    sequence: Mapped[int]
    name: Mapped[str | None]


class Erasure(Base):
    __tablename__ = "erasure"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(index=True)
    region: Mapped[str]
    confirmed_at: Mapped[datetime | None]
