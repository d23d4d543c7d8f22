"""Mentoring: who accompanies me, whom I accompany, proposals to answer, asking for a mentor, my own offer."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text, texts
from maillage_portal.people import Json
from maillage_portal.seminar_form import number
from maillage_portal.visit import Signed, Visit

router = APIRouter(prefix="/mentorat")
OPEN = ("open", "proposed", "unmatched")


def _final(problem: ApiProblem) -> bool:
    """Whether the form it came from cannot mend a refusal."""
    return problem.status >= 500 or problem.status in (404, 412)


@router.get("")
async def desk(visit: Signed) -> Response:
    """One's own side of mentoring; animators see everybody's below."""
    return await _desk_page(visit)


@router.post("/demande")
async def ask(visit: Signed) -> Response:
    """Opens a search; without choices her profile and her CPTS speak for her."""
    form = await read_form(visit.request)
    body = {
        "skills": texts(form, "skills"),
        "challenges": texts(form, "challenges"),
        "note": text(form, "note"),
    }
    try:
        await visit.api.post("mentoring", "/requests", body, once=text(form, "once"))
    except ApiProblem as problem:
        if _final(problem):
            raise
        return await _desk_page(visit, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Votre demande est ouverte. Choisissez qui solliciter en premier."))
    return visit.go("/mentorat")


@router.post("/demande/{request_id}/proposer")
async def pick(visit: Signed, request_id: str) -> Response:
    """Asks the mentor she chose among the suggestions."""
    form = await read_form(visit.request)
    body = {"mentor_id": text(form, "mentor_id")}
    said = visit._("C'est demandé. Une réponse vient d'ordinaire en quelques jours.")
    return await _do(visit, f"/requests/{request_id}/proposals", said, form=body, once=text(form, "once"))


@router.post("/demande/{request_id}/retirer")
async def withdraw(visit: Signed, request_id: str) -> Response:
    """Ends the search."""
    form = await read_form(visit.request)
    said = visit._("Votre demande est retirée. Vous pourrez en ouvrir une autre quand vous voudrez.")
    return await _do(visit, f"/requests/{request_id}/withdraw", said, once=text(form, "once"))


@router.post("/propositions/{proposal_id}/accepter")
async def accept(visit: Signed, proposal_id: str) -> Response:
    """Says yes: the mentorship begins, both are told."""
    form = await read_form(visit.request)
    said = visit._("Merci. Vous êtes en lien : fixez ensemble un premier rendez-vous.")
    return await _do(visit, f"/proposals/{proposal_id}/accept", said, once=text(form, "once"))


@router.post("/propositions/{proposal_id}/decliner")
async def decline(visit: Signed, proposal_id: str) -> Response:
    """Says no; the next choice is asked. No reason is owed."""
    form = await read_form(visit.request)
    said = visit._("C'est noté. Quelqu'un d'autre est sollicité ; aucun motif ne vous est demandé.")
    body = {"reason": text(form, "reason")}
    return await _do(visit, f"/proposals/{proposal_id}/decline", said, form=body, once=text(form, "once"))


async def _do(
    visit: Visit, path: str, said: str, *, form: Json | None = None, once: str | None = None
) -> Response:
    try:
        await visit.api.post("mentoring", path, form, once=once)
    except ApiProblem as problem:
        if _final(problem):
            raise
        return await _desk_page(visit, problem.status, FormState(message=problem.message))
    visit.say(said)
    return visit.go("/mentorat")


@router.get("/mentors")
async def mentors(visit: Signed) -> Response:
    """Everybody who offers to accompany."""
    found, vocabulary = await together(
        visit.api.all("mentoring", "/mentors"), visit.house.vocabulary(visit.api)
    )
    found.sort(key=lambda one: (not one["available"], one["last_name"] or ""))
    return await visit.page("mentors.html", mentors=found, vocabulary=vocabulary)


@router.get("/mon-offre")
async def my_offer(visit: Signed) -> Response:
    """The form of one's own offer; the first time it is drafted from the profile."""
    return await _offer_page(visit)


@router.post("/mon-offre")
async def save_offer(visit: Signed) -> Response:
    """Saves the offer."""
    form = await read_form(visit.request)
    body = {
        "active": bool(form.get("active")),
        "capacity": number(text(form, "capacity")) or 2,
        "skills": texts(form, "skills"),
        "challenges": texts(form, "challenges"),
        "note": text(form, "note"),
        "paused_until": text(form, "paused_until"),
    }
    try:
        path = "/me/mentor-profile"
        await visit.api.send("PUT", "mentoring", path, body, version=text(form, "version"))
    except ApiProblem as problem:
        if _final(problem):
            raise
        return await _offer_page(visit, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Votre offre est enregistrée. Merci pour qui arrive."))
    return visit.go("/mentorat")


async def _offer_page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    fetched, vocabulary = await together(
        visit.api.fetch("mentoring", "/me/mentor-profile"), visit.house.vocabulary(visit.api)
    )
    context: Json = {"offer": fetched.body, "version": fetched.version, "vocabulary": vocabulary}
    return await visit.page("mentor_offer.html", status, form, **context)


async def _desk_page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    me = await visit.myself()
    proposals, requests, mentorships, offer, vocabulary = await together(
        visit.api.all("mentoring", "/proposals"),
        visit.api.all("mentoring", "/requests"),
        visit.api.all("mentoring", "/mentorships"),
        visit.api.optional("mentoring", "/me/mentor-profile"),
        visit.house.vocabulary(visit.api),
    )
    running = [one for one in mentorships if one["status"] == "active"]
    mine = next((one for one in requests if one["mentee_id"] == me["id"] and one["status"] in OPEN), None)
    suggestions: list[Json] = []
    if mine:
        answer = await visit.api.optional("mentoring", f"/requests/{mine['id']}/suggestions")
        suggestions = (answer or {"items": []})["items"][:5]
    context: Json = {
        "me_id": me["id"],
        "asked": [one for one in proposals if one["mentor_id"] == me["id"] and one["status"] == "pending"],
        "my_mentors": [one for one in running if one["mentee_id"] == me["id"]],
        "my_mentees": [one for one in running if one["mentor_id"] == me["id"]],
        "past": [one for one in mentorships if one["status"] != "active"],
        "search": mine,
        "waiting": [one for one in (mine or {"proposals": []})["proposals"] if one["status"] == "pending"],
        "suggestions": suggestions,
        "offer": offer,
        "vocabulary": vocabulary,
        "everyone": _everyone(requests) if set(me["roles"]) & {"animator", "admin"} else None,
    }
    return await visit.page("mentoring.html", status, form, **context)


def _everyone(requests: list[Json]) -> list[Json]:
    """The searches still open, those without anybody first, then the oldest."""
    still = [one for one in requests if one["status"] in OPEN]
    return sorted(still, key=lambda one: (OPEN.index(one["status"]) == 1, one["opened_at"]))
