"""What others build on: the committed contract is the code's, the schema's history leads to the model."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from maillage.db import drift, migrate
from maillage.service.contract import write_contract
from maillage_directory.app import service
from maillage_directory.model import Base

from .conftest import World

CONTRACT = Path(__file__).resolve().parent.parent / "contract"


def documents(folder: Path) -> dict[str, Any]:
    files = [*folder.glob("*.json"), *folder.glob("schemas/*.json")]
    return {str(path.relative_to(folder)): json.loads(path.read_text()) for path in files}


def test_the_committed_contract_is_the_one_the_code_gives(tmp_path: Path) -> None:
    write_contract(service, tmp_path)
    assert documents(tmp_path) == documents(CONTRACT), "python -m maillage_directory contract …"


async def test_every_event_recorded_fits_its_published_schema(world: World) -> None:
    made, other = await world.cpts(), await world.cpts()
    post = await world.start(made["id"], coordinator=world.profile(reach={"name": "national"}))
    person = f"/coordinators/{post['coordinator_id']}"
    await world.client.post(f"{person}/confirm", headers=world.animator)
    tag = (await world.client.get(person, headers=world.admin)).headers["ETag"]
    changes = {**world.admin, "If-Match": tag}
    await world.client.patch(person, json={"roles": ["animator"]}, headers=changes)
    tag = (await world.client.get(f"/cpts/{other['id']}")).headers["ETag"]
    changes = {**world.animator, "If-Match": tag}
    await world.client.patch(f"/cpts/{other['id']}", json={"challenges": ["addictions"]}, headers=changes)
    await world.client.post(f"/positions/{post['id']}/end", json={}, headers=world.animator)
    changes["If-Match"] = (await world.client.get(f"/cpts/{other['id']}")).headers["ETag"]
    await world.client.delete(f"/cpts/{other['id']}", headers=changes)
    told = await world.harness.recorded()
    changes["If-Match"] = (await world.client.get(person, headers=world.animator)).headers["ETag"]
    assert (await world.client.delete(person, headers=changes)).status_code == 202
    told += (await world.harness.recorded())[len(told) :]
    for event in told:
        schema = json.loads((CONTRACT / "schemas" / f"{event.type}.json").read_text())
        jsonschema.validate(event.data, schema, format_checker=jsonschema.FormatChecker())
    assert {event.type for event in told} == {kind.type() for kind in service.published}


async def test_the_migrations_lead_to_the_model(database_url: str) -> None:
    await migrate(database_url, "maillage_directory.migrations")
    assert await drift(database_url, Base.metadata) == []


async def test_problems_are_documented_for_every_route(world: World) -> None:
    document: dict[str, Any] = await world.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            kinds = [media for one in operation["responses"].values() for media in one.get("content", {})]
            assert "application/problem+json" in kinds, (method, path)
