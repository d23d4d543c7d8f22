"""API keys of machine clients. An answer with a secret is never kept for an Idempotency-Key."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from maillage import clock
from maillage.auth import Admin
from maillage.http import IfMatch, Page, PageParams, Read, Write, service_router, set_etag
from maillage.http.openapi import problems

from maillage_directory.api.parts import Settings
from maillage_directory.auth import api_keys
from maillage_directory.errors import ApiKeyNameTaken, ApiKeyNotActive, ExpiryOutOfRange, UnknownScope
from maillage_directory.queries import api_keys as queries
from maillage_directory.schemas.api_key import ApiKeyCreate, ApiKeyIssued, ApiKeyOut, ApiKeyRotate, ApiScopes

router = service_router(tags=["api-keys"])


@router.get("/api-scopes")
async def list_api_scopes(settings: Settings, _: Admin) -> ApiScopes:
    """The scopes a key may be given here."""
    return ApiScopes(items=settings.api_scopes)


@router.get("/api-keys")
async def list_api_keys(
    session: Read,
    _: Admin,
    paging: PageParams,
    status: Annotated[Literal["active", "expired", "revoked"] | None, Query()] = None,
) -> Page[ApiKeyOut]:
    """The keys, latest first, with when each was last used."""
    items, cursor = await queries.list_keys(session, paging, status)
    return Page(items=items, next=cursor)


@router.post(
    "/api-keys", status_code=201, responses=problems(UnknownScope, ExpiryOutOfRange, ApiKeyNameTaken)
)
async def create_api_key(
    request: Request, settings: Settings, caller: Admin, body: ApiKeyCreate, response: Response
) -> ApiKeyIssued:
    """Makes a key for a program. The answer is the only place where its secret is shown."""
    async with request.app.state.service.db.write() as session:
        key, secret = await api_keys.create_key(session, settings, caller, body)
        issued = ApiKeyIssued.with_secret(key, secret, clock.now())
    response.headers["Location"] = f"api-keys/{key.id}"
    set_etag(response, issued.version)
    return issued


@router.get("/api-keys/{key_id}")
async def get_api_key(session: Read, _: Admin, key_id: UUID, response: Response) -> ApiKeyOut:
    """One key."""
    found = await queries.one_key(session, key_id)
    set_etag(response, found.version)
    return found


@router.post("/api-keys/{key_id}/rotate", responses=problems(ApiKeyNotActive))
async def rotate_api_key(
    request: Request, caller: Admin, key_id: UUID, body: ApiKeyRotate, response: Response
) -> ApiKeyIssued:
    """Gives a key a new secret, good at once; the one before it goes on working for the overlap."""
    overlap = timedelta(seconds=body.overlap_seconds)
    async with request.app.state.service.db.write() as session:
        key, secret = await api_keys.rotate_key(session, caller, key_id, overlap)
        issued = ApiKeyIssued.with_secret(key, secret, clock.now())
    set_etag(response, issued.version)
    return issued


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(session: Write, caller: Admin, key_id: UUID, version: IfMatch) -> None:
    """Ends a key for good, and the tokens it gave."""
    await api_keys.revoke_key(session, caller, key_id, version)
