"""For animators: entering a CPTS, changing what is said of it, closing it."""

from dataclasses import replace

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.cpts_form import ENDED, communes_text, cpts_body, wrong_communes
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.visit import AsAnimator, Visit

router = APIRouter(prefix="/animer/cpts")

_LASTING = (404, 412)
"""Refusals that the form cannot mend."""


def _must_raise(problem: ApiProblem) -> bool:
    return problem.status >= 500 or problem.status in _LASTING


@router.get("")
async def cpts_list(visit: AsAnimator, q: str = "") -> Response:
    """Every CPTS, or those that a word finds; closed ones last."""
    found, vocabulary = await together(
        visit.api.all("directory", "/cpts", q=q), visit.house.vocabulary(visit.api)
    )
    found.sort(key=lambda one: bool(one["closed_on"]))
    return await visit.page("cpts_list.html", cpts=found, q=q, vocabulary=vocabulary)


@router.get("/nouveau")
async def new_cpts(visit: AsAnimator) -> Response:
    """An empty form."""
    return await _form_page(visit, {})


@router.post("/nouveau")
async def create_cpts(visit: AsAnimator) -> Response:
    """Enters it; whom it has as coordinator is noted as an arrival."""
    form = await read_form(visit.request)
    body = cpts_body(form)
    try:
        answer = await visit.api.post("directory", "/cpts", body, once=text(form, "once"))
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        return await _form_page(visit, {}, problem.status, _refused(visit, form, body, problem))
    visit.say(visit._("La CPTS est dans l'annuaire. Il reste à noter qui la coordonne."))
    return visit.go(f"/cpts/{answer.body['id']}")


@router.get("/{cpts_id}")
async def edit_cpts(visit: AsAnimator, cpts_id: str) -> Response:
    """The form, filled in."""
    fetched = await visit.api.fetch("directory", f"/cpts/{cpts_id}")
    return await _form_page(visit, fetched.body, version=fetched.version)


@router.post("/{cpts_id}")
async def save_cpts(visit: AsAnimator, cpts_id: str) -> Response:
    """Saves it, unless somebody changed it meanwhile."""
    form = await read_form(visit.request)
    current = await visit.api.get("directory", f"/cpts/{cpts_id}")
    body, version = cpts_body(form, current), text(form, "version")
    try:
        await visit.api.send("PATCH", "directory", f"/cpts/{cpts_id}", body, version=version)
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        state = _refused(visit, form, body, problem)
        return await _form_page(visit, current, problem.status, state, version)
    visit.say(visit._("La CPTS est enregistrée."))
    return visit.go(f"/cpts/{cpts_id}")


@router.post("/{cpts_id}/fermer")
async def close_cpts(visit: AsAnimator, cpts_id: str) -> Response:
    """Closes it, or merges it into another; its page and its history stay."""
    form = await read_form(visit.request)
    current = await visit.api.get("directory", f"/cpts/{cpts_id}")
    version, into = text(form, "version"), text(form, "merged_into")
    if text(form, "understood") != "yes":
        told = FormState({}, {"understood": visit._("Cochez la case pour fermer la CPTS.")})
        return await _form_page(visit, current, 422, told, version)
    merged = {"merged_into": into} if into else None
    try:
        await visit.api.send("DELETE", "directory", f"/cpts/{cpts_id}", version=version, params=merged)
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        # The other form on the page shows what is saved: nothing of it was sent.
        told = FormState(message=problem.message)
        return await _form_page(visit, current, problem.status, told, version)
    visit.say(visit._("La CPTS est fermée. Sa page et son histoire restent."))
    return visit.go(f"/cpts/{cpts_id}")


def _refused(visit: Visit, form: FormData, body: Json, problem: ApiProblem) -> FormState:
    """The refusal beside the fields; codes that no commune has are named."""
    state = FormState.refused(form, problem)
    if problem.code == "slug-taken":
        told = visit._("Une autre CPTS porte déjà ce nom.")
        return replace(state, errors={"name": told})
    pointers = [str(error.get("pointer", "")) for error in problem.errors]
    if not any("/communes" in pointer for pointer in pointers):
        return state
    inner = ("insee", "shared", *(("name",) if "/name" not in pointers else ()))
    errors = {name: told for name, told in state.errors.items() if name not in inner}
    if wrong := wrong_communes(pointers, body):
        errors["communes"] = visit.n_(
            "Ce code n'est celui d'aucune commune de la région : %(codes)s.",
            "Ces codes ne sont ceux d'aucune commune de la région : %(codes)s.",
            len(wrong),
            codes=", ".join(wrong),
        )
    elif not body["communes"]:
        errors["communes"] = visit._("Indiquez au moins une commune.")
    return replace(state, errors=errors)


async def _form_page(
    visit: Visit, cpts: Json, status: int = 200, form: FormState = NO_FORM, version: str | None = None
) -> Response:
    vocabulary, everywhere = await together(
        visit.house.vocabulary(visit.api), visit.api.all("directory", "/cpts")
    )
    context: Json = {
        "cpts": cpts,
        "version": version,
        "vocabulary": vocabulary,
        "statuses": [one for one in vocabulary.options("statuses", visit.locale) if one[0] not in ENDED],
        "communes": communes_text(cpts.get("communes", [])),
        "others": [
            (one["id"], one["name"])
            for one in everywhere
            if not one["closed_on"] and one["id"] != cpts.get("id")
        ],
    }
    return await visit.page("cpts_form.html", status, form, **context)
