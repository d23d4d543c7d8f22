"""Other regions: a person of theirs, a seminar of theirs, and the seat asked for there."""

from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.abroad_view import my_visits, standing
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.files import as_appointment
from maillage_portal.formats import moment
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.visit import Anyone, Signed, Visit

router = APIRouter()


@router.get("/annuaire/ailleurs/{person_id}")
async def neighbour_page(visit: Anyone, person_id: str) -> Response:
    """A person of another region, as far as she shares herself with ours."""
    person, vocabulary = await together(
        visit.api.get("directory", f"/neighbours/{person_id}"), visit.house.vocabulary(visit.api)
    )
    return await visit.page("neighbour.html", person=person, vocabulary=vocabulary)


@router.get("/seminaires/ailleurs/{seminar_id}.ics")
async def calendar(visit: Signed, seminar_id: str) -> Response:
    """The seat held there, as a calendar file."""
    held = standing(await my_visits(visit)).get(seminar_id)
    if held is None:
        raise ApiProblem(404)
    answer = await visit.api.fetch("events", f"/guest-registrations/{held['id']}.ics")
    return as_appointment(answer)


@router.get("/seminaires/ailleurs/{seminar_id}")
async def seminar_page(visit: Anyone, seminar_id: str) -> Response:
    """A seminar of another region; signed in, with where her request stands."""
    return await _page(visit, seminar_id)


@router.post("/seminaires/ailleurs/{seminar_id}/{action}")
async def act(visit: Signed, seminar_id: str, action: str) -> Response:
    """Asks for a seat, gives it up, takes the one offered, or leaves it to the next."""
    known = {
        "inscription": ("", visit._("Votre demande est partie. La réponse arrivera ici et par e-mail.")),
        "annuler": ("cancel", visit._("Votre demande est annulée. Votre place servira.")),
        "accepter": ("accept", visit._("Votre réponse est partie. La confirmation arrivera ici.")),
        "laisser": ("decline", visit._("La place passe à la personne suivante. Merci d'avoir répondu.")),
    }
    if action not in known:
        raise ApiProblem(404)
    verb, said = known[action]
    form = await read_form(visit.request)
    path = f"/neighbour-seminars/{seminar_id}/registrations"
    if verb:
        path = f"/guest-registrations/{text(form, 'request')}/{verb}"
    try:
        await visit.api.post("events", path, once=text(form, "once"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 404:
            raise
        return await _page(visit, seminar_id, problem.status, FormState.refused(form, problem), problem.code)
    visit.say(said)
    return visit.go(f"/seminaires/ailleurs/{seminar_id}")


async def _page(
    visit: Visit, seminar_id: str, status: int = 200, form: FormState = NO_FORM, refusal: str = ""
) -> Response:
    seminar, visits, vocabulary = await together(
        visit.api.get("events", f"/neighbour-seminars/{seminar_id}"),
        my_visits(visit),
        visit.house.vocabulary(visit.api),
    )
    mine = [one for one in visits if one["seminar_id"] == seminar_id]
    latest = max(mine, key=lambda one: str(one["requested_at"]), default=None)
    context: Json = {
        "seminar": seminar,
        "request": standing(visits).get(seminar_id) or latest,
        "standing": seminar_id in standing(visits),
        "refusal": refusal,
        "vocabulary": vocabulary,
        "over": moment(seminar["ends_at"]) < datetime.now(UTC),
    }
    return await visit.page("seminar_abroad.html", status, form, **context)
