"""The OpenAPI document: every operation says which problems it may answer, in the kit's one shape."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from maillage.http.problems import MEDIA_TYPE, Problem

METHODS = ("get", "post", "put", "patch", "delete")


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
    for path in document["paths"].values():
        for method in METHODS:
            if method in path:
                _describe_problems(path[method], method)
    return document


def _describe_problems(operation: dict[str, Any], method: str) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    statuses = {400: "Bad request", 500: "Internal error"}
    if operation.get("security"):
        statuses |= {401: "Sign-in required", 403: "Not allowed"}
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", ())):
        statuses[404] = "Not found"
    if method != "get":
        statuses |= {409: "Not possible in the present state", 413: "Body too large"}
    if operation.get("parameters") or "requestBody" in operation:
        statuses[422] = "Invalid data"
    if "if-match" in names:
        statuses |= {412: "Changed meanwhile", 428: "If-Match required"}
    for status, text in statuses.items():
        responses.setdefault(
            str(status),
            {
                "description": text,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
