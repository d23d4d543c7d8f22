"""Signing in with a code sent by e-mail, signing out, and choosing the language."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.errors import ApiProblem, PortalError, SignInNeeded
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.i18n import LOCALES
from maillage_portal.language import adopt_language, keep_language
from maillage_portal.pages.provider import leave
from maillage_portal.visit import Anyone, Visit, safe_next

router = APIRouter()


@router.get("/connexion")
async def ask_address(visit: Anyone, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Step one: the e-mail address."""
    if visit.signed_in and await visit.me():
        return visit.go(safe_next(next))
    return await _address_page(visit, safe_next(next))


async def _address_page(visit: Visit, target: str, status: int = 200, form: FormState = NO_FORM) -> Response:
    ways = await visit.house.ways_in(visit.api)
    return await visit.page("sign_in.html", status, form, next=target, ways=ways)


@router.post("/connexion")
async def send_code(visit: Anyone) -> Response:
    """Asks the directory to send a code; the answer is the same for an unknown address."""
    form = await read_form(visit.request)
    email, target = text(form, "email"), safe_next(text(form, "next"))
    try:
        await visit.api.post("directory", "/auth/codes", {"email": email})
    except ApiProblem as problem:
        return await _address_page(visit, target, problem.status, FormState.refused(form, problem))
    visit.session = replace(visit.begin(), email=email)
    return visit.go("/connexion/code" + (f"?next={quote(target)}" if target != "/" else ""))


@router.get("/connexion/code")
async def ask_code(visit: Anyone, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Step two: the code."""
    email = visit.session.email if visit.session else None
    if email is None:
        return visit.go("/connexion")
    return await visit.page("sign_in_code.html", email=email, next=safe_next(next))


@router.post("/connexion/code")
async def check_code(visit: Anyone) -> Response:
    """Exchanges the code for tokens and starts the signed-in session."""
    form = await read_form(visit.request)
    email = visit.session.email if visit.session else None
    target = safe_next(text(form, "next"))
    if email is None:
        return visit.go("/connexion")
    code = (text(form, "code") or "").replace(" ", "")
    try:
        body = {"grant_type": "code", "email": email, "code": code}
        tokens = (await visit.api.post("directory", "/auth/tokens", body)).body
    except (ApiProblem, SignInNeeded) as problem:
        return await _code_refused(visit, problem, email, target)
    visit.sign_in(tokens)
    response = visit.go(target)
    await adopt_language(visit, response)
    return response


async def _code_refused(visit: Visit, problem: PortalError, email: str, target: str) -> Response:
    if isinstance(problem, ApiProblem) and (problem.status >= 500 or problem.status == 429):
        raise problem
    told = visit._(
        "Ce code n'est pas le bon, ou il n'est plus valable. Vérifiez-le, ou demandez-en un autre."
    )
    return await visit.page(
        "sign_in_code.html", 422, FormState(errors={"code": told}), email=email, next=target
    )


@router.post("/deconnexion")
async def sign_out(visit: Anyone) -> Response:
    """Ends the session here, at the issuer, which answers or not, and at the provider where there is one."""
    end: str | None = None
    if visit.session and visit.session.refresh:
        with suppress(PortalError):
            body = {"refresh_token": visit.session.refresh}
            answer = await visit.api.post("directory", "/auth/logout", body)
            end = answer.body["end_session_url"] if answer.status == 200 else None
    visit.sign_out()
    return await leave(visit, end) if end else visit.go("/")


@router.get("/langue/{language}")
async def choose_language(visit: Anyone, language: str, next: str = "/") -> Response:  # noqa: A002 - as above
    """Keeps the language in this browser, and goes back to the page."""
    response = visit.go(safe_next(next))
    if language in LOCALES:
        keep_language(visit, response, language)
    return response
