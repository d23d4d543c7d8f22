"""Signing in through the OIDC provider: where to go, and linking one's account with one's identity there."""

from fastapi import Request
from maillage.auth import Maybe, Signed
from maillage.auth.dependencies import a_person
from maillage.errors import Forbidden
from maillage.http import Read, Write, problems, service_router
from maillage.service import Running
from starlette.responses import Response

from maillage_directory import auth
from maillage_directory.api.parts import Language, Settings
from maillage_directory.auth.oidc import begin, provider_of, resume, seal
from maillage_directory.auth.oidc.flow import LIFETIME_SECONDS
from maillage_directory.errors import NoProvider, ProviderAway, SignInFailed
from maillage_directory.model import LinkedIdentity
from maillage_directory.schemas.auth import (
    Answered,
    AuthorizationBody,
    AuthorizationOut,
    IdentitiesOut,
    IdentityOut,
    MethodsOut,
    ProviderOut,
    UnlinkBody,
)
from maillage_directory.usecases import identities

router = service_router(prefix="/auth", tags=["auth"])


@router.get("/methods")
async def get_methods(settings: Settings) -> MethodsOut:
    """How people may sign in here: a code by e-mail, the OIDC provider, or both."""
    provider = ProviderOut(label=settings.oidc_label) if settings.oidc_on else None
    return MethodsOut(code=settings.code_sign_in, provider=provider)


@router.post("/authorizations", responses=problems(NoProvider, ProviderAway))
async def start_authorization(
    request: Request,
    settings: Settings,
    caller: Maybe,
    language: Language,
    body: AuthorizationBody,
    response: Response,
) -> AuthorizationOut:
    """Begins a sign-in at the provider. The caller keeps `flow` bound to the browser that it sends there."""
    response.headers["Cache-Control"] = "no-store"
    provider = provider_of(request)
    flow = begin(a_person(request, caller).id if body.link else None)
    url = await provider.authorization_url(flow, language)
    sealed = seal(auth.issuer_keys(settings), flow)
    return AuthorizationOut(authorization_url=url, flow=sealed, expires_in=LIFETIME_SECONDS)


@router.get("/identities")
async def list_identities(session: Read, caller: Signed) -> IdentitiesOut:
    """The links of the caller's account."""
    return IdentitiesOut(items=[_out(each) for each in await identities.links_of(session, caller.id)])


@router.post("/identities", status_code=201, responses=problems(NoProvider, ProviderAway, SignInFailed))
async def add_identity(request: Request, settings: Settings, caller: Signed, body: Answered) -> IdentityOut:
    """Links the caller's account with the identity she has just proved, in a flow begun with `link`."""
    provider = provider_of(request)
    flow = resume(auth.issuer_keys(settings), body.flow, body.state, caller.id)
    identity, _ = await provider.redeem(flow, body.code)
    service: Running = request.app.state.service
    async with service.db.write() as session:
        return _out(await identities.link_identity(session, caller.id, identity))


@router.post("/unlink", status_code=204)
async def unlink(session: Write, caller: Signed, body: UnlinkBody) -> None:
    """Takes the links of an account away: one's own, or anybody's as an administrator."""
    whose = body.account_id or caller.id
    if whose != caller.id and not caller.is_admin:
        raise Forbidden
    await identities.unlink(session, whose)


def _out(link: LinkedIdentity) -> IdentityOut:
    return IdentityOut.model_validate(link, from_attributes=True)
