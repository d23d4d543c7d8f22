"""The receipt of an erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class ConfirmationOut(BaseModel):
    """A service has erased its copy."""

    service: str
    erased_at: datetime
    counts: dict[str, Any]


class RegionConfirmationOut(ConfirmationOut):
    """A service of another region has erased its copy."""

    region: str


class ErasureOut(BaseModel):
    """Who has confirmed, and who has not. Complete once all have, in other regions too, and the stream holds
    nothing of hers.
    """

    id: UUID
    erasure_id: UUID
    coordinator_id: UUID
    requested_at: datetime
    confirm_by: datetime
    status: Literal["pending", "complete"]
    confirmations: list[ConfirmationOut]
    waiting_for: list[str]
    abroad: list[RegionConfirmationOut] = Field(description="what other regions have confirmed")
    waiting_for_regions: list[str] = Field(description="regions linked to ours that have not confirmed yet")
    purged: bool = Field(description="her events are deleted from the stream")
    overdue: bool
    reminded_at: datetime | None
    completed_at: datetime | None
