"""Erasures are noted outside the database, and done again in an older state that is put back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from maillage.erasing import Asked, add_to_log, read_log
from maillage_directory.app import service
from maillage_directory.erasing import purge_pass
from maillage_directory.model import Coordinator, Erasure
from maillage_directory.remembering import memory
from sqlalchemy import select

from .conftest import World
from .signing_in import refresh, sign_in


async def erased(house: Any, operator: dict[str, str]) -> str:
    """Somebody who asked to be erased; her id."""
    body = {"first_name": "Odile", "last_name": "Inventée", "email": f"{uuid4().hex}@exemple.fr"}
    headers = {**operator, "Idempotency-Key": str(uuid4())}
    made = await house.client.post("/coordinators", json=body, headers=headers)
    assert made.status_code == 201, made.text
    path = f"/coordinators/{made.json()['id']}"
    gone = await house.client.delete(path, headers={**operator, "If-Match": made.headers["ETag"]})
    assert gone.status_code == 202, gone.text
    return str(made.json()["id"])


async def test_an_erasure_is_noted_once_outside_the_database(service_app: Any, tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    async with service_app(service, erasure_log=path) as house:
        person = await erased(house, house.tokens.admin())
        house.clock.advance(timedelta(minutes=1))
        await purge_pass(house.app.state.service)
        path.write_bytes(path.read_bytes() + b'{"erasure_id": "half a li')  # and the power failed
        another = await erased(house, house.tokens.admin())
        house.clock.advance(timedelta(minutes=1))
        await purge_pass(house.app.state.service)
        async with house.db.read() as session:
            assert await memory.known(session) == read_log(path)
    assert [str(each.person_id) for each in read_log(path)] == [person, another]
    assert "Odile" not in path.read_text()
    assert add_to_log(path, read_log(path)) == 0


async def test_no_sign_in_comes_back_with_an_older_state(world: World) -> None:
    """One may have been closed since because its cookie was stolen."""
    tokens = await sign_in(world)
    async with world.harness.db.write() as session:
        assert await memory.repeat(session, [], world.harness.clock.now()) == 0
    world.harness.app.state.service.ended.look_again()
    assert (await refresh(world, tokens["refresh_token"])).status_code == 401
    me = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert (await world.client.get("/me", headers=me)).status_code == 401


async def test_an_older_state_erases_again_under_the_old_receipt(service_app: Any) -> None:
    async with service_app(service) as house:
        operator = house.tokens.admin()
        body = {"first_name": "Odile", "last_name": "Inventée", "email": "odile@exemple.fr"}
        made = await house.client.post(
            "/coordinators", json=body, headers={**operator, "Idempotency-Key": str(uuid4())}
        )
        person = made.json()["id"]
        asked = Asked(uuid4(), UUID(person), uuid4(), house.clock.now() - timedelta(days=3))
        stranger = Asked(uuid4(), uuid4(), uuid4(), house.clock.now())
        async with house.db.write() as session:
            assert await memory.repeat(session, [asked, stranger, asked], house.clock.now()) == 1
        await house.fire_timers()
        receipt = (await house.client.get(f"/erasures/{asked.erasure_id}", headers=operator)).json()
        assert receipt["coordinator_id"] == person
        assert receipt["requested_at"].startswith(f"{asked.requested_at:%Y-%m-%d}")
        async with house.db.read() as session:
            assert (await session.scalars(select(Coordinator.first_name))).all() == [None]
        (told,) = await house.recorded("directory.coordinator.erased.v1")
        assert told.data["erasure_id"] == str(asked.erasure_id)
        async with house.db.write() as session:
            assert await memory.repeat(session, [asked], house.clock.now()) == 1, "its purge is done again"
            assert (await session.scalars(select(Erasure.purged_at))).all() == [None]
