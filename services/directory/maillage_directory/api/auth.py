"""Signing in and out. These routes take no Idempotency-Key: an answer with tokens must not be kept."""

from fastapi import BackgroundTasks, Request
from maillage.auth import Maybe
from maillage.http import service_router
from maillage.service import Running
from starlette.responses import Response

from maillage_directory import auth
from maillage_directory.api.parts import Settings
from maillage_directory.errors import CodeRefused, RefreshRefused
from maillage_directory.schemas.auth import (
    CodeGrant,
    CodeRequestBody,
    CodeRequested,
    ExchangeGrant,
    Grant,
    Jwks,
    LogoutBody,
    TokensOut,
)

router = service_router(prefix="/auth", tags=["auth"])
NO_STORE = {"Cache-Control": "no-store"}


@router.post("/codes", status_code=202)
async def request_code(
    request: Request, settings: Settings, body: CodeRequestBody, after: BackgroundTasks
) -> CodeRequested:
    """Mails a code to the address if it is somebody's. The answer and its time are the same if it is not."""
    service: Running = request.app.state.service
    ip = request.client.host if request.client else ""
    async with service.db.write() as session:
        wanted = await auth.request_code(session, settings, body.email, ip)
    if wanted is not None:
        after.add_task(auth.mail_code, service.mailer, wanted)
    return CodeRequested(expires_in=settings.code_lifetime_seconds)


@router.post("/tokens")
async def get_tokens(
    request: Request, settings: Settings, caller: Maybe, body: Grant, response: Response
) -> TokensOut:
    """Tokens for a code, for the refresh token of a session, or for a person an administrator acts for."""
    service: Running = request.app.state.service
    response.headers.update(NO_STORE)
    if isinstance(body, ExchangeGrant):
        async with service.db.read() as session:
            token = await auth.token_for(session, settings, caller, body.subject)
        return TokensOut(access_token=token, expires_in=auth.LIFETIME_SECONDS)
    # Committed whatever the outcome: a wrong try must count, a stolen token must end its session.
    async with service.db.write() as session:
        if isinstance(body, CodeGrant):
            account = await auth.redeem_code(session, settings, body.email, body.code)
            tokens = await auth.open_session(session, settings, account) if account else None
        else:
            tokens = await auth.refresh_session(session, settings, body.refresh_token)
    if tokens is None:
        raise CodeRefused if isinstance(body, CodeGrant) else RefreshRefused
    return TokensOut(
        access_token=tokens.access_token, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in
    )


@router.post("/logout", status_code=204)
async def logout(request: Request, settings: Settings, body: LogoutBody) -> None:
    """Ends the session of a refresh token."""
    async with request.app.state.service.db.write() as session:
        await auth.close_session(session, settings, body.refresh_token)


@router.get("/jwks.json")
async def get_jwks(settings: Settings) -> Jwks:
    """The public keys of the issuer."""
    return Jwks.model_validate(auth.issuer_keys(settings).signer(settings).jwks())
