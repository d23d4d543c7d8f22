"""The database session of a request, as dependencies. Who opens and closes it: TransactionalRoute."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.db.at_once import AtOnce
from maillage.settings import ServiceSettings


async def read_session(request: Request) -> AsyncSession:
    """The request's session, for reading. On a route that also writes it is the writing one."""
    return _session(request)


async def glance_session(request: Request) -> AsyncSession:
    """The request's session for a few statements that happen all the time: each sees a state of its own.

    On PostgreSQL, where that is so within a transaction too, it spares the two round trips around them. It
    could write there; nobody should.
    """
    return _session(request)


async def write_session(request: Request) -> AsyncSession:
    """The request's one transaction; committed before the answer leaves, rolled back on an error."""
    return _session(request)


async def at_once(request: Request) -> AtOnce | AsyncSession:
    """The request's transaction as one statement, on PostgreSQL; its session as of Write when it is to be an
    ordinary one.

    A route that is given an AtOnce may raise NotAtOnce, or any error a transaction would show better: it is
    then run again with the session. One dependency for both: each costs a request about as much as the next.
    """
    found = getattr(request.state, "at_once", None)
    return found if isinstance(found, AtOnce) else _session(request)


def _session(request: Request) -> AsyncSession:
    session = getattr(request.state, "session", None)
    if not isinstance(session, AsyncSession):
        raise TypeError("sessions exist on routes of service_router() only")
    return session


Read = Annotated[AsyncSession, Depends(read_session)]
Glance = Annotated[AsyncSession, Depends(glance_session)]
Write = Annotated[AsyncSession, Depends(write_session)]
Once = Annotated[AtOnce | AsyncSession, Depends(at_once)]


def settings_of(request: Request) -> Any:
    """The service's settings (its own subclass of ServiceSettings)."""
    settings = request.app.state.service.settings
    if not isinstance(settings, ServiceSettings):
        raise TypeError("app.state.service carries no ServiceSettings")
    return settings
