"""A small service for the tests of the HTTP kit: notes, with everything a resource can have."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI, Query
from maillage.auth import Admin, Animator, Maybe, Signed, require_self_or_animator
from maillage.db import Database, ServiceBase, Versioned, lock_row
from maillage.errors import Conflict, FieldError, Invalid, NotFound, TooMany
from maillage.http import (
    IfMatch,
    Page,
    PageParams,
    Read,
    Write,
    expect_version,
    paginate,
    service_router,
    set_etag,
)
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.testing.clock import TestClock
from maillage.testing.tokens import TokenFactory
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.responses import Response


class Base(ServiceBase, DeclarativeBase):
    """The notes' tables."""


class Note(Versioned, Base):
    __tablename__ = "note"

    text: Mapped[str] = mapped_column(String(200))


class Slip(Conflict):
    code = "slip"
    title_fr = "Un faux pas"
    title_en = "A slip"
    detail_fr = "La note {place} glisse."
    detail_en = "Note {place} slips."


class CountedSlip(TooMany):
    code = "counted-slip"
    keeps_changes = True


class NoteBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=20)
    tags: list[Annotated[str, Field(max_length=5)]] = []


class NoteView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    text: str
    version: int
    updated_at: datetime


class Filters(BaseModel):
    contains: str | None = None
    starting: str | None = None


router = service_router(tags=["notes"])


@router.post("/notes", status_code=201)
async def create(body: NoteBody, session: Write, me: Signed, response: Response) -> NoteView:
    note = Note(text=body.text)
    session.add(note)
    await session.flush()
    set_etag(response, note.version)
    response.headers["Location"] = f"/api/notes/v1/notes/{note.id}"
    return NoteView.model_validate(note)


@router.post("/slips")
async def slip(body: NoteBody, session: Write, me: Signed) -> None:
    session.add(Note(text=body.text))
    await session.flush()
    raise Slip(place=3)


@router.post("/counted-slips")
async def counted_slip(body: NoteBody, session: Write) -> None:
    session.add(Note(text=body.text))
    raise CountedSlip(retry_after=30)


@router.post("/invalid")
async def invalid(body: NoteBody, session: Write) -> None:
    errors: list[FieldError] = [{"pointer": "/text", "detail": "pas ainsi"}]
    raise Invalid("Cette note ne va pas.", errors=errors)


@router.post("/crashes")
async def crash(body: NoteBody, session: Write) -> None:
    session.add(Note(text=body.text))
    await session.flush()
    raise RuntimeError(f"someone wrote {body.text}")


@router.get("/notes")
async def list_notes(
    session: Read, params: PageParams, newest: bool = False, filters: Annotated[Filters, Query()] = Filters()
) -> Page[NoteView]:
    stmt = select(Note)
    if filters.contains:
        stmt = stmt.where(Note.text.contains(filters.contains))
    key = (Note.created_at, Note.id) if newest else None
    rows, cursor = await paginate(session, stmt, params, key=key, descending=newest)
    return Page(items=[NoteView.model_validate(row) for row in rows], next=cursor)


@router.get("/notes/{note_id}", response_model=NoteView)
async def read(note_id: UUID, session: Read, response: Response) -> Any:
    note = await session.get(Note, note_id)
    if note is None:
        raise NotFound
    set_etag(response, note.version)
    return note


@router.patch("/notes/{note_id}")
async def change(
    note_id: UUID, body: NoteBody, version: IfMatch, session: Write, response: Response
) -> NoteView:
    note = await lock_row(session, Note, note_id)
    expect_version(note, version)
    note.text = body.text
    await session.flush()
    set_etag(response, note.version)
    return NoteView.model_validate(note)


@router.post("/animators-only")
async def animators_only(me: Animator) -> dict[str, str]:
    return {"id": str(me.id)}


@router.post("/admins-only")
async def admins_only(me: Admin) -> dict[str, str]:
    return {"id": str(me.id)}


@router.get("/whoami")
async def whoami(me: Maybe) -> dict[str, Any]:
    return {"id": str(me.id) if me else None}


@router.get("/people/{person_id}")
async def person(person_id: UUID, me: Signed) -> dict[str, str]:
    require_self_or_animator(me, person_id)
    return {"id": str(person_id)}


service = Service(name="notes", package="maillage_notes", base=Base, routers=[router])


@dataclass
class Notes:
    """The running service, as seen by a caller who is signed in as `me`."""

    app: FastAPI
    client: httpx.AsyncClient
    tokens: TokenFactory
    me: dict[str, str] = field(default_factory=dict)
    note_model: ClassVar[type[Note]] = Note

    @property
    def db(self) -> Database:
        db: Database = self.app.state.service.db
        return db

    async def write(self, text: str, **headers: str) -> httpx.Response:
        """Posts a note."""
        return await self.client.post("/notes", json={"text": text}, headers=self.me | headers)

    async def texts(self) -> list[str]:
        """The texts in the database."""
        async with self.db.read() as session:
            return list((await session.scalars(select(Note.text).order_by(Note.id))).all())


@pytest.fixture
async def notes(
    database_url: str, tokens: TokenFactory, clock: TestClock, tmp_path: Path
) -> AsyncIterator[Notes]:
    settings = ServiceSettings(
        database_url=database_url, migrate_on_start=False, mailbox_dir=tmp_path, max_body_bytes=10_000
    )
    app = service.build(settings, workers=False, keys=tokens.keys)
    async with app.state.service.db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost:8000/api/notes/v1") as client,
    ):
        yield Notes(app, client, tokens, tokens.coordinator())
