"""The language a person reads in: what her browser asks for, else what her profile says."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request
from maillage.http import language_of
from sqlalchemy.ext.asyncio import AsyncSession

from .model import Contact
from .rendering.formats import Language, language


async def reader_language(request: Request, session: AsyncSession, person_id: UUID) -> Language:
    """French or English for this request."""
    if request.headers.get("accept-language"):
        return language(language_of(request))
    contact = await session.get(Contact, person_id)
    return language(contact.language if contact else None)
