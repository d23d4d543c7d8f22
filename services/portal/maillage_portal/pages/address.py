"""My new address, until the code that was mailed there has come back."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.visit import Signed, Visit

router = APIRouter()
PAGE = "/mon-profil/adresse"


async def _code_page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    me = await visit.myself()
    if not me["pending_email"]:
        return visit.go("/mon-profil")
    return await visit.page("my_address.html", status, form, wanted=me["pending_email"], present=me["email"])


@router.get(PAGE)
async def ask_code(visit: Signed) -> Response:
    """Which address waits, and a field for its code."""
    return await _code_page(visit)


@router.post(PAGE)
async def confirm(visit: Signed) -> Response:
    """The code: from now on the new address is hers."""
    form = await read_form(visit.request)
    try:
        answer = await visit.api.post("directory", "/me/email/confirm", {"code": text(form, "code") or ""})
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return await _code_page(visit, problem.status, FormState.refused({}, problem))
    visit.say(visit._("C'est fait : vos messages arrivent à %(email)s.", email=answer.body["email"]))
    return visit.go("/mon-profil")


@router.post(f"{PAGE}/autre-code")
async def another_code(visit: Signed) -> Response:
    """Has another code mailed to the address that waits."""
    me = await visit.myself()
    if me["pending_email"]:
        path = f"/coordinators/{me['id']}"
        version = (await visit.api.fetch("directory", path)).version
        try:
            await visit.api.send("PATCH", "directory", path, {"email": me["pending_email"]}, version=version)
        except ApiProblem as problem:
            if problem.status != 429:
                raise
            return await _code_page(visit, 429, FormState.refused({}, problem))
        visit.say(visit._("Un autre code vient de partir."))
    return visit.go(PAGE)


@router.post(f"{PAGE}/garder")
async def keep(visit: Signed) -> Response:
    """Leaves the address as it is."""
    await visit.api.post("directory", "/me/email/cancel")
    visit.say(visit._("Votre adresse reste la même."))
    return visit.go("/mon-profil")
