"""For animators: who is registered in a seminar, and the door, where tickets become presences."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.visit import AsAnimator, Visit

router = APIRouter(prefix="/animer/seminaires/{seminar_id}")

ORDER = ("confirmed", "offered", "waitlisted", "cancelled")
OTHER = "other"
"""The last group: whoever is in a state that a newer service knows and we do not."""


@router.get("/inscriptions")
async def registrations(visit: AsAnimator, seminar_id: str) -> Response:
    """Everybody by state; the waiting list in its order."""
    return await _registrations_page(visit, seminar_id)


@router.post("/inscriptions")
async def register_somebody(visit: AsAnimator, seminar_id: str) -> Response:
    """Registers a person who asked by phone; outside the window too."""
    form = await read_form(visit.request)
    body: Json = {"coordinator_id": text(form, "coordinator_id"), "workshop_ids": [], "answers": {}}
    try:
        path = f"/seminars/{seminar_id}/registrations"
        await visit.api.post("events", path, body, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _registrations_page(visit, seminar_id, problem.status, FormState.refused(form, problem))
    visit.say(visit._("L'inscription est faite ; la personne est prévenue."))
    return visit.go(f"/animer/seminaires/{seminar_id}/inscriptions")


@router.post("/inscriptions/{registration_id}/annuler")
async def cancel_for(visit: AsAnimator, seminar_id: str, registration_id: str) -> Response:
    """Cancels for somebody; her seat goes to the next."""
    form = await read_form(visit.request)
    path = f"/registrations/{registration_id}/cancel"
    try:
        await visit.api.post("events", path, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _registrations_page(visit, seminar_id, problem.status, FormState.refused(form, problem))
    visit.say(visit._("L'inscription est annulée ; la personne est prévenue."))
    return visit.go(f"/animer/seminaires/{seminar_id}/inscriptions")


@router.get("/accueil")
async def door(visit: AsAnimator, seminar_id: str, atelier: str = "") -> Response:
    """The door: one field for the code, typed or scanned, and who is already here."""
    return await _door_page(visit, seminar_id, atelier)


@router.post("/accueil")
async def check_in(visit: AsAnimator, seminar_id: str) -> Response:
    """Notes a presence. A scanner types the code and presses Enter, so the field is ready for the next."""
    form = await read_form(visit.request)
    workshop = text(form, "workshop_id")
    body = {"ticket_code": text(form, "ticket_code") or "", "workshop_id": workshop}
    try:
        answer = await visit.api.post("events", f"/seminars/{seminar_id}/check-ins", body)
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        state = FormState.refused(form, problem)
        return await _door_page(visit, seminar_id, workshop or "", problem.status, state)
    return await _door_page(
        visit, seminar_id, workshop or "", welcome=answer.body["coordinator_id"], again=answer.status == 200
    )


@router.post("/accueil/{attendance_id}/retirer")
async def undo(visit: AsAnimator, seminar_id: str, attendance_id: str) -> Response:
    """Takes back a presence noted by mistake."""
    fetched = await visit.api.fetch("events", f"/attendances/{attendance_id}")
    path = f"/attendances/{attendance_id}"
    await visit.api.send("DELETE", "events", path, version=fetched.version)
    visit.say(visit._("La présence est retirée."))
    return visit.go(f"/animer/seminaires/{seminar_id}/accueil")


def _place(state: str) -> int:
    """Where a registration stands among the others; one in a state unheard of, last."""
    return ORDER.index(state) if state in ORDER else len(ORDER)


async def _registrations_page(
    visit: Visit, seminar_id: str, status: int = 200, form: FormState = NO_FORM
) -> Response:
    seminar, found, people, vocabulary = await together(
        visit.api.get("events", f"/seminars/{seminar_id}"),
        visit.api.all("events", f"/seminars/{seminar_id}/registrations"),
        visit.api.all("directory", "/coordinators"),
        visit.house.vocabulary(visit.api),
    )
    found.sort(key=lambda one: (_place(one["status"]), one["waitlist_position"] or 0))
    inside = {one["coordinator_id"] for one in found if one["status"] != "cancelled"}
    others = [one for one in people if one["id"] not in inside]
    others.sort(key=lambda one: (one["last_name"] or "", one["first_name"] or ""))
    groups = [(state, [one for one in found if one["status"] == state]) for state in ORDER]
    groups.append((OTHER, [one for one in found if one["status"] not in ORDER]))
    context: Json = {"seminar": seminar, "groups": groups, "others": others, "vocabulary": vocabulary}
    return await visit.page("seminar_registrations.html", status, form, **context)


async def _door_page(
    visit: Visit,
    seminar_id: str,
    workshop_id: str,
    status: int = 200,
    form: FormState = NO_FORM,
    welcome: str | None = None,
    again: bool = False,
) -> Response:
    seminar, expected, here = await together(
        visit.api.get("events", f"/seminars/{seminar_id}"),
        visit.api.all("events", f"/seminars/{seminar_id}/registrations", status="confirmed"),
        visit.api.all("events", f"/seminars/{seminar_id}/attendances", workshop_id=workshop_id),
    )
    wanted = workshop_id or None
    here = [one for one in here if one["workshop_id"] == wanted]
    names = {one["coordinator_id"]: one["coordinator"] for one in expected}
    workshop = next((one for one in seminar["workshops"] if one["id"] == workshop_id), None)
    context: Json = {
        "seminar": seminar,
        "workshop": workshop,
        "expected": expected,
        "here": here[::-1],
        "names": names,
        "welcome": names.get(welcome) if welcome else None,
        "again": again,
    }
    return await visit.page("door_desk.html", status, form, **context)
