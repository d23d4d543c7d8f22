"""For animators: preparing a seminar. Facts, workshops, publishing, cancelling, closing."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal import words
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.seminar_form import local_input, seminar_body, workshop_body
from maillage_portal.seminar_view import slots
from maillage_portal.visit import AsAnimator, Visit

router = APIRouter(prefix="/animer/seminaires")

_LASTING = (404, 412)
"""Refusals that the form cannot mend."""


def _must_raise(problem: ApiProblem) -> bool:
    return problem.status >= 500 or problem.status in _LASTING


@router.get("/nouveau")
async def new_seminar(visit: AsAnimator) -> Response:
    """An empty form; what it makes is a draft that only animators see."""
    return await _form_page(visit, {})


@router.post("/nouveau")
async def create_seminar(visit: AsAnimator) -> Response:
    """Makes the draft."""
    form = await read_form(visit.request)
    try:
        answer = await visit.api.post("events", "/seminars", seminar_body(form), once=text(form, "once"))
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        return await _form_page(visit, {}, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Le brouillon est prêt. Ajoutez les ateliers, puis publiez."))
    return visit.go(f"/animer/seminaires/{answer.body['id']}")


@router.get("/{seminar_id}")
async def prepare(visit: AsAnimator, seminar_id: str) -> Response:
    """The seminar's state, its workshops and what can be done with it."""
    return await _desk_page(visit, seminar_id)


@router.get("/{seminar_id}/modifier")
async def edit_seminar(visit: AsAnimator, seminar_id: str) -> Response:
    """The form, filled in."""
    fetched = await visit.api.fetch("events", f"/seminars/{seminar_id}")
    return await _form_page(visit, fetched.body, version=fetched.version)


@router.post("/{seminar_id}/modifier")
async def save_seminar(visit: AsAnimator, seminar_id: str) -> Response:
    """Saves it, unless somebody changed it meanwhile. Those registered are told of new times and places."""
    form = await read_form(visit.request)
    current = await visit.api.get("events", f"/seminars/{seminar_id}")
    body = seminar_body(form, current["time_zone"])
    version = text(form, "version")
    try:
        await visit.api.send("PATCH", "events", f"/seminars/{seminar_id}", body, version=version)
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        return await _form_page(visit, current, problem.status, FormState.refused(form, problem), version)
    visit.say(visit._("Le séminaire est enregistré."))
    return visit.go(f"/animer/seminaires/{seminar_id}")


@router.post("/{seminar_id}/etat/{action}")
async def change_state(visit: AsAnimator, seminar_id: str, action: str) -> Response:
    """Publishes, cancels or closes the seminar, or throws a draft away."""
    known = {
        "publier": ("publish", visit._("Le séminaire est publié : les inscriptions suivent leurs dates.")),
        "annuler": ("cancel", visit._("Le séminaire est annulé. Les personnes inscrites sont prévenues.")),
        "clore": ("complete", visit._("Le séminaire est clos. Merci de l'avoir porté.")),
    }
    if action not in known:
        raise ApiProblem(404)
    verb, said = known[action]
    form = await read_form(visit.request)
    try:
        await visit.api.post("events", f"/seminars/{seminar_id}/{verb}", once=text(form, "once"))
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        return await _desk_page(visit, seminar_id, problem.status, FormState.refused(form, problem))
    visit.say(said)
    return visit.go(f"/animer/seminaires/{seminar_id}")


@router.get("/{seminar_id}/ateliers/nouveau")
async def new_workshop(visit: AsAnimator, seminar_id: str) -> Response:
    """An empty workshop; its day is the seminar's first."""
    return await _workshop_page(visit, seminar_id, {})


@router.post("/{seminar_id}/ateliers/nouveau")
async def add_workshop(visit: AsAnimator, seminar_id: str) -> Response:
    """Adds it."""
    form = await read_form(visit.request)
    seminar = await visit.api.get("events", f"/seminars/{seminar_id}")
    body = workshop_body(form, seminar["time_zone"])
    try:
        await visit.api.post("events", f"/seminars/{seminar_id}/workshops", body, once=text(form, "once"))
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        return await _workshop_page(visit, seminar_id, {}, problem.status, FormState.refused(form, problem))
    visit.say(visit._("L'atelier est ajouté."))
    return visit.go(f"/animer/seminaires/{seminar_id}")


@router.get("/{seminar_id}/ateliers/{workshop_id}")
async def edit_workshop(visit: AsAnimator, seminar_id: str, workshop_id: str) -> Response:
    """The workshop's form, filled in."""
    fetched = await visit.api.fetch("events", f"/workshops/{workshop_id}")
    return await _workshop_page(visit, seminar_id, fetched.body, version=fetched.version)


@router.post("/{seminar_id}/ateliers/{workshop_id}")
async def save_workshop(visit: AsAnimator, seminar_id: str, workshop_id: str) -> Response:
    """Saves the workshop, or removes it when that button was pressed."""
    form = await read_form(visit.request)
    seminar, current = await together(
        visit.api.get("events", f"/seminars/{seminar_id}"),
        visit.api.get("events", f"/workshops/{workshop_id}"),
    )
    remove, version = text(form, "remove") == "yes", text(form, "version")
    body = None if remove else workshop_body(form, seminar["time_zone"])
    try:
        method = "DELETE" if remove else "PATCH"
        await visit.api.send(method, "events", f"/workshops/{workshop_id}", body, version=version)
    except ApiProblem as problem:
        if _must_raise(problem):
            raise
        state = FormState.refused(form, problem)
        return await _workshop_page(visit, seminar_id, current, problem.status, state, version)
    visit.say(visit._("L'atelier est retiré.") if remove else visit._("L'atelier est enregistré."))
    return visit.go(f"/animer/seminaires/{seminar_id}")


async def _desk_page(visit: Visit, seminar_id: str, status: int = 200, form: FormState = NO_FORM) -> Response:
    seminar, vocabulary = await together(
        visit.api.get("events", f"/seminars/{seminar_id}"), visit.house.vocabulary(visit.api)
    )
    context: Json = {"seminar": seminar, "vocabulary": vocabulary, "slots": slots(seminar["workshops"], [])}
    return await visit.page("seminar_desk.html", status, form, **context)


async def _form_page(
    visit: Visit, seminar: Json, status: int = 200, form: FormState = NO_FORM, version: str | None = None
) -> Response:
    vocabulary = await visit.house.vocabulary(visit.api)
    context: Json = {
        "seminar": seminar,
        "version": version,
        "vocabulary": vocabulary,
        "departments": words.DEPARTMENTS,
        "local": local_input,
    }
    return await visit.page("seminar_form.html", status, form, **context)


async def _workshop_page(
    visit: Visit,
    seminar_id: str,
    workshop: Json,
    status: int = 200,
    form: FormState = NO_FORM,
    version: str | None = None,
) -> Response:
    seminar, vocabulary = await together(
        visit.api.get("events", f"/seminars/{seminar_id}"), visit.house.vocabulary(visit.api)
    )
    context: Json = {
        "seminar": seminar,
        "workshop": workshop,
        "version": version,
        "vocabulary": vocabulary,
        "local": local_input,
    }
    return await visit.page("workshop_form.html", status, form, **context)
