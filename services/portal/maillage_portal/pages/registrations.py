"""My registrations: each with its ticket, its workshops, its calendar file, and the ways out of it."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.abroad_view import apart, my_visits
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.files import as_appointment, content_of
from maillage_portal.formats import moment
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.seminar_view import slots, upcoming
from maillage_portal.visit import Signed, Visit

router = APIRouter()


@router.get("/mes-inscriptions")
async def my_registrations(visit: Signed) -> Response:
    """The ones ahead first, then those over or given up."""
    mine, visits, vocabulary = await together(
        visit.api.all("events", "/me/registrations"), my_visits(visit), visit.house.vocabulary(visit.api)
    )
    kept = [one for one in mine if one["status"] != "cancelled"]
    ahead, over = upcoming(kept, datetime.now(UTC), "seminar_ends_at")
    given_up = [one for one in mine if one["status"] == "cancelled"]
    there, was_there, ended = apart(visits, datetime.now(UTC))
    abroad: Json = {"there": there, "was_there": was_there, "ended": ended, "vocabulary": vocabulary}
    return await visit.page("registrations.html", ahead=ahead, over=over, given_up=given_up, **abroad)


@router.get("/inscriptions/{registration_id}.ics")
async def calendar(visit: Signed, registration_id: str) -> Response:
    """The registration as a calendar file."""
    answer = await visit.api.fetch("events", f"/registrations/{registration_id}.ics")
    return as_appointment(answer)


@router.get("/inscriptions/{registration_id}/billet.svg")
async def ticket(visit: Signed, registration_id: str) -> Response:
    """The ticket's QR code."""
    answer = await visit.api.fetch("events", f"/registrations/{registration_id}/ticket.svg")
    return Response(
        content_of(answer, "image/svg+xml"),
        media_type="image/svg+xml",
        headers={"Cache-Control": "no-store"},
    )


@router.get("/inscriptions/{registration_id}")
async def registration_page(visit: Signed, registration_id: str, nouvelle: int = 0) -> Response:
    """One registration; `nouvelle` greets who has just registered."""
    return await _page(visit, registration_id, new=bool(nouvelle))


@router.post("/inscriptions/{registration_id}/ateliers")
async def change_workshops(visit: Signed, registration_id: str) -> Response:
    """Chooses workshops anew; a seat held is kept until the new one is."""
    form = await read_form(visit.request)
    chosen = [value for name, value in form.items() if name.startswith("slot-") and isinstance(value, str)]
    body = {"workshop_ids": [one for one in chosen if one]}
    path = f"/registrations/{registration_id}"
    try:
        await visit.api.send("PATCH", "events", path, body, version=text(form, "version"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status in (404, 412):
            raise
        return await _page(visit, registration_id, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Vos ateliers sont enregistrés."))
    return visit.go(f"/inscriptions/{registration_id}")


@router.post("/inscriptions/{registration_id}/{action}")
async def answer(visit: Signed, registration_id: str, action: str) -> Response:
    """Accepts or leaves a seat offered, or gives the registration up."""
    known = {
        "accepter": ("accept", visit._("La place est à vous.")),
        "laisser": (
            "decline",
            visit._("La place passe à la personne suivante. Merci d'avoir répondu."),
        ),
        "annuler": (
            "cancel",
            visit._("Votre inscription est annulée. Votre place servira."),
        ),
    }
    if action not in known:
        raise ApiProblem(404)
    verb, said = known[action]
    form = await read_form(visit.request)
    path = f"/registrations/{registration_id}/{verb}"
    try:
        await visit.api.post("events", path, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _page(visit, registration_id, problem.status, FormState.refused(form, problem))
    visit.say(said)
    return visit.go(f"/inscriptions/{registration_id}")


async def _page(
    visit: Visit, registration_id: str, status: int = 200, form: FormState = NO_FORM, new: bool = False
) -> Response:
    fetched = await visit.api.fetch("events", f"/registrations/{registration_id}")
    registration = fetched.body
    seminar, vocabulary = await together(
        visit.api.get("events", f"/seminars/{registration['seminar_id']}"),
        visit.house.vocabulary(visit.api),
    )
    now = datetime.now(UTC)
    me = await visit.myself()
    context: Json = {
        "registration": registration,
        "version": fetched.version,
        "seminar": seminar,
        "vocabulary": vocabulary,
        "slots": slots(seminar["workshops"], [one["workshop_id"] for one in registration["workshops"]]),
        "may_change": moment(seminar["change_until"]) > now and registration["status"] != "cancelled",
        "over": moment(seminar["ends_at"]) < now,
        "own": registration["coordinator_id"] == me["id"],
        "new": new,
    }
    return await visit.page("registration.html", status, form, **context)
