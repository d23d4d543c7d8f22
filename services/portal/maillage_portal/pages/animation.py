"""For animators: what needs them now, and recording that somebody takes up or leaves a post."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from maillage_portal import words
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.formats import PARIS, moment
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.seminar_view import upcoming
from maillage_portal.visit import AsAnimator, Visit

router = APIRouter(prefix="/animer")


def today() -> str:
    """The day in the region, as a date field shows it."""
    return datetime.now(PARIS).date().isoformat()


@router.get("")
async def desk(visit: AsAnimator) -> Response:
    """Who waits: posts without anybody, people without a mentor, proposals without an answer."""
    vacant, seminars, requests, proposals = await together(
        visit.api.all("directory", "/cpts", vacant="true"),
        visit.api.all("events", "/seminars"),
        visit.api.all("mentoring", "/requests"),
        visit.api.all("mentoring", "/proposals"),
    )
    ahead, over = upcoming(seminars, datetime.now(UTC))
    alone = [one for one in requests if one["status"] in ("unmatched", "open")]
    silent = [one for one in proposals if one["status"] == "pending"]
    silent.sort(key=lambda one: moment(one["answer_by"]))
    return await visit.page(
        "animation.html", vacant=vacant, ahead=ahead, over=over, alone=alone, silent=silent
    )


@router.get("/arrivee")
async def arrival(visit: AsAnimator, cpts: str = "") -> Response:
    """The form: who takes up which post, since when."""
    return await _arrival_page(visit, cpts)


@router.post("/arrivee")
async def record_arrival(visit: AsAnimator) -> Response:
    """Records it; a new person's profile and account are made with it."""
    form = await read_form(visit.request)
    cpts_id = text(form, "cpts") or ""
    body = _position(form)
    if not cpts_id:
        told = FormState(dict(form), {"cpts": visit._("Choisissez la CPTS.")})
        return await _arrival_page(visit, "", 422, told)
    try:
        path = f"/cpts/{cpts_id}/positions"
        answer = await visit.api.post("directory", path, body, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500:
            raise
        return await _arrival_page(visit, cpts_id, problem.status, FormState.refused(form, problem))
    name = answer.body["cpts_name"]
    visit.say(
        visit._(
            "C'est noté : le poste de %(name)s est pourvu. Accueil, parcours et mentorat partent.", name=name
        )
    )
    return visit.go(f"/cpts/{cpts_id}")


def _position(form: FormData) -> Json:
    body: Json = {"title": text(form, "title") or "coordinator", "started_on": text(form, "started_on")}
    if text(form, "who") == "known":
        return body | {"coordinator_id": text(form, "coordinator_id")}
    fields = ("first_name", "last_name", "email", "phone", "language")
    person = {name: text(form, name) for name in fields}
    return body | {"coordinator": {name: value for name, value in person.items() if value}}


async def _arrival_page(visit: Visit, cpts_id: str, status: int = 200, form: FormState = NO_FORM) -> Response:
    cpts, people = await together(
        visit.api.all("directory", "/cpts"), visit.api.all("directory", "/coordinators")
    )
    open_ones = [one for one in cpts if not one["closed_on"]]
    context: Json = {
        "vacant": [one for one in open_ones if one["vacant"]],
        "held": [one for one in open_ones if not one["vacant"]],
        "people": sorted(people, key=lambda one: (one["last_name"] or "", one["first_name"] or "")),
        "cpts_id": cpts_id,
        "today": today(),
        "titles": words.TITLES,
    }
    return await visit.page("arrival.html", status, form, **context)


@router.get("/depart")
async def departures(visit: AsAnimator, q: str = "") -> Response:
    """Whose post ends? Everybody who holds one, by name of the CPTS."""
    cpts = await visit.api.all("directory", "/cpts", q=q, vacant="false")
    return await visit.page("departures.html", cpts=cpts, q=q)


@router.get("/depart/{position_id}")
async def departure(visit: AsAnimator, position_id: str) -> Response:
    """The form: the last day, and who takes over if that is known."""
    return await _departure_page(visit, position_id)


@router.post("/depart/{position_id}")
async def record_departure(visit: AsAnimator, position_id: str) -> Response:
    """Ends the post; registrations, mentorships and the map follow by themselves."""
    form = await read_form(visit.request)
    body = {"ended_on": text(form, "ended_on"), "successor_id": text(form, "successor_id")}
    try:
        path = f"/positions/{position_id}/end"
        answer = await visit.api.post("directory", path, body, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _departure_page(visit, position_id, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Le départ est noté. Les personnes concernées sont prévenues."))
    return visit.go(f"/cpts/{answer.body['cpts_id']}")


async def _departure_page(
    visit: Visit, position_id: str, status: int = 200, form: FormState = NO_FORM
) -> Response:
    position, people = await together(
        visit.api.get("directory", f"/positions/{position_id}"), visit.api.all("directory", "/coordinators")
    )
    others = [one for one in people if one["id"] != position["coordinator_id"]]
    others.sort(key=lambda one: (one["last_name"] or "", one["first_name"] or ""))
    return await visit.page(
        "departure.html", status, form, position=position, people=others, today=today(), titles=words.TITLES
    )
