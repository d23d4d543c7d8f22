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

from maillage.auth.asking import Question
from maillage.auth.principal import READ, WRITE, Principal, scope_of
from maillage.errors import Forbidden, InsufficientScope, OtherRegion, PeopleOnly, Unauthorized


def _known(request: Request, caller: Principal | None) -> Principal | None:
    if caller is not None and caller.is_service:
        _require_scope(request, caller)
    return caller


def _require_scope(request: Request, caller: Principal) -> None:
    action = READ if request.method in ("GET", "HEAD") else WRITE
    scope = scope_of(request.app.state.service.name, action)
    if not caller.has_scope(scope):
        raise InsufficientScope(scope)


maybe = Question(_known)
Maybe = Annotated[Principal | None, Depends(maybe)]


def _someone(request: Request, caller: Principal | None) -> Principal:
    known = _known(request, caller)
    if known is None:
        raise Unauthorized
    return known


signed_or_service = Question(_someone, maybe)
SignedOrService = Annotated[Principal, Depends(signed_or_service)]


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


def _person(request: Request, caller: Principal | None) -> Principal:
    return a_person(request, _someone(request, caller))


signed = Question(_person, signed_or_service)
Signed = Annotated[Principal, Depends(signed)]


def _animator(request: Request, caller: Principal | None) -> Principal:
    person = _person(request, caller)
    if not person.is_animator:
        raise Forbidden
    return person


def _animator_or_service(request: Request, caller: Principal | None) -> Principal:
    someone = _someone(request, caller)
    if not (someone.is_service or someone.is_animator):
        raise Forbidden
    return someone


def _admin(request: Request, caller: Principal | None) -> Principal:
    person = _person(request, caller)
    if not person.is_admin:
        raise Forbidden
    return person


animator = Question(_animator, signed)
animator_or_service = Question(_animator_or_service, signed_or_service)
admin = Question(_admin, signed)
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
