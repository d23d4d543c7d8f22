"""My profile: changing it, choosing its reach, and erasing it."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal import profile_form, words
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.visit import Anyone, Signed, Visit

router = APIRouter()


async def _own(visit: Visit) -> tuple[Json, str | None]:
    """Her profile and its version. Raises ApiProblem(404) for an operator, who has none."""
    me = await visit.myself()
    answer = await visit.api.fetch("directory", f"/coordinators/{me['id']}")
    return answer.body, answer.version


async def _form_page(
    visit: Visit, status: int = 200, form: FormState = NO_FORM, version: str | None = None
) -> Response:
    person, current = await _own(visit)
    vocabulary = await visit.house.vocabulary(visit.api)
    groups: dict[str, list[Json]] = {}
    for term in vocabulary.terms("skills"):
        groups.setdefault(str(term.get("group") or ""), []).append(term)
    context: Json = {
        "person": person,
        "version": version or current,
        "vocabulary": vocabulary,
        "skill_groups": groups,
        "skill_choice": profile_form.skill_choice,
        "challenge_choice": profile_form.challenge_choice,
        "words": words,
        "pending_email": (await visit.myself())["pending_email"],
    }
    return await visit.page("profile.html", status, form, **context)


@router.get("/mon-profil")
async def my_profile(visit: Signed) -> Response:
    """The form, filled in with what is known."""
    return await _form_page(visit)


@router.post("/mon-profil")
async def save_profile(visit: Signed) -> Response:
    """Saves the form, unless somebody changed the profile meanwhile."""
    form = await read_form(visit.request)
    me = await visit.myself()
    body = profile_form.changes(form, await visit.house.vocabulary(visit.api))
    version = text(form, "version")
    try:
        saved = await visit.api.send("PATCH", "directory", f"/coordinators/{me['id']}", body, version=version)
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 412:
            raise
        return await _form_page(visit, problem.status, FormState.refused(form, problem), version)
    visit.say(visit._("Votre profil est enregistré."))
    if (saved.body["email"] or "").lower() != body["email"].lower():
        return visit.go("/mon-profil/adresse")  # it waits for its code
    return visit.go(f"/coordonnateurs/{me['id']}")


@router.get("/mon-profil/effacer")
async def ask_erasure(visit: Signed) -> Response:
    """What erasing means, before doing it."""
    _, version = await _own(visit)
    return await visit.page("erase.html", version=version)


@router.post("/mon-profil/effacer")
async def erase(visit: Signed) -> Response:
    """Erases her account, signs her out, and shows the receipt."""
    form = await read_form(visit.request)
    person, current = await _own(visit)
    if text(form, "understood") != "yes":
        told = visit._("Cochez la case pour confirmer : un effacement ne se défait pas.")
        return await visit.page("erase.html", 422, FormState(errors={"understood": told}), version=current)
    answer = await visit.api.send(
        "DELETE", "directory", f"/coordinators/{person['id']}", version=text(form, "version") or current
    )
    visit.sign_out()
    return visit.go(f"/effacements/{answer.body['erasure_id']}")


@router.get("/effacements/{erasure_id}")
async def receipt(visit: Anyone, erasure_id: str) -> Response:
    """The receipt of an erasure: who has confirmed. Its number is the key; it names nobody."""
    erasure = await visit.api.get("directory", f"/erasures/{erasure_id}")
    vocabulary = await visit.house.vocabulary(visit.api)
    return await visit.page("erasure.html", erasure=erasure, vocabulary=vocabulary)
