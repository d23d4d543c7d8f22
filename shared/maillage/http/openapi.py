"""The OpenAPI document: every operation says which problems it may answer, in the kit's one shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from maillage.auth.dependencies import maybe, signed_or_service
from maillage.errors import DomainError
from maillage.http.links import add_links
from maillage.http.problems import MEDIA_TYPE, Problem
from maillage.http.routing import dependencies_of
from maillage.http.sessions import write_session

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = {"$ref": "#/components/schemas/Problem"}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "Makes sending this request again harmless for a day: the first answer is given again, "
        "with the header `Idempotent-Replayed: true`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 128},
}


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses=`: the domain errors it may answer with, by status, as examples.

    @router.post("/registrations", responses=problems(SeminarFull, AlreadyRegistered))
    """
    found: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        answer = found.setdefault(
            error.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": PROBLEM, "examples": {}}}},
        )
        example = {"code": error.code, "title": error.title_fr, "status": error.status}
        answer["content"][MEDIA_TYPE]["examples"][error.code] = {
            "summary": error.title_en,
            "value": {"type": f"/problems/{error.code}", **example},
        }
        answer["description"] = "; ".join(filter(None, (answer["description"], error.title_en)))
    return found


def operation_id(route: APIRoute) -> str:
    """A name for generated clients: the tag and the function, e.g. `seminars_publish`."""
    return "_".join([*(str(tag) for tag in route.tags[:1]), route.name]).replace("-", "_")


def install_openapi(app: FastAPI) -> None:
    """Replaces the document FastAPI makes by one with our error answers."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to change the document


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(schema.pop("$defs", {}))
    components["Problem"] = schema
    document = _with_page_names(document)
    known = {operation_id(route): dependencies_of(route) for route in _routes(app)}
    for path in document["paths"].values():
        for method in METHODS:
            if method in path:
                _describe(path[method], method, known.get(path[method]["operationId"], set()))
    add_links(document)
    return document


def _routes(app: FastAPI) -> Iterator[APIRoute]:
    for router in app.state.service.spec.routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def _with_page_names(document: dict[str, Any]) -> dict[str, Any]:
    """`Page_CptsOut_` -> `CptsOutPage`, as the model says: the key is what clients call the type."""
    schemas = document["components"]["schemas"]
    names = {key: schema["title"] for key, schema in schemas.items() if key.startswith("Page_")}
    text = json.dumps(document)
    for key, name in names.items():
        text = text.replace(f'"#/components/schemas/{key}"', f'"#/components/schemas/{name}"')
    renamed: dict[str, Any] = json.loads(text)
    found = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = {names.get(key, key): schema for key, schema in found.items()}
    return renamed


def _describe(operation: dict[str, Any], method: str, calls: set[Any]) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _without_null(parameter["schema"])
    if operation.get("security") and signed_or_service not in calls:
        operation["security"].append({})  # a token is welcome, not needed
    if method == "post" and {write_session, maybe} <= calls:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    for status, text in _statuses(operation, method).items():
        answer = {"description": text, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}
        responses.setdefault(str(status), answer)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is given or left out, it is never null; clients would name the choice for us."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **kinds[0]}


def _statuses(operation: dict[str, Any], method: str) -> dict[int, str]:
    """What may go wrong with any operation of this form; the route adds what is its own."""
    parameters = operation.get("parameters", ())
    statuses = {400: "Bad request", 429: "Too many requests", 500: "Internal error"}
    if operation.get("security"):
        statuses |= {401: "Sign-in required", 403: "Not allowed", 503: "Unavailable for now"}
    if any(parameter["in"] == "path" for parameter in parameters):
        statuses[404] = "Not found"
    if method != "get":
        statuses |= {
            408: "Body too slow",
            409: "Not possible in the present state",
            413: "Body too large",
        }
    if parameters or "requestBody" in operation:
        statuses[422] = "Invalid data"
    if any(parameter["name"].lower() == "if-match" for parameter in parameters):
        statuses |= {412: "Changed meanwhile", 428: "If-Match required"}
    return statuses
