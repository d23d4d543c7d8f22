"""What I receive and how: topic by channel, and the hours when mails wait."""

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from maillage_portal.errors import ApiProblem
from maillage_portal.forms import NO_FORM, FormState, read_form, text
from maillage_portal.people import Json
from maillage_portal.visit import Signed, Visit

router = APIRouter(prefix="/preferences")
CHANNELS = ("in_app", "email")


@router.get("")
async def preferences(visit: Signed) -> Response:
    """The grid as it stands."""
    return await _page(visit)


@router.post("")
async def save(visit: Signed) -> Response:
    """Saves the grid. A box that shows the default's own value stays `inherit`."""
    form = await read_form(visit.request)
    current = await visit.api.get("notifications", "/me/preferences")
    body = {"topics": _choices(form, current["topics"]), "quiet_hours": _quiet(form)}
    try:
        path = "/me/preferences"
        await visit.api.send("PUT", "notifications", path, body, version=text(form, "version"))
    except ApiProblem as problem:
        if problem.status >= 500 or problem.status == 412:
            raise
        return await _page(visit, problem.status, FormState.refused(form, problem))
    visit.say(visit._("Vos préférences sont enregistrées."))
    return visit.go("/preferences")


def _choices(form: FormData, topics: list[Json]) -> Json:
    chosen: Json = {}
    for topic in topics:
        for channel in CHANNELS:
            state = topic["channels"].get(channel)
            if state is None or state["locked"]:
                continue
            wanted = "on" if form.get(f"{channel}-{topic['topic']}") else "off"
            kept = wanted if wanted != state["default"] else "inherit"
            chosen.setdefault(topic["topic"], {})[channel] = kept
    return chosen


def _quiet(form: FormData) -> Json | None:
    if not form.get("quiet"):
        return None
    return {
        "start": text(form, "start"),
        "end": text(form, "end"),
        "time_zone": text(form, "time_zone") or "Europe/Paris",
        "weekends": bool(form.get("weekends")),
    }


async def _page(visit: Visit, status: int = 200, form: FormState = NO_FORM) -> Response:
    fetched = await visit.api.fetch("notifications", "/me/preferences")
    context: Json = {"topics": fetched.body["topics"], "quiet": fetched.body["quiet_hours"]}
    return await visit.page("preferences.html", status, form, version=fetched.version, **context)
