"""The peer: what registering costs with FastAPI, SQLAlchemy and asyncpg and nothing else.

No token, no idempotency, no telemetry, no waiting list: the row locked by SELECT … FOR UPDATE, an insert, an
update and an outbox insert in one transaction. It uses SQLAlchemy's Core, which is quicker than its ORM.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException
from maillage.ids import new_id
from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

METADATA = MetaData()
SEMINAR = Table(
    "seminar",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("confirmed", Integer, nullable=False),
)
REGISTRATION = Table(
    "registration",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("seminar_id", Uuid, ForeignKey("seminar.id"), nullable=False, index=True),
    Column("coordinator_id", Uuid, nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("registered_at", DateTime(timezone=True), nullable=False),
)
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("event_id", Uuid, nullable=False, unique=True),
    Column("type", String(200), nullable=False),
    Column("data", Text, nullable=False),
    Column("published_at", DateTime(timezone=True), index=True),
)


class RegistrationIn(BaseModel):
    """Whom to register."""

    coordinator_id: UUID
    answers: dict[str, Any] = {}


class RegistrationOut(BaseModel):
    """The registration made."""

    id: UUID
    seminar_id: UUID
    seminar_title: str
    coordinator_id: UUID
    status: str
    registered_at: datetime


def build(engine: AsyncEngine) -> FastAPI:
    """The application on this database."""
    app = FastAPI()

    @app.post("/seminars/{seminar_id}/registrations", status_code=201)
    async def register(seminar_id: UUID, body: RegistrationIn) -> RegistrationOut:
        made = {
            "id": new_id(),
            "seminar_id": seminar_id,
            "coordinator_id": body.coordinator_id,
            "status": "confirmed",
            "registered_at": datetime.now(UTC),
        }
        async with engine.begin() as connection:
            locked = select(SEMINAR).where(SEMINAR.c.id == seminar_id).with_for_update()
            seminar = (await connection.execute(locked)).one_or_none()
            if seminar is None:
                raise HTTPException(404)
            if seminar.confirmed >= seminar.capacity:
                raise HTTPException(409)
            await connection.execute(insert(REGISTRATION).values(**made, answers=body.answers))
            counted = update(SEMINAR).where(SEMINAR.c.id == seminar_id)
            await connection.execute(counted.values(confirmed=SEMINAR.c.confirmed + 1))
            fact = json.dumps({"registration_id": str(made["id"]), "seminar_id": str(seminar_id)})
            event = {"event_id": new_id(), "type": "registration.confirmed", "data": fact}
            await connection.execute(insert(OUTBOX).values(**event))
        return RegistrationOut(**made, seminar_title=seminar.title)

    return app


def application() -> FastAPI:
    """For `uvicorn --factory`, on the database of BARE_DATABASE_URL."""
    return build(create_async_engine(os.environ["BARE_DATABASE_URL"], pool_size=8, max_overflow=0))
