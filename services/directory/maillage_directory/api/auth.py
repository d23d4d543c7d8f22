"""Signing in and out. These routes take no Idempotency-Key: an answer with tokens must not be kept."""

import secrets

from fastapi import BackgroundTasks, Request
from maillage.auth.asking import caller_of
from maillage.errors import NotFound
from maillage.http import address_of, service_router
from maillage.http.openapi import problems
from maillage.service import Running
from starlette.responses import JSONResponse, Response

from maillage_directory import auth
from maillage_directory.api.parts import Language, Settings
from maillage_directory.auth.exchange import ExchangeRefused
from maillage_directory.auth.oidc import provider_of, resume
from maillage_directory.errors import (
    ClientRefused,
    CodeRefused,
    CodesOff,
    NoProvider,
    ProviderAway,
    RefreshRefused,
)
from maillage_directory.schemas.auth import (
    ClientGrant,
    CodeGrant,
    CodeRequestBody,
    CodeRequested,
    ExchangeGrant,
    Grant,
    Jwks,
    LoggedOutOut,
    LogoutBody,
    ProviderGrant,
    TokensOut,
)
from maillage_directory.usecases import identities

router = service_router(prefix="/auth", tags=["auth"])
NO_STORE = {"Cache-Control": "no-store"}


@router.post("/codes", status_code=202)
async def request_code(
    request: Request, settings: Settings, body: CodeRequestBody, after: BackgroundTasks
) -> CodeRequested:
    """Mails a code to the address if it is somebody's. The answer and its time are the same if it is not."""
    if not settings.code_sign_in:
        raise CodesOff
    service: Running = request.app.state.service
    async with service.db.write() as session:
        wanted = await auth.request_code(session, settings, body.email, address_of(request))
    if wanted is not None:
        after.add_task(auth.mail_code, service.mailer, wanted)
    return CodeRequested(expires_in=settings.code_lifetime_seconds)


REFUSALS = (CodeRefused, RefreshRefused, ClientRefused, ExchangeRefused, NotFound, NoProvider, ProviderAway)


@router.post("/tokens", responses=problems(*REFUSALS))
async def get_tokens(
    request: Request, settings: Settings, language: Language, body: Grant, response: Response
) -> TokensOut:
    """Tokens for a code, a refresh token, a provider's word, an API key, or a person an admin acts for."""
    service: Running = request.app.state.service
    response.headers.update(NO_STORE)
    if isinstance(body, ExchangeGrant):
        caller = await caller_of(request)
        async with service.db.read() as session:
            token = await auth.token_for(session, settings, caller, body.subject)
        return TokensOut(access_token=token, expires_in=auth.LIFETIME_SECONDS)
    if isinstance(body, ClientGrant):
        return await _tokens_for_program(request, settings, body)
    if isinstance(body, ProviderGrant):
        return await _tokens_from_provider(request, settings, language, body)
    if isinstance(body, CodeGrant) and not settings.code_sign_in:
        raise CodesOff
    # Committed whatever the outcome: a wrong try must count, a stolen token must end its session.
    async with service.db.write() as session:
        if isinstance(body, CodeGrant):
            account = await auth.redeem_code(session, settings, body.email, body.code)
            tokens = await auth.open_session(session, settings, account) if account else None
        else:
            tokens = await auth.refresh_session(session, settings, body.refresh_token)
    if tokens is None:
        raise CodeRefused if isinstance(body, CodeGrant) else RefreshRefused
    return _answer(tokens)


async def _tokens_for_program(request: Request, settings: Settings, body: ClientGrant) -> TokensOut:
    async with request.app.state.service.db.write() as session:
        given = await auth.service_token(session, settings, body.client_secret, body.client_id, body.scope)
    return TokensOut(
        access_token=given.access_token, expires_in=given.expires_in, scope=" ".join(given.scopes)
    )


async def _tokens_from_provider(
    request: Request, settings: Settings, language: str, body: ProviderGrant
) -> TokensOut:
    """The provider is asked before the transaction begins: a write must not wait for somebody's network."""
    provider = provider_of(request)
    flow = resume(auth.issuer_keys(settings), body.flow, body.state)
    identity, id_token = await provider.redeem(flow, body.code)
    service: Running = request.app.state.service
    async with service.db.write() as session:
        account = await identities.enter(session, settings, identity, language)
        tokens = await auth.open_session(session, settings, account, id_token)
    return _answer(tokens)


def _answer(tokens: auth.Tokens) -> TokensOut:
    return TokensOut(
        access_token=tokens.access_token, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in
    )


@router.post("/logout", status_code=204, response_model=None, responses={200: {"model": LoggedOutOut}})
async def logout(request: Request, settings: Settings, body: LogoutBody) -> Response:
    """Ends the session of a refresh token. 200 when the provider's session is to be ended by the browser."""
    async with request.app.state.service.db.write() as session:
        id_token = await auth.close_session(session, settings, body.refresh_token)
    url = None
    if id_token and settings.oidc_on:
        url = await provider_of(request).end_session_url(id_token, secrets.token_urlsafe(16))
    if url is None:
        return Response(status_code=204)
    return JSONResponse(LoggedOutOut(end_session_url=url).model_dump(), headers=NO_STORE)


@router.get("/jwks.json")
async def get_jwks(settings: Settings) -> Jwks:
    """The public keys of the issuer."""
    return Jwks.model_validate(auth.issuer_keys(settings).signer(settings).jwks())
