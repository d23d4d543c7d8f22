"""What the fake directory answers to whoever signs in, by code or through a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_data import profile
from fake_directory import DIRECTORY
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_house import FakeHouse

GOOD_CODE = "123456"


def sign_in(house: FakeHouse) -> APIRouter:
    router = APIRouter(prefix=DIRECTORY)
    _provider(house, router)

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
