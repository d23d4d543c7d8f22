"""Reading API keys."""

from __future__ import annotations

from uuid import UUID

from maillage import clock
from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import ApiKey
from maillage_directory.model.api_key import ACTIVE, EXPIRED, REVOKED
from maillage_directory.schemas.api_key import ApiKeyOut


async def list_keys(
    session: AsyncSession, paging: Paging, status: str | None
) -> tuple[list[ApiKeyOut], str | None]:
    """The keys, latest first; of one status when it is given."""
    now, stmt = clock.now(), select(ApiKey)
    alive = ApiKey.revoked_at.is_(None)
    if status == REVOKED:
        stmt = stmt.where(ApiKey.revoked_at.is_not(None))
    elif status == ACTIVE:
        stmt = stmt.where(alive, ApiKey.expires_at > now)
    elif status == EXPIRED:
        stmt = stmt.where(alive, ApiKey.expires_at <= now)
    rows, cursor = await paginate(session, stmt, paging, descending=True)
    return [ApiKeyOut.of(row, now) for row in rows], cursor


async def one_key(session: AsyncSession, key_id: UUID) -> ApiKeyOut:
    """One key. Raises NotFound."""
    key = await session.get(ApiKey, key_id)
    if key is None:
        raise NotFound
    return ApiKeyOut.of(key, clock.now())
