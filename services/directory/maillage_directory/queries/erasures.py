"""Receipts of erasures."""

from __future__ import annotations

from uuid import UUID

from maillage import clock
from maillage.errors import NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Erasure
from maillage_directory.model.erasure import COMPLETE
from maillage_directory.schemas.erasure import ConfirmationOut, ErasureOut, RegionConfirmationOut
from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases.erasure import waiting_for, waiting_for_regions


async def one_erasure(session: AsyncSession, settings: DirectorySettings, erasure_id: UUID) -> ErasureOut:
    """A receipt. Raises NotFound."""
    row = await session.get(Erasure, erasure_id)
    if row is None:
        raise NotFound
    return await view(session, settings, row)


async def view(session: AsyncSession, settings: DirectorySettings, row: Erasure) -> ErasureOut:
    """A receipt as it is shown."""
    return ErasureOut(
        id=row.id,
        erasure_id=row.id,
        coordinator_id=row.coordinator_id,
        requested_at=row.requested_at,
        confirm_by=row.confirm_by,
        status=row.status,
        confirmations=[
            ConfirmationOut(service=one.service, erased_at=one.erased_at, counts=one.counts)
            for one in row.confirmations
        ],
        waiting_for=waiting_for(settings, row),
        abroad=[
            RegionConfirmationOut(
                region=one.region, service=one.service, erased_at=one.erased_at, counts=one.counts
            )
            for one in row.abroad
        ],
        waiting_for_regions=await waiting_for_regions(session, settings, row),
        purged=row.purged_at is not None,
        overdue=row.status != COMPLETE and clock.now() > row.confirm_by,
        reminded_at=row.reminded_at,
        completed_at=row.completed_at,
    )
