"""Fetches the AsyncAPI documents named in the settings, keeping the last good one of each address."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import structlog
from maillage import clock
from maillage.service import Running
from maillage.tasks import stop_if_cancelled
from maillage.trust import trusted
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from .declared import Document, declared
from .model import FetchedDocument

log = structlog.get_logger("maillage.catalogue")
MOST_BYTES = 5_000_000


async def run(running: Running) -> None:
    """Fetch them until the service stops; at once done where none is named."""
    addresses: list[str] = running.settings.catalogue_documents
    async with running.db.write() as session:
        stale = delete(FetchedDocument).where(FetchedDocument.address.not_in(addresses))
        await session.execute(stale)
    if not addresses:
        return
    async with httpx.AsyncClient(verify=trusted(), timeout=10, follow_redirects=False) as client:
        while True:
            stop_if_cancelled()
            for address in addresses:
                await fetch(running, client, address)
            await asyncio.sleep(running.settings.catalogue_documents_seconds)


async def fetch(running: Running, client: httpx.AsyncClient, address: str) -> None:
    """Fetch one document and keep it; a document that cannot be had or read leaves the last one in place."""
    problem, content = None, None
    try:
        content = await _download(client, address)
        declared([content])  # one that cannot be read must not replace one that can
    except httpx.HTTPError as error:
        problem = type(error).__name__
    except (ValueError, TypeError, AttributeError, RecursionError):
        problem, content = "not an AsyncAPI 3 document", None
    async with running.db.write() as session:
        row = await session.get(FetchedDocument, address)
        if row is None:
            row = FetchedDocument(address=address)
            session.add(row)
        row.problem = problem
        if content is not None:
            row.content, row.fetched_at = content, clock.now()
    if problem:
        log.warning("document not fetched", address=address, problem=problem)


async def _download(client: httpx.AsyncClient, address: str) -> Document:
    """The document at an address. Raises HTTPError, and ValueError for anything but an AsyncAPI 3 object."""
    async with client.stream("GET", address) as answer:
        answer.raise_for_status()
        body = b""
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise ValueError("too large")

    found: Any = json.loads(body)
    if not isinstance(found, dict) or not str(found.get("asyncapi", "")).startswith("3."):
        raise ValueError("not an AsyncAPI 3 document")
    return found


async def fetched(session: AsyncSession) -> list[Document]:
    """The documents at hand."""
    rows = await session.scalars(select(FetchedDocument.content).where(FetchedDocument.content.is_not(None)))
    return [content for content in rows if content]
