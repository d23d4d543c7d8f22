"""What the fake directory answers about people, CPTS, groups and the map."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fake_data import COUNTRY, OUTLINE, VOCABULARY, profile
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from fake_house import FakeHouse

DIRECTORY = "/api/directory/v1"


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


def _usefulness(item: dict[str, Any], challenge: str | None) -> int:
    told = {one["challenge"]: one["stance"] for one in item["challenges"]}
    return ["can_help", "solved", "working", ""].index(told.get(challenge or "", ""))


def _places(item: dict[str, Any]) -> list[str]:
    return [post["cpts_id"] for post in item["positions"] if not post.get("ended_on")]


def directory(house: FakeHouse) -> APIRouter:
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
        if house.caller(request) is None:
            found = [{**item, "holders": [_nameless(one) for one in item["holders"]]} for item in found]
        placed = [item for item in found if item.get("lat") is not None]
        features = [
            {"geometry": {"type": "Point", "coordinates": [item["lon"], item["lat"]]}, "properties": item}
            for item in placed
        ]
        body = {"features": features, "unplaced": [item for item in found if item not in placed]}
        tag = f'"{hashlib.sha256(json.dumps(body).encode()).hexdigest()[:24]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        return JSONResponse(body, headers={"ETag": tag})

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

    @router.get("/coordinators/overview")
    async def overview(request: Request) -> Any:
        found = (await people(request))["items"]
        query = {name: value for name, value in request.query_params.items() if name != "challenge"}
        unbound = Request({**request.scope, "query_string": urlencode(query).encode()})
        everyone = (await people(unbound))["items"]
        said = Counter(item["challenge"] for one in everyone for item in one.get("challenges") or [])
        challenge = request.query_params.get("challenge")
        found.sort(key=lambda one: _usefulness(one, challenge))
        lines = [{**one, "cpts_ids": _places(one)} for one in found]
        return {
            "total": len(found),
            "challenges": said,
            "cpts_ids": sorted({place for one in lines for place in one["cpts_ids"]}),
            "items": lines[: int(request.query_params.get("limit", 50))],
            "regions": house.linked_regions,
            "map_tag": None,
        }

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

    return router


def _nameless(holder: dict[str, Any]) -> dict[str, Any]:
    return {**holder, "first_name": None, "last_name": None}


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
