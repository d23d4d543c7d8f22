"""One mentorship: who with whom, what they agreed on, when they met, and how it ends."""

from datetime import datetime

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.errors import ApiProblem
from maillage_portal.formats import PARIS
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.seminar_form import number
from maillage_portal.visit import Signed, Visit

router = APIRouter(prefix="/mentorat/{mentorship_id}")


@router.get("")
async def mentorship_page(visit: Signed, mentorship_id: str) -> Response:
    """The pair's page; its content is theirs alone."""
    return await _page(visit, mentorship_id)


@router.post("/rencontres")
async def note_meeting(visit: Signed, mentorship_id: str) -> Response:
    """Notes that they met. The topics stay between the two."""
    form = await read_form(visit.request)
    body = {
        "held_on": text(form, "held_on"),
        "duration_minutes": number(text(form, "duration_minutes")),
        "topics": text(form, "topics"),
    }
    said = visit._("La rencontre est notée.")
    return await _do(visit, mentorship_id, "/meetings", body, said)


@router.post("/fin")
async def end(visit: Signed, mentorship_id: str) -> Response:
    """Ends it, without fault of anybody; looks for another mentor if asked."""
    form = await read_form(visit.request)
    body = {"reason": text(form, "reason") or "completed", "rematch": bool(form.get("rematch"))}
    return await _do(visit, mentorship_id, "/end", body, visit._("C'est noté. Vous êtes tous deux prévenus."))


async def _do(visit: Visit, mentorship_id: str, verb: str, body: object, said: str) -> Response:
    form = await read_form(visit.request)
    try:
        path = f"/mentorships/{mentorship_id}{verb}"
        await visit.api.post("mentoring", path, body, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _page(visit, mentorship_id, problem.status, FormState.refused(form, problem))
    visit.say(said)
    return visit.go(f"/mentorat/{mentorship_id}")


async def _page(visit: Visit, mentorship_id: str, status: int = 200, form: FormState = NO_FORM) -> Response:
    mentorship = await visit.api.get("mentoring", f"/mentorships/{mentorship_id}")
    me = await visit.myself()
    as_mentor = mentorship["mentor_id"] == me["id"]
    other = mentorship["mentee"] if as_mentor else mentorship["mentor"]
    today = datetime.now(PARIS).date().isoformat()
    both = me["id"] in (mentorship["mentor_id"], mentorship["mentee_id"])
    return await visit.page(
        "mentorship.html",
        status,
        form,
        mentorship=mentorship,
        other=other,
        as_mentor=as_mentor,
        both=both,
        today=today,
    )
