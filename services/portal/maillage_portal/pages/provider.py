"""Signing in through the OIDC provider, and linking one's account with one's identity there.

The portal sends the browser there and receives it back; the directory verifies what it brings. The flow is in
the session cookie, so an answer is worth something only in the browser that began.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from maillage_portal.errors import ApiProblem, PortalError, SignInNeeded
from maillage_portal.language import adopt_language
from maillage_portal.visit import Anyone, Signed, Visit, safe_next

router = APIRouter()
CANCELLED = ("access_denied", "login_required", "interaction_required", "consent_required")


@router.get("/connexion/fournisseur")
async def go_to_provider(visit: Anyone, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Begins a sign-in at the provider."""
    try:
        url = await _begin(visit, safe_next(next), linking=False)
    except ApiProblem as problem:
        return await _refused(visit, problem.code, problem.status)
    return RedirectResponse(url, 303)


@router.get("/connexion/retour")
async def come_back(visit: Anyone, code: str = "", state: str = "", error: str = "") -> Response:
    """What the provider sent the browser back with; a flow is good for one answer."""
    session = visit.session
    if session is None or session.flow is None:
        return await _refused(visit, "sign-in-failed", 400)
    visit.session = replace(session, flow=None, target=None, linking=False)
    if error or not code:
        return await _refused(visit, "cancelled" if error in CANCELLED else "sign-in-failed", 400)
    body = {"code": code, "state": state, "flow": session.flow}
    try:
        if session.linking:
            await visit.api.post("directory", "/auth/identities", body)
            visit.say(visit._("C'est fait : la prochaine fois, un seul bouton suffit."))
            return visit.go("/mon-profil/connexion")
        grant = {"grant_type": "authorization_code", **body}
        tokens = (await visit.api.post("directory", "/auth/tokens", grant)).body
    except ApiProblem as problem:
        return await _refused(visit, problem.code, problem.status)
    except SignInNeeded:
        return await _refused(visit, "sign-in-failed", 400)
    visit.sign_in(tokens)
    response = visit.go(safe_next(session.target))
    await adopt_language(visit, response)
    return response


@router.get("/mon-profil/connexion")
async def my_sign_in(visit: Signed) -> Response:
    """How I sign in: whether my account is linked with my identity at the provider."""
    ways = await visit.house.ways_in(visit.api)
    links = (await visit.api.get("directory", "/auth/identities"))["items"] if ways["provider"] else []
    return await visit.page("my_sign_in.html", ways=ways, links=links)


@router.post("/mon-profil/connexion")
async def link(visit: Signed) -> Response:
    """Begins the link. A form with its proof: nobody else may start one in my browser."""
    try:
        url = await _begin(visit, "/mon-profil/connexion", linking=True)
    except ApiProblem as problem:
        return await _refused(visit, problem.code, problem.status)
    return await leave(visit, url)


@router.post("/mon-profil/connexion/delier")
async def unlink(visit: Signed) -> Response:
    """Takes the link away."""
    await visit.api.post("directory", "/auth/unlink")
    visit.say(visit._("Le lien est défait."))
    return visit.go("/mon-profil/connexion")


async def leave(visit: Visit, url: str) -> Response:
    """Sends the browser to the provider after a form: forms may only lead to this site, a page may go on."""
    if urlsplit(url).scheme not in ("https", "http"):
        raise PortalError("the provider's address is no web address")
    ways = await visit.house.ways_in(visit.api)
    response = await visit.page("leaving.html", url=url, label=_label(ways))
    response.headers["Refresh"] = f"0;url={url}"
    return response


async def _begin(visit: Visit, target: str, *, linking: bool) -> str:
    """The provider's address; the flow goes into the session. Raises ApiProblem."""
    begun = (await visit.api.post("directory", "/auth/authorizations", {"link": linking})).body
    visit.session = replace(visit.begin(), flow=begun["flow"], target=target, linking=linking)
    return str(begun["authorization_url"])


async def _refused(visit: Visit, code: str, status: int) -> Response:
    """Why there is no entry, and what to do now."""
    ways = await visit.house.ways_in(visit.api)
    contact = visit.house.settings.contact_email
    return await visit.page(
        "sign_in_refused.html", status, code=code, ways=ways, label=_label(ways), contact=contact
    )


def _label(ways: dict[str, dict[str, str] | None]) -> str:
    provider = ways["provider"]
    return provider["label"] if provider else ""
