"""What other regions were last told of a person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Integer, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from maillage_directory.model.base import Base


class Presentation(Base):
    """The card last published of a person, as a digest; empty when nothing of her is shown elsewhere.

    `version` orders her cards. No foreign key: checking one would wait for the person's lock, and a change of
    a CPTS takes these rows without it. Everybody has a row once looked at, so who has none is still to be
    presented.
    """

    __tablename__ = "presentation"

    coordinator_id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    digest: Mapped[str | None] = mapped_column(String(64))
