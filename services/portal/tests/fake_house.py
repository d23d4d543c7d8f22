"""A stand-in for the four services, so that portal tests need no other: contract-shaped, invented answers.

Names and shapes follow the services' OpenAPI documents; what a page writes is kept in `written`.
"""

from collections import Counter
from typing import Any

from fake_data import COUNTRY, CPTS, OUTLINE, PEOPLE, VOCABULARY, profile
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response

GOOD_CODE = "123456"
DIRECTORY, EVENTS = "/api/directory/v1", "/api/events/v1"
MENTORING, NOTIFICATIONS = "/api/mentoring/v1", "/api/notifications/v1"


class FakeHouse:
    """The state of the fake: who the tokens belong to, what was written, what is broken on purpose."""

    def __init__(self) -> None:
        self.people = {person["id"]: person for person in PEOPLE}
        self.cpts = {item["id"]: item for item in CPTS}
        self.roles: dict[str, list[str]] = {}
        self.written: list[tuple[str, str, Any, dict[str, str]]] = []
        self.queries: list[str] = []
        self.seen_headers: list[dict[str, str]] = []
        self.renewals = 0
        self.pending_email: str | None = None
        self.methods: dict[str, Any] = {"code": True, "provider": None}
        self.end_session: str | None = None
        self.by_flow: dict[str, str] = {}
        self.links: list[dict[str, Any]] = []
        self.expired: set[str] = set()
        self.away: set[str] = set()
        self.refused: dict[str, tuple[int, dict[str, Any]]] = {}
        self.answers: dict[str, Any] = {}
        self.lists: dict[str, Any] = {}
        self.files: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.once: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.app = FastAPI()
        self.app.include_router(_directory(self))
        self.app.middleware("http")(self._gate)

    async def _gate(self, request: Request, call_next: Any) -> Response:
        """Keeps what was written; then a planned refusal, a fixed answer, or the route."""
        path = request.url.path
        self.seen_headers.append(dict(request.headers))
        if request.method != "GET":
            raw = await request.body()
            is_json = "json" in request.headers.get("content-type", "")
            body = (await request.json()) if raw and is_json else raw or None
            self.queries.append(request.url.query)
            self.written.append((request.method, path, body, dict(request.headers)))
        if any(path.startswith(f"/api/{service}/") for service in self.away):
            return JSONResponse({"code": "unavailable", "title": "Indisponible"}, 503)
        if (request.method, path) in self.once:
            status, problem = self.once.pop((request.method, path))
            return JSONResponse(problem, status, media_type="application/problem+json")
        if path in self.refused:
            status, problem = self.refused[path]
            return JSONResponse(problem, status, media_type="application/problem+json")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self.expired:
            return JSONResponse({"code": "token-expired", "title": "Jeton expiré"}, 401)
        if path in self.files:
            content, headers = self.files[path]
            return Response(content, headers=headers)
        if request.method == "GET" and path in self.lists:
            return JSONResponse(self.lists[path])
        if path in self.answers:
            return JSONResponse(self.answers[path], headers={"ETag": '"1"'})
        answer: Response = await call_next(request)
        return answer

    def refuse_once(self, method: str, path: str, status: int, problem: dict[str, Any]) -> None:
        """The next such request is refused with a problem document."""
        self.once[method, path] = (status, problem)

    def caller(self, request: Request) -> str | None:
        """The person whose token the request carries: `token-<id>-<n>`."""
        header = request.headers.get("authorization", "")
        return header.removeprefix("Bearer token-").rsplit("-", 1)[0] if header else None

    def tokens(self, person_id: str, generation: int = 1, expires_in: int = 600) -> dict[str, Any]:
        """A token response of the issuer."""
        access, refresh = f"token-{person_id}-{generation}", f"refresh-{person_id}-{generation}"
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": expires_in,
        }


def page(items: list[Any]) -> dict[str, Any]:
    """A list answer that has everything on one page."""
    return {"items": items, "next": None}


def _matches(item: dict[str, Any], query: dict[str, str], names: tuple[str, ...]) -> bool:
    told = [entry if isinstance(entry, str) else entry["challenge"] for entry in item["challenges"]]
    text = " ".join(str(item.get(name) or "") for name in names).lower()
    return (
        query.get("challenge", told[0] if told else "") in ([*told, ""])
        and query.get("q", "").lower() in text
    )


def _has_stance(item: dict[str, Any], query: dict[str, str]) -> bool:
    return any(
        told["stance"] == query["stance"] and query.get("challenge", told["challenge"]) == told["challenge"]
        for told in item["challenges"]
    )


def _directory(house: FakeHouse) -> APIRouter:
    router = APIRouter(prefix=DIRECTORY)

    @router.get("/vocabulary")
    async def vocabulary() -> Any:
        return VOCABULARY

    @router.get("/outline.geojson")
    async def outline(scope: str = "") -> Any:
        return COUNTRY if scope == "national" else OUTLINE

    @router.get("/cpts")
    async def cpts_list(request: Request) -> Any:
        query = dict(request.query_params)
        found = [item for item in house.cpts.values() if _matches(item, query, ("name",))]
        if "vacant" in query:
            found = [item for item in found if item["vacant"] == (query["vacant"] == "true")]
        return page(found)

    @router.get("/map.geojson")
    async def map_of(request: Request) -> Any:
        found = (await cpts_list(request))["items"]
        placed = [item for item in found if item.get("lat") is not None]
        features = [
            {"geometry": {"type": "Point", "coordinates": [item["lon"], item["lat"]]}, "properties": item}
            for item in placed
        ]
        return {"features": features, "unplaced": [item for item in found if item not in placed]}

    @router.post("/cpts", status_code=201)
    async def cpts_new() -> Any:
        return {"id": "new"}

    @router.patch("/cpts/{key}")
    async def cpts_change(key: str) -> Any:
        return house.cpts[key]

    @router.get("/cpts/{key}")
    async def cpts_one(key: str) -> Any:
        found = next((item for item in house.cpts.values() if key in (item["id"], item["slug"])), None)
        return JSONResponse(found, headers={"ETag": '"1"'}) if found else _missing()

    @router.get("/cpts/{key}/positions")
    async def history(key: str) -> Any:
        held = [
            {
                **post,
                "coordinator_id": person["id"],
                "coordinator": person,
                "successor_id": None,
                "version": 1,
            }
            for person in house.people.values()
            for post in person["positions"]
            if post["cpts_id"] == key
        ]
        return page(held)

    @router.get("/coordinators")
    async def people(request: Request) -> Any:
        query = dict(request.query_params)
        found = [
            item
            for item in (house.people.values() if house.caller(request) else [])
            if "stance" not in query or _has_stance(item, query)
        ]
        names = ("first_name", "last_name", "bio")
        return page([profile(item) for item in found if _matches(item, query, names)])

    @router.get("/coordinators/summary")
    async def summary(request: Request) -> Any:
        found = (await people(request))["items"]
        said = Counter(item["challenge"] for one in found for item in one.get("challenges") or [])
        held = {post["cpts_id"] for one in found for post in one["positions"] if not post.get("ended_on")}
        return {"total": len(found), "challenges": said, "cpts_ids": sorted(held)}

    @router.get("/coordinators/{key}")
    async def person(key: str, request: Request) -> Any:
        found = house.people.get(key)
        if found is None or house.caller(request) is None:
            return _missing()
        return JSONResponse(profile(found, own=house.caller(request) == key), headers={"ETag": '"7"'})

    @router.get("/coordinators/{key}/peers")
    async def peers(key: str) -> Any:
        others = [profile(item) for item in house.people.values() if item["id"] != key][:2]
        return page([_peer(house, item) for item in others])

    @router.patch("/coordinators/{key}")
    async def change(key: str) -> Any:
        return profile(house.people[key], own=True)

    @router.post("/coordinators/{key}/confirm")
    async def confirm(key: str) -> Any:
        return profile(house.people[key], own=True)

    @router.delete("/coordinators/{key}")
    async def erase(key: str) -> Any:
        return JSONResponse(
            {"erasure_id": f"erasure-{key}"}, 202, {"Location": f"{DIRECTORY}/erasures/erasure-{key}"}
        )

    @router.get("/erasures/{key}")
    async def receipt(key: str) -> Any:
        done = {"service": "events", "erased_at": "2026-11-22T08:00:00Z", "counts": {"registration": 2}}
        return {
            "id": key,
            "coordinator_id": key.removeprefix("erasure-"),
            "requested_at": "2026-11-22T07:59:00Z",
            "confirm_by": "2026-12-22T07:59:00Z",
            "status": "pending",
            "confirmations": [done],
            "waiting_for": ["mentoring", "notifications"],
            "purged": False,
        }

    @router.get("/groups")
    async def groups() -> Any:
        return page([_group(house, term) for term in VOCABULARY["challenges"]])

    @router.get("/groups/{slug}")
    async def group(slug: str, request: Request) -> Any:
        term = next((term for term in VOCABULARY["challenges"] if term["slug"] == slug), None)
        if term is None:
            return _missing()
        signed = house.caller(request) is not None
        people = [profile(p) for p in house.people.values() if _has(p, slug)] if signed else []
        cpts = [item for item in house.cpts.values() if slug in item["challenges"]]
        told = {"challenge": slug, "label": term["fr"], "definition": term["definition"]}
        return {**told, "coordinators": people, "cpts": cpts}

    @router.post("/auth/codes", status_code=202)
    async def codes() -> Any:
        return {}

    @router.post("/auth/tokens")
    async def tokens(request: Request) -> Any:
        body = await request.json()
        if body["grant_type"] == "authorization_code":
            return house.tokens(house.by_flow[body["flow"]])
        if body["grant_type"] == "refresh_token":
            house.renewals += 1
            person_id, generation = body["refresh_token"].removeprefix("refresh-").rsplit("-", 1)
            if body["refresh_token"] in house.expired:
                return JSONResponse({"code": "invalid-grant", "title": "Session terminée"}, 400)
            return house.tokens(person_id, int(generation) + 1)
        found = next((p for p in house.people.values() if p["email"] == body["email"]), None)
        if found is None or body["code"] != GOOD_CODE:
            return JSONResponse({"code": "code-refused", "title": "Code refusé"}, 401)
        return house.tokens(found["id"])

    @router.post("/auth/logout", status_code=204)
    async def logout() -> Response:
        if house.end_session:
            return JSONResponse({"end_session_url": house.end_session})
        return Response(status_code=204)

    _provider(house, router)

    @router.get("/me")
    async def me(request: Request) -> Any:
        caller = house.caller(request)
        if caller is None:
            return JSONResponse({"code": "unauthorized", "title": "Connectez-vous"}, 401)
        person = house.people[caller]
        roles = house.roles.get(caller, ["coordinator"])
        own = profile(person, own=True)
        return {
            "id": caller,
            "roles": roles,
            "email": person["email"],
            "pending_email": house.pending_email,
            "language": "fr",
            "region": "fr-pac",
            "coordinator": own,
        }

    return router


def _missing() -> JSONResponse:
    return JSONResponse(
        {"code": "not-found", "title": "Introuvable"}, 404, media_type="application/problem+json"
    )


def _has(person: dict[str, Any], slug: str) -> bool:
    return any(entry["challenge"] == slug for entry in person["challenges"])


def _group(house: FakeHouse, term: dict[str, Any]) -> dict[str, Any]:
    slug = term["slug"]
    people = sum(_has(person, slug) for person in house.people.values())
    cpts = sum(slug in item["challenges"] for item in house.cpts.values())
    return {"challenge": slug, "label": term["fr"], "coordinators": people, "cpts": cpts}


def _peer(house: FakeHouse, person: dict[str, Any]) -> dict[str, Any]:
    cpts = next((c for c in house.cpts.values() if c["id"] == person["positions"][0]["cpts_id"]), None)
    reasons = [
        {"code": "shared-challenge", "text": "deux défis communs"},
        {"code": "near", "text": "à 45 km"},
    ]
    against = [{"code": "no-digital", "text": "n’a pas travaillé sur le numérique"}]
    return {"coordinator": person, "cpts": cpts, "score": 7.5, "reasons": reasons, "against": against}


def _provider(house: FakeHouse, router: APIRouter) -> None:
    """What the directory answers about the OIDC provider."""

    @router.get("/auth/methods")
    async def methods() -> Any:
        return house.methods

    @router.post("/auth/authorizations")
    async def authorizations() -> Any:
        flow = f"flow-{len(house.by_flow) + 1}"
        house.by_flow[flow] = next(iter(house.people))
        return {"authorization_url": f"https://id.example/go?state=s-{flow}", "flow": flow, "expires_in": 900}

    @router.get("/auth/identities")
    async def identities() -> Any:
        return {"items": house.links}

    @router.post("/auth/identities", status_code=201)
    async def link() -> Any:
        house.links = [{"id": "link-1", "issuer": "https://id.example", "linked_at": "2026-11-02T09:00:00Z"}]
        return house.links[0]

    @router.post("/auth/unlink", status_code=204)
    async def unlink() -> Response:
        house.links = []
        return Response(status_code=204)
