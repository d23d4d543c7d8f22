"""What a route may ask of its caller, as typed dependencies: `async def read(me: Signed, ...)`.

| dependency | persons of this region | programs (role `service`) | callers of another region |
|---|---|---|---|
| `Maybe` | anyone, signed in or not | with the scope | as visitors |
| `Signed` | signed in | never: the route acts as or for the caller | never |
| `SignedOrService` | signed in | with the scope | as visitors |
| `Animator` | animators and admins | never | never |
| `AnimatorOrService` | animators and admins | with the scope | never |
| `Admin` | admins | never | never |

A visitor of another region has neither roles nor scopes here, whatever her token says: a region's roles end
at its border. What she reads is for the reach of each field to decide.

The scope is the service's own: `events:read` for a GET of the events service, `events:write` for the rest.
It is looked at for every program that a route lets in, so that no route can forget it.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from maillage.auth.principal import READ, WRITE, Principal, scope_of
from maillage.auth.tokens import InvalidToken, TokenVerifier
from maillage.errors import DomainError, Forbidden, InsufficientScope, OtherRegion, PeopleOnly, Unauthorized

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
    service = request.app.state.service
    verifier: TokenVerifier = service.tokens
    try:
        return (await verifier.verify(token.strip())).seen_from(service.settings.region)
    except DomainError as error:
        return error


async def caller_of(request: Request) -> Principal | None:
    """Who is calling, whatever she may do. Raises InvalidToken, and Unavailable when keys cannot be had."""
    await authenticate(request)
    caller = request.state.caller
    if isinstance(caller, DomainError):
        raise caller
    return caller if isinstance(caller, Principal) else None


async def maybe(request: Request, _: Annotated[object, Depends(bearer)]) -> Principal | None:
    caller = await caller_of(request)
    if caller is not None and caller.is_service:
        _require_scope(request, caller)
    return caller


def _require_scope(request: Request, caller: Principal) -> None:
    action = READ if request.method in ("GET", "HEAD") else WRITE
    scope = scope_of(request.app.state.service.name, action)
    if not caller.has_scope(scope):
        raise InsufficientScope(scope)


Maybe = Annotated[Principal | None, Depends(maybe)]


async def signed_or_service(caller: Maybe) -> Principal:
    if caller is None:
        raise Unauthorized
    return caller


SignedOrService = Annotated[Principal, Depends(signed_or_service)]


async def signed(request: Request, caller: SignedOrService) -> Principal:
    return a_person(request, caller)


def a_person(request: Request, caller: Principal | None) -> Principal:
    """The caller, if she is a person of this region, as `Signed`: for a route that asks only in some cases.

    Raises Unauthorized, PeopleOnly, OtherRegion.
    """
    if caller is None:
        raise Unauthorized
    if caller.is_service:
        raise PeopleOnly
    if caller.region != request.app.state.service.settings.region:
        raise OtherRegion
    return caller


Signed = Annotated[Principal, Depends(signed)]


async def animator(caller: Signed) -> Principal:
    if not caller.is_animator:
        raise Forbidden
    return caller


async def animator_or_service(caller: SignedOrService) -> Principal:
    if not (caller.is_service or caller.is_animator):
        raise Forbidden
    return caller


async def admin(caller: Signed) -> Principal:
    if not caller.is_admin:
        raise Forbidden
    return caller


Animator = Annotated[Principal, Depends(animator)]
AnimatorOrService = Annotated[Principal, Depends(animator_or_service)]
Admin = Annotated[Principal, Depends(admin)]


def require_self(caller: Principal, coordinator_id: UUID) -> None:
    """Raises Forbidden unless the caller is that coordinator."""
    if caller.id != coordinator_id:
        raise Forbidden


def require_self_or_animator(caller: Principal, coordinator_id: UUID) -> None:
    """Raises Forbidden unless the caller is that coordinator or an animator."""
    if caller.id != coordinator_id and not caller.is_animator:
        raise Forbidden
