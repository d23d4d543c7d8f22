"""Keys of machine clients, and the secrets that open them. Of a secret only the digest is stored."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.db import Json, Uuid, Versioned
from maillage.ids import new_id
from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maillage_directory.model.base import Base

ACTIVE, EXPIRED, REVOKED = "active", "expired", "revoked"


class ApiKey(Versioned, Base):
    """What one program may do. Its id is the `sub` of the program's tokens, whatever secret is in use.

    `name` says which program this is, never who wrote it. A revoked key stays, so that what the program has
    done can still be put down to it.
    """

    __tablename__ = "api_key"

    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(Json)
    created_by: Mapped[UUID] = mapped_column(Uuid())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    secrets: Mapped[list[ApiKeySecret]] = relationship(
        order_by="ApiKeySecret.created_at.desc(), ApiKeySecret.id.desc()",
        lazy="selectin",
        cascade="all, delete-orphan",
    )

    def status_at(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return REVOKED
        return EXPIRED if self.expires_at <= now else ACTIVE


class ApiKeySecret(Base):
    """A secret of a key; two of them are good while the key changes hands at the program (rotation).

    `digest`: SHA-256 of the secret, which is 256 bits of chance: no salt and no slow hash would add anything.
    `hint`: its last four characters, to tell secrets apart. `ends_at`: when a replaced one stops working.
    """

    __tablename__ = "api_key_secret"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    hint: Mapped[str] = mapped_column(String(4))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
