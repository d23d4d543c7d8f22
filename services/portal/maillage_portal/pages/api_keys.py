"""For administrators: the keys with which programs call the services."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from maillage_portal import words
from maillage_portal.api import Json
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text, texts
from maillage_portal.visit import AsAdmin, Visit

router = APIRouter(prefix="/administrer/cles")
HOME = "/administrer/cles"
YEAR = "365"


@router.get("")
async def keys(visit: AsAdmin) -> Response:
    """Every key: those in service, then those that are over."""
    found = await visit.api.all("directory", "/api-keys")
    active = [one for one in found if one["status"] == "active"]
    over = [one for one in found if one["status"] != "active"]
    return await visit.page("api_keys.html", active=active, over=over, scopes=words.SCOPES)


@router.get("/nouvelle")
async def new_key(visit: AsAdmin) -> Response:
    """An empty form."""
    return await _form_page(visit)


@router.post("/nouvelle")
async def create_key(visit: AsAdmin) -> Response:
    """Makes it. The answer itself shows the secret: it is kept nowhere, so there is nowhere to send her."""
    form = await read_form(visit.request)
    days = int(found) if (found := text(form, "days")) in words.KEY_DAYS else int(YEAR)
    body = {
        "name": text(form, "name") or "",
        "scopes": texts(form, "scopes"),
        "expires_at": (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds"),
    }
    try:
        answer = await visit.api.post("directory", "/api-keys", body)
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return await _form_page(visit, problem.status, _refused(visit, form, problem))
    return await _secret_page(visit, answer.body, overlap=None)


@router.get("/{key_id}")
async def one_key(visit: AsAdmin, key_id: str) -> Response:
    """What it may do, when it was last used, and its two ends: a new secret, or none any more."""
    return await _key_page(visit, key_id)


@router.post("/{key_id}/renouveler")
async def rotate_key(visit: AsAdmin, key_id: str) -> Response:
    """Gives it a new secret; a page that the browser sends again gives no second one."""
    form = await read_form(visit.request)
    current = await visit.api.get("directory", f"/api-keys/{key_id}")
    if str(current["version"]) != text(form, "version"):
        told = FormState(message=visit._("Cette clé a changé entre-temps : regardez où elle en est."))
        return await _key_page(visit, key_id, 409, told)
    overlap = found if (found := text(form, "overlap")) in words.OVERLAPS else "86400"
    try:
        path = f"/api-keys/{key_id}/rotate"
        answer = await visit.api.post("directory", path, {"overlap_seconds": int(overlap)})
    except ApiProblem as problem:
        if problem.status != 409:
            raise
        return await _key_page(visit, key_id, problem.status, FormState(message=problem.message))
    return await _secret_page(visit, answer.body, overlap=int(overlap))


@router.post("/{key_id}/revoquer")
async def revoke_key(visit: AsAdmin, key_id: str) -> Response:
    """Ends it for good, once she has said that she knows."""
    form = await read_form(visit.request)
    if text(form, "understood") != "yes":
        told = FormState({}, {"understood": visit._("Cochez la case pour révoquer la clé.")})
        return await _key_page(visit, key_id, 422, told)
    version = f'"{text(form, "version")}"'
    await visit.api.send("DELETE", "directory", f"/api-keys/{key_id}", version=version)
    visit.say(visit._("La clé est révoquée. Le programme n'a plus accès."))
    return visit.go(HOME)


def _refused(visit: Visit, form: FormData, problem: ApiProblem) -> FormState:
    state = FormState.refused(form, problem)
    errors = dict(state.errors)
    if problem.code == "api-key-name-taken":
        errors = {"name": visit._("Une clé en service porte déjà ce nom.")}
    elif "scopes" in errors and not texts(form, "scopes"):
        errors["scopes"] = visit._("Choisissez au moins un droit.")
    return FormState(state.values, errors, state.message)


async def _form_page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    known = (await visit.api.get("directory", "/api-scopes"))["items"]
    options = [(scope, visit._(words.SCOPES[scope]) if scope in words.SCOPES else scope) for scope in known]
    days = [(key, visit._(label)) for key, label in words.KEY_DAYS.items()]
    return await visit.page("api_key_form.html", status, form, options=options, days=days, year=YEAR)


async def _key_page(visit: Visit, key_id: str, status: int = 200, form: FormState = NO_FORM) -> Response:
    key = await visit.api.get("directory", f"/api-keys/{key_id}")
    overlaps = [(value, visit._(label)) for value, label in words.OVERLAPS.items()]
    return await visit.page("api_key.html", status, form, key=key, scopes=words.SCOPES, overlaps=overlaps)


async def _secret_page(visit: Visit, issued: Json, overlap: int | None) -> Response:
    return await visit.page("api_key_secret.html", key=issued, overlap=overlap)
