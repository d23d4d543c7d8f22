"""Seminars: the list, one with its workshops and the registration card, and its calendar file."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.abroad_view import my_visits, open_seminars, standing
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.files import as_appointment
from maillage_portal.formats import moment
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.seminar_view import active, slots, upcoming
from maillage_portal.visit import Anyone, Signed, Visit

router = APIRouter()


@router.get("/seminaires")
async def seminars_page(visit: Anyone) -> Response:
    """What is to come, and what has been."""
    seminars, mine, abroad, visits, vocabulary = await together(
        visit.api.all("events", "/seminars"),
        _mine(visit),
        open_seminars(visit),
        my_visits(visit),
        visit.house.vocabulary(visit.api),
    )
    ahead, over = upcoming([one for one in seminars if one["status"] != "draft"], datetime.now(UTC))
    ahead.sort(key=lambda one: one["status"] == "cancelled")  # stable: those that take place first, by date
    held = {one["seminar_id"]: one for one in mine if one["status"] != "cancelled"}
    context: Json = {"abroad": abroad, "asked": standing(visits), "vocabulary": vocabulary}
    return await visit.page("seminars.html", ahead=ahead, over=over, held=held, **context)


@router.get("/seminaires/{key}.ics")
async def seminar_calendar(visit: Anyone, key: str) -> Response:
    """The seminar as a calendar file."""
    answer = await visit.api.fetch("events", f"/seminars/{key}.ics")
    return as_appointment(answer)


@router.get("/seminaires/{key}")
async def seminar_page(visit: Anyone, key: str) -> Response:
    """One seminar; signed in, with the form to register."""
    return await _page(visit, key)


@router.post("/seminaires/{key}/inscription")
async def register(visit: Signed, key: str) -> Response:
    """Registers the visitor with one workshop a slot, or shows why not beside what she chose."""
    form = await read_form(visit.request)
    seminar = await visit.api.get("events", f"/seminars/{key}")
    chosen = [value for name, value in form.items() if name.startswith("slot-") and isinstance(value, str)]
    body: Json = {"workshop_ids": [one for one in chosen if one], "answers": {}}
    if needs := text(form, "needs"):
        body["answers"] = {"needs": needs}
    try:
        answer = await visit.api.post(
            "events", f"/seminars/{seminar['id']}/registrations", body, once=text(form, "once")
        )
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return await _page(visit, key, problem.status, FormState.refused(form, problem), body["workshop_ids"])
    return visit.go(f"/inscriptions/{answer.body['id']}?nouvelle=1")


async def _mine(visit: Visit) -> list[Json]:
    return await visit.api.all("events", "/me/registrations") if await visit.me() else []


async def _page(
    visit: Visit, key: str, status: int = 200, form: FormState = NO_FORM, chosen: list[str] | None = None
) -> Response:
    seminar, mine, vocabulary = await together(
        visit.api.get("events", f"/seminars/{key}"), _mine(visit), visit.house.vocabulary(visit.api)
    )
    registration = active(mine, seminar["id"])
    held = [one["workshop_id"] for one in registration["workshops"]] if registration else []
    colleagues = await _colleagues(visit, seminar)
    context: Json = {
        "seminar": seminar,
        "registration": registration,
        "slots": slots(seminar["workshops"], chosen if chosen is not None else held),
        "vocabulary": vocabulary,
        "colleagues": colleagues,
        "over": moment(seminar["ends_at"]) < datetime.now(UTC),
        "early": moment(seminar["registration_opens_at"]) > datetime.now(UTC),
    }
    return await visit.page("seminar.html", status, form, **context)


async def _colleagues(visit: Visit, seminar: Json) -> list[Json]:
    """Who comes (or came), as far as each lets the visitor see."""
    if not await visit.me():
        return []
    path = f"/seminars/{seminar['id']}/registrations"
    answer = await visit.api.optional("events", path, status="confirmed", limit=200)
    return [one for one in (answer or {}).get("items", []) if one["coordinator"]]
