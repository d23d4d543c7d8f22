"""The mentoring service, faked: Nadia is asked to accompany Camille, or does; Camille has a pathway."""

from typing import Any

from fake_data import CAMILLE, NADIA, uid
from fastapi import APIRouter
from starlette.responses import JSONResponse

REQUEST, PROPOSAL, MENTORSHIP = uid(400), uid(401), uid(402)
WHY = {
    "score": 90,
    "reasons": [{"code": "distance", "text": "à 24 km"}],
    "against": [{"code": "skills", "text": "n'enseigne pas le budget"}],
}


def _party(key: str, first: str, last: str, cpts: str) -> dict[str, Any]:
    return {"id": key, "first_name": first, "last_name": last, "cpts_id": uid(1), "cpts_name": cpts}


MENTEE = _party(CAMILLE, "Camille", "Roux", "CPTS La Vallée de l'Ubaye")
MENTOR = _party(NADIA, "Nadia", "Benali", "CPTS Briançonnais-Écrins")
PAIR = {"mentee_id": CAMILLE, "mentee": MENTEE, "mentor_id": NADIA, "mentor": MENTOR}
WANTED = {"skills": ["gestion-projet"], "challenges": ["sante-mentale"], "note": "Plutôt le matin."}


def proposal(status: str = "pending") -> dict[str, Any]:
    """Nadia is asked."""
    when = {"made_at": "2026-11-22T08:00:00Z", "answer_by": "2031-11-29T08:00:00Z", "answered_at": None}
    return {
        "id": PROPOSAL,
        "request_id": REQUEST,
        **PAIR,
        **WANTED,
        **WHY,
        **when,
        "rank": 1,
        "status": status,
    }


def search(proposals: list[dict[str, Any]], status: str = "open") -> dict[str, Any]:
    """Camille's search."""
    ends = {"closed_at": None, "closed_reason": None, "closed_text": None}
    opened = {"origin": "arrival", "opened_at": "2026-11-20T08:00:00Z"}
    who = {"mentee_id": CAMILLE, "mentee": MENTEE}
    return {"id": REQUEST, **who, **opened, **WANTED, **ends, "status": status, "proposals": proposals}


def mentorship(*, met: bool = False, status: str = "active") -> dict[str, Any]:
    """Nadia accompanies Camille."""
    held = [{"id": uid(403), "held_on": "2026-11-21", "duration_minutes": 30, "topics": "Le budget"}]
    meetings = held if met else []
    return {
        "id": MENTORSHIP,
        "request_id": REQUEST,
        **PAIR,
        "status": status,
        "started_on": "2026-11-20",
        "ended_on": None,
        "goals": None,
        "meetings": meetings,
        "meetings_count": len(meetings),
        "minutes": 30 * len(meetings),
        "version": 1,
    }


def _step(slug: str, title: str, how: str, done: str | None = None) -> dict[str, Any]:
    told = {"description": "Appelez-les : l'annuaire dit pourquoi.", "due_on": "2026-12-10"}
    return {"slug": slug, "title": title, **told, "done_at": done, "how": how}


def pathway() -> dict[str, Any]:
    """Day 13, one step done out of three."""
    steps = [
        _step("profile-confirmed", "Confirmer mon profil", "auto", "2026-11-12T08:00:00Z"),
        _step("know-peers", "Connaître trois pairs", "manual"),
        _step("seminar-registered", "M'inscrire à un séminaire", "auto"),
    ]
    days = {"started_on": "2026-11-10", "due_on": "2027-02-18", "day": 13, "total_days": 100}
    return {"id": uid(404), **days, "steps": steps, "done": 1, "total": 3, "status": "active"}


OFFER = {
    "active": True,
    "capacity": 2,
    "skills": ["gestion-projet"],
    "challenges": [],
    "note": None,
    "paused_until": None,
    "mentorships": 1,
    "usual_reply_hours": 30,
    "version": 1,
}


class FakeMentoring:
    """What the fake answers; tests change it."""

    def __init__(self) -> None:
        self.proposals: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.mentorships: list[dict[str, Any]] = []
        self.pathway: dict[str, Any] | None = pathway()
        self.mentors = [{**MENTOR, **OFFER, "available": True}]

    def router(self) -> APIRouter:
        """The routes the portal calls."""
        router = APIRouter(prefix="/api/mentoring/v1")

        @router.get("/{name}")
        async def lists(name: str) -> Any:
            return {"items": getattr(self, name), "next": None}

        @router.get("/mentorships/{key}")
        async def pair(key: str) -> Any:
            return self.mentorships[0]

        @router.get("/requests/{key}/suggestions")
        async def suggestions(key: str) -> Any:
            return {"items": [{"mentor_id": NADIA, "mentor": MENTOR, **WHY}]}

        @router.get("/me/mentor-profile")
        async def offer() -> Any:
            return JSONResponse(OFFER, headers={"ETag": '"1"'})

        @router.get("/me/mentoring")
        async def concerns() -> Any:
            asked = [one for one in self.proposals if one["status"] == "pending"]
            active = [one for one in self.mentorships if one["status"] == "active"]
            return {"pathway": self.pathway, "asked": asked, "mentorships": active}

        @router.get("/me/pathway")
        async def mine() -> Any:
            gone = JSONResponse({"code": "no-pathway", "title": "Pas de parcours"}, 404)
            return gone if self.pathway is None else self.pathway

        @router.put("/me/mentor-profile")
        @router.post("/requests", status_code=201)
        @router.post("/me/pathway/steps/{key}/complete")
        @router.post("/{name}/{key}/{verb}")
        async def write(name: str = "", key: str = "", verb: str = "") -> Any:
            return {}

        return router
