"""The newcomer's pathway: the first hundred days as a thread, with what to do at each node."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.visit import Signed, Visit

router = APIRouter()


@router.get("/parcours")
async def my_pathway(visit: Signed) -> Response:
    """Her steps; in plain words when she has none."""
    return await _page(visit)


@router.post("/parcours/{slug}")
async def step_done(visit: Signed, slug: str) -> Response:
    """She says that a step is done (those that no fact can tell)."""
    form = await read_form(visit.request)
    try:
        await visit.api.post("mentoring", f"/me/pathway/steps/{slug}/complete", once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _page(visit, problem.status, FormState.refused(form, problem))
    visit.say(visit._("C'est noté. Une étape de plus."))
    return visit.go(f"/parcours#{slug}")


async def _page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    try:
        pathway = await visit.api.get("mentoring", "/me/pathway")
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        pathway = None
    following = (
        next((step["slug"] for step in pathway["steps"] if not step["done_at"]), "") if pathway else ""
    )
    return await visit.page("pathway.html", status, form, pathway=pathway, following=following)
