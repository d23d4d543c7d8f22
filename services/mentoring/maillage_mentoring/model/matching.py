"""What a mentee seeks, and the mentors asked for her."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from maillage.db import Json, UTCDateTime, Uuid, Versioned
from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from maillage_mentoring.model.base import Base


class RequestStatus(StrEnum):
    OPEN = "open"
    """Nobody is being asked at the moment."""
    PROPOSED = "proposed"
    """At least one mentor has been asked and may still answer."""
    MATCHED = "matched"
    WITHDRAWN = "withdrawn"
    UNMATCHED = "unmatched"
    """Nobody left to ask; tried again when a mentor becomes available."""
    CLOSED = "closed"
    """The mentee left or was erased."""


LIVE = (RequestStatus.OPEN, RequestStatus.PROPOSED)


class Request(Versioned, Base):
    """A search for a mentor. A mentee has one live request at most."""

    __tablename__ = "request"
    __table_args__ = (
        Index(
            "uq_request_live_mentee",
            "mentee_id",
            unique=True,
            sqlite_where=text("status IN ('open', 'proposed')"),
            postgresql_where=text("status IN ('open', 'proposed')"),
        ),
    )

    mentee_id: Mapped[UUID] = mapped_column(Uuid(), index=True)
    origin: Mapped[str] = mapped_column(String(20))
    """arrival, self or handover."""
    position_id: Mapped[UUID | None] = mapped_column(Uuid(), default=None)
    status: Mapped[str] = mapped_column(String(20), default=RequestStatus.OPEN)
    automatic: Mapped[bool] = mapped_column(Boolean(), default=True)
    """Whether the next mentor is asked without her choosing: in her own request, from her first choice on."""
    from_profile: Mapped[bool] = mapped_column(Boolean(), default=True)
    """Whether skills and challenges follow her profile and her CPTS, or are what she asked for."""
    skills: Mapped[list[str]] = mapped_column(Json, default=list)
    challenges: Mapped[list[str]] = mapped_column(Json, default=list)
    note: Mapped[str | None] = mapped_column(Text(), default=None)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime())
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)
    closed_reason: Mapped[str | None] = mapped_column(String(40), default=None)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


class ProposalStatus(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Proposal(Versioned, Base):
    """One mentor asked for one request, with what spoke for and against her when she was asked."""

    __tablename__ = "proposal"
    __table_args__ = (
        Index("ix_proposal_mentor_id_status", "mentor_id", "status"),
        Index("ix_proposal_status_mentor_id", "status", "mentor_id"),
        Index("ix_proposal_mentee_id", "mentee_id"),
        Index(
            "uq_proposal_pending_mentor",
            "request_id",
            "mentor_id",
            unique=True,
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
    )

    request_id: Mapped[UUID] = mapped_column(ForeignKey("request.id"), index=True)
    mentee_id: Mapped[UUID] = mapped_column(Uuid())
    mentor_id: Mapped[UUID] = mapped_column(Uuid())
    rank: Mapped[int] = mapped_column(Integer())
    """1 for the first mentor asked in this request, 2 for the next."""
    status: Mapped[str] = mapped_column(String(20), default=ProposalStatus.PENDING)
    score: Mapped[int] = mapped_column(Integer())
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    against: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime())
    answer_by: Mapped[datetime] = mapped_column(UTCDateTime())
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime(), default=None)
    """When the mentor answered; empty when it expired or was withdrawn."""
    decline_reason: Mapped[str | None] = mapped_column(Text(), default=None)
    withdrawn_because: Mapped[str | None] = mapped_column(String(40), default=None)

    @property
    def is_pending(self) -> bool:
        return self.status == ProposalStatus.PENDING
