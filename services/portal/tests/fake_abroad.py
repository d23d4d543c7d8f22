"""Occitanie as the directory and the events service tell of it, faked: two people, one seminar, a request."""

from typing import Any

from fake_data import CAMILLE, uid
from fastapi import APIRouter
from starlette.responses import JSONResponse

GARANCE, QUIET, AWAY, ASKED = uid(400), uid(401), uid(410), uid(420)


def neighbour(key: str = GARANCE, **more: Any) -> dict[str, Any]:
    """A coordinator of Albi who shares everything a card may hold."""
    post = {
        "cpts_id": uid(402),
        "cpts_name": "CPTS du Tarn",
        "title": "coordinator",
        "started_on": "2025-09-01",
        "commune": {"insee": "81004", "name": "Albi"},
        "department": "81",
        "lat": 43.93,
        "lon": 2.15,
    }
    return {
        "id": key,
        "region": "fr-occ",
        "status": "shown",
        "first_name": "Garance",
        "last_name": "Delmas",
        "challenges": [{"challenge": "sante-mentale", "stance": "can_help", "since_year": 2024}],
        "skills": [{"skill": "rgpd", "level": 4, "stance": "offers"}],
        "posts": [post],
        "shared_fields": ["name", "challenges", "skills"],
        "updated_at": "2026-11-01T08:00:00Z",
        **more,
    }


def away(**more: Any) -> dict[str, Any]:
    """A seminar of Occitanie, open, in the year 2031."""
    return {
        "id": AWAY,
        "region": "fr-occ",
        "status": "open",
        "shut_reason": None,
        "title": "Journées d'Occitanie",
        "starts_at": "2031-03-11T08:00:00Z",
        "ends_at": "2031-03-12T16:00:00Z",
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "venue": "Les Augustins",
        "city": "Albi",
        "capacity": 40,
        "seats_left": 7,
        "registration_opens_at": "2026-11-01T08:00:00Z",
        "registration_closes_at": "2031-03-01T08:00:00Z",
        "tracks": ["pilotage"],
        "skills": [],
        "url": "https://occitanie.exemple.fr/journees",
        "sequence": 0,
        "open": True,
        **more,
    }


def asked(**more: Any) -> dict[str, Any]:
    """Camille's request for a seat there, as it was sent."""
    return {
        "id": ASKED,
        "coordinator_id": CAMILLE,
        "host_region": "fr-occ",
        "seminar_id": AWAY,
        "seminar": away(),
        "status": "requested",
        "waitlist_position": None,
        "offer_expires_at": None,
        "accepted_at": None,
        "reason": None,
        "requested_at": "2026-11-20T09:00:00Z",
        "answered_at": None,
        "version": 1,
        **more,
    }


class FakeAbroad:
    """What other regions share with ours, and what was asked of them."""

    def __init__(self) -> None:
        unnamed = neighbour(QUIET, first_name=None, last_name=None, skills=[], posts=[])
        self.people = [neighbour(), unnamed | {"shared_fields": ["challenges"]}]
        self.seminar = away()
        self.visits: list[dict[str, Any]] = []

    def router(self) -> APIRouter:
        """The routes of both services."""
        router = APIRouter(prefix="/api")
        self._people(router)
        self._seminars(router)
        return router

    def _people(self, router: APIRouter) -> None:
        @router.get("/directory/v1/regions")
        async def regions() -> Any:
            return {"items": [{"region": "fr-occ", "coordinators": len(self.people)}]}

        @router.get("/directory/v1/neighbours")
        async def people(q: str = "") -> Any:
            named = [one for one in self.people if q.lower() in (one["last_name"] or "").lower()]
            return {"items": named if q else self.people, "next": None}

        @router.get("/directory/v1/neighbours/{key}")
        async def person(key: str) -> Any:
            return next(one for one in self.people if one["id"] == key)

    def _seminars(self, router: APIRouter) -> None:
        @router.get("/events/v1/neighbour-seminars")
        async def seminars() -> Any:
            return {"items": [self.seminar], "next": None}

        @router.get("/events/v1/neighbour-seminars/{key}")
        async def one_seminar(key: str) -> Any:
            return self.seminar

        @router.get("/events/v1/me/guest-registrations")
        async def visits() -> Any:
            return {"items": self.visits, "next": None}

        @router.post("/events/v1/neighbour-seminars/{key}/registrations")
        async def ask(key: str) -> Any:
            self.visits = [asked()]
            return JSONResponse(self.visits[0], 201)

        @router.post("/events/v1/guest-registrations/{key}/{verb}")
        async def change(key: str, verb: str) -> Any:
            return self.visits[0]
