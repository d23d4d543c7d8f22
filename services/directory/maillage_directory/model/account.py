"""Accounts and how their owners sign in. Secrets are never stored: only what can recognise them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from maillage.db import Json, Uuid, Versioned
from maillage.ids import new_id
from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maillage_directory.model.base import Base


class Account(Versioned, Base):
    """Who may sign in. A coordinator's account has her id; an operator's has its own.

    `email` is lower-case and unique; it is empty once the person is erased, and nobody can sign in any more.
    `tokens_ended_at`: when her rights last changed; access tokens from before are good no more.
    """

    __tablename__ = "account"

    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    language: Mapped[str] = mapped_column(String(2), default="fr")
    roles: Mapped[list[str]] = mapped_column(Json, default=list)
    tokens_ended_at: Mapped[datetime | None] = mapped_column(index=True)


class SignInCode(Base):
    """A code that was mailed, as an HMAC. `account_id` is empty when the address belongs to nobody.

    `address` is an HMAC too, so that asking for a code leaves no address behind.
    """

    __tablename__ = "sign_in_code"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    address: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[datetime | None]


class EmailChange(Base):
    """An address that an account (same id) asks for, until the code mailed there is back (as HMAC)."""

    __tablename__ = "email_change"

    id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    code: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)


class CodeRequest(Base):
    """One request for a code, kept an hour to slow down who asks too often; HMACs, no address, no IP."""

    __tablename__ = "code_request"
    __table_args__ = (Index("ix_code_request_source", "source", "requested_at"),)

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    source: Mapped[bytes] = mapped_column(LargeBinary(32))
    requested_at: Mapped[datetime] = mapped_column(index=True)


class SignInSession(Base):
    """A signed-in browser: one family of refresh tokens.

    The tokens themselves are derived (auth/refresh.py): `sequence` says which one is good now, so an older
    one that comes back is known to be stolen or replayed.
    """

    __tablename__ = "sign_in_session"

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(32))
    sequence: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    rotated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    id_token: Mapped[str | None] = mapped_column(Text)
    """The provider's id token, sealed: it wants it back when the session ends. None for a code by e-mail."""


class LinkedIdentity(Base):
    """Who an account is at the OIDC provider: one person there, one account here, and the other way round."""

    __tablename__ = "linked_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("account_id", "issuer"))

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]
