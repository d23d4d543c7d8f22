"""What a route may ask of its caller, as typed dependencies: `async def read(me: Signed, ...)`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from maillage.auth.principal import Principal
from maillage.auth.tokens import InvalidToken, TokenVerifier
from maillage.errors import DomainError, Forbidden, Unauthorized

# Declares the scheme in the OpenAPI document; reading the header is done by `authenticate`.
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="Access token of the directory")


async def authenticate(request: Request) -> None:
    """Reads the caller's token once per request and keeps the outcome for the dependencies below.

    A bad token is only an error for a route that asks who is calling.
    """
    if hasattr(request.state, "caller"):
        return
    request.state.caller = await _caller(request)


async def _caller(request: Request) -> Principal | DomainError | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return InvalidToken(reason="malformed token")
    verifier: TokenVerifier = request.app.state.service.tokens
    try:
        return await verifier.verify(token.strip())
    except DomainError as error:
        return error


async def maybe(request: Request, _: Annotated[object, Depends(bearer)]) -> Principal | None:
    await authenticate(request)
    caller = request.state.caller
    if isinstance(caller, DomainError):
        raise caller
    return caller if isinstance(caller, Principal) else None


Maybe = Annotated[Principal | None, Depends(maybe)]


async def signed(caller: Maybe) -> Principal:
    if caller is None:
        raise Unauthorized
    return caller


Signed = Annotated[Principal, Depends(signed)]


async def animator(caller: Signed) -> Principal:
    if not caller.is_animator:
        raise Forbidden
    return caller


async def admin(caller: Signed) -> Principal:
    if not caller.is_admin:
        raise Forbidden
    return caller


Animator = Annotated[Principal, Depends(animator)]
Admin = Annotated[Principal, Depends(admin)]


def require_self(caller: Principal, coordinator_id: UUID) -> None:
    """Raises Forbidden unless the caller is that coordinator."""
    if caller.id != coordinator_id:
        raise Forbidden


def require_self_or_animator(caller: Principal, coordinator_id: UUID) -> None:
    """Raises Forbidden unless the caller is that coordinator or an animator."""
    if caller.id != coordinator_id and not caller.is_animator:
        raise Forbidden
