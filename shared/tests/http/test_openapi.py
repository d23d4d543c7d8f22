"""The document says what the service does, its error answers included."""

from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from maillage.auth import StaticKeys
from maillage.db import make_base
from maillage.errors import Conflict
from maillage.http import problems, service_router
from maillage.service import Service
from maillage.settings import ServiceSettings
from openapi_spec_validator import validate

BASE = "/api/notes/v1"


@pytest.fixture
async def document(notes: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await notes.client.get("/openapi.json")).json()
    return found


async def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")


async def test_only_problems_are_error_answers(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)
    for path in document["paths"].values():
        for operation in path.values():
            statuses = set(operation["responses"])
            assert {"400", "500"} <= statuses
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]
                    schema = answer["content"]["application/problem+json"]["schema"]
                    assert schema == {"$ref": "#/components/schemas/Problem"}


async def test_each_operation_says_what_may_go_wrong_with_it(document: dict[str, Any]) -> None:
    def statuses(path: str, method: str) -> set[str]:
        return {status for status in document["paths"][BASE + path][method]["responses"] if status >= "400"}

    assert statuses("/notes", "get") == {"400", "422", "429", "500"}
    assert statuses("/notes", "post") == {
        "400",
        "401",
        "403",
        "408",
        "409",
        "413",
        "422",
        "429",
        "500",
        "503",
    }
    change = {"400", "404", "408", "409", "412", "413", "422", "428", "429", "500"}
    assert statuses("/notes/{note_id}", "patch") == change


async def test_headers_of_the_protocol_are_named(document: dict[str, Any]) -> None:
    def headers(path: str, method: str) -> list[str]:
        parameters = document["paths"][BASE + path][method].get("parameters", [])
        return [each["name"] for each in parameters if each["in"] == "header"]

    assert headers("/notes", "post") == ["Idempotency-Key"]
    assert headers("/notes/{note_id}", "patch") == ["If-Match"]
    assert headers("/notes", "get") == []


async def test_the_answers_are_those_of_the_document(notes: Any, document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    for answer in (
        await notes.client.post("/notes", json={}, headers=notes.me),
        await notes.client.get("/nowhere"),
        await notes.client.post("/slips", json={"text": "a"}, headers=notes.me),
    ):
        Draft202012Validator(schema).validate(answer.json())


async def test_operations_have_short_names(document: dict[str, Any]) -> None:
    assert document["paths"][f"{BASE}/notes"]["post"]["operationId"] == "notes_create"


class Full(Conflict):
    code = "full"
    title_fr = "Complet"
    title_en = "Full"


class Closed(Conflict):
    code = "closed"
    title_fr = "Fermé"
    title_en = "Closed"


def test_a_route_may_name_its_own_problems(tmp_path: Any) -> None:
    router = service_router()

    @router.post("/places", responses=problems(Full, Closed))
    async def take_place() -> None:
        return None

    service = Service(name="places", package="maillage_places", base=make_base(), routers=[router])
    settings = ServiceSettings(database_url=f"sqlite:///{tmp_path}/a.db")
    app: FastAPI = service.build(settings, workers=False, keys=StaticKeys([]))
    answer = app.openapi()["paths"]["/api/places/v1/places"]["post"]["responses"]["409"]
    assert answer["description"] == "Full; Closed"
    assert list(answer["content"]["application/problem+json"]["examples"]) == ["full", "closed"]
    validate(app.openapi())


async def test_what_was_made_is_linked_to_what_may_be_done_with_it(document: dict[str, Any]) -> None:
    made = document["paths"][f"{BASE}/notes"]["post"]["responses"]["201"]["links"]
    identifier = {"note_id": "$response.body#/id"}
    assert made["notes_read"] == {"operationId": "notes_read", "parameters": identifier}
    assert {name for name, link in made.items() if link["parameters"] == identifier} >= {"notes_change"}
    changed = document["paths"][f"{BASE}/notes/{{note_id}}"]["patch"]["responses"]
    assert "links" not in str(changed), "what was changed is known to who changed it"
