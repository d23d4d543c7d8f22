"""For animators: a list brought from a spreadsheet, looked over line by line, then confirmed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.datastructures import UploadFile
from starlette.responses import Response

from maillage_portal.api import Json, together
from maillage_portal.errors import ApiProblem
from maillage_portal.files import as_file
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.visit import AsAnimator, Visit

router = APIRouter(prefix="/animer/importer")
HOME = "/animer/importer"
PATIENCE = 120.0
"""Seconds: every line of a file goes through what a form would do."""
Form = Literal["csv", "xlsx"]
Shown = Literal["", "create", "update", "unchanged", "refused"]


@router.get("")
async def home(visit: AsAnimator) -> Response:
    """The form, the model files, the columns, and what was brought before."""
    return await _form_page(visit)


@router.post("")
async def check(visit: AsAnimator) -> Response:
    """Has the file checked and shows the report; nothing is changed yet."""
    form = await read_form(visit.request)
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _form_page(visit, 422, FormState({}, {"file": visit._("Choisissez un fichier.")}))
    content, once = await file.read(), text(form, "once") or visit.once()
    try:
        answer = await visit.api.upload(
            "directory", "/imports", file.filename, content, once=once, patience=PATIENCE
        )
    except ApiProblem as problem:
        if problem.status != 422:
            raise
        return await _form_page(visit, 422, FormState({}, {"file": problem.message}))
    return visit.go(f"{HOME}/{answer.body['id']}")


@router.get("/modele.{form}")
async def model(visit: AsAnimator, form: Form) -> Response:
    """An empty list with every column."""
    return as_file(await visit.api.fetch("directory", f"/imports/model.{form}"))


@router.get("/{import_id}")
async def report(
    visit: AsAnimator, import_id: str, voir: Shown = "", suite: Annotated[str, Query(max_length=1000)] = ""
) -> Response:
    """What each line would do or did, or why it is refused."""
    found, page, columns = await together(
        visit.api.fetch("directory", f"/imports/{import_id}"),
        visit.api.get("directory", f"/imports/{import_id}/lines", outcome=voir, cursor=suite, limit=50),
        visit.api.get("directory", "/imports/columns"),
    )
    counts: Json = found.body["counts"]
    context: Json = {
        "one": found.body,
        "version": found.version,
        "page": page,
        "voir": voir,
        "titles": {column["name"]: column["title"] for column in columns["items"]},
        "changing": counts["create"] + counts["update"],
        "total": sum(counts.values()) - counts["erased"],
    }
    return await visit.page("import_report.html", **context)


@router.post("/{import_id}/confirmer")
async def confirm(visit: AsAnimator, import_id: str) -> Response:
    """Does what the report says, or shows it again when the directory has changed since."""
    form = await read_form(visit.request)
    path, version = f"/imports/{import_id}/confirm", text(form, "version")
    try:
        done = await visit.api.send("POST", "directory", path, {}, version=version, patience=PATIENCE)
    except ApiProblem as problem:
        if problem.status not in (409, 412):
            raise
        visit.say(visit._("L'annuaire a changé entre-temps : rien n'est importé. Relisez le rapport."))
        return visit.go(f"{HOME}/{import_id}")
    counts = done.body["counts"]
    num = counts["create"] + counts["update"]
    visit.say(visit.n_("C'est fait : %(num)s ligne importée.", "C'est fait : %(num)s lignes importées.", num))
    return visit.go(f"{HOME}/{import_id}")


@router.post("/{import_id}/oublier")
async def forget(visit: AsAnimator, import_id: str) -> Response:
    """Deletes the lines now instead of in a few days."""
    form = await read_form(visit.request)
    await visit.api.send("DELETE", "directory", f"/imports/{import_id}", version=text(form, "version"))
    visit.say(visit._("Les lignes de ce fichier sont supprimées."))
    return visit.go(HOME)


@router.get("/{import_id}/refus.{form}")
async def refused(visit: AsAnimator, import_id: str, form: Form) -> Response:
    """The refused lines with their reasons, to be corrected."""
    return as_file(await visit.api.fetch("directory", f"/imports/{import_id}/refused.{form}"))


async def _form_page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    columns, earlier = await together(
        visit.api.get("directory", "/imports/columns"), visit.api.get("directory", "/imports", limit=10)
    )
    return await visit.page("import.html", status, form, columns=columns["items"], earlier=earlier["items"])
