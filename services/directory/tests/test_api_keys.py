"""API keys: made by an admin, shown once, turned into short tokens, rotated without a cut, revoked."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from maillage.auth import TokenVerifier
from maillage_directory.auth.keys import OwnKeys
from maillage_directory.model import ApiKeySecret
from sqlalchemy import select

from .conftest import World

NAME = "Agenda régional"


async def make(world: World, **fields: Any) -> dict[str, Any]:
    body = {"name": NAME, "scopes": ["directory:read", "events:write"], **fields}
    answer = await world.client.post("/api-keys", json=body, headers=world.admin)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def grant(world: World, secret: str, **fields: Any) -> Any:
    body = {"grant_type": "client_credentials", "client_secret": secret, **fields}
    return await world.client.post("/auth/tokens", json=body)


async def rotate(world: World, key: dict[str, Any], overlap: timedelta) -> dict[str, Any]:
    body = {"overlap_seconds": int(overlap.total_seconds())}
    answer = await world.client.post(f"/api-keys/{key['id']}/rotate", json=body, headers=world.admin)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_key_gives_short_tokens_of_a_program(
    world: World, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    key = await make(world)
    given = await grant(world, key["secret"], client_id=key["id"])
    assert given.status_code == 200, given.text
    answer = given.json()
    assert (answer["scope"], answer["expires_in"]) == ("directory:read events:write", 600)
    assert answer["refresh_token"] is None
    assert given.headers["cache-control"] == "no-store"
    settings = world.harness.settings
    verifier = TokenVerifier(OwnKeys(settings), issuer=settings.issuer, audience=settings.audience)  # type: ignore[arg-type]
    me = await verifier.verify(answer["access_token"])
    assert (str(me.id), me.roles) == (key["id"], {"service"})
    assert me.scopes == {"directory:read", "events:write"}
    async with world.harness.db.read() as session:
        (row,) = (await session.scalars(select(ApiKeySecret))).all()
    assert key["secret"].encode() not in row.digest
    assert key["secret"] not in caplog.text + "".join(capsys.readouterr())


async def test_the_secret_is_shown_once_and_the_last_use_afterwards(world: World) -> None:
    key = await make(world)
    assert key["last_used_at"] is None
    world.harness.clock.advance(hours=1)
    await grant(world, key["secret"])
    listed = (await world.get("/api-keys", world.admin))["items"]
    one = await world.get(f"/api-keys/{key['id']}", world.admin)
    assert listed == [one]
    assert "secret" not in one
    assert one["secrets"][0]["hint"] == key["secret"][-4:]
    assert one["last_used_at"] == one["secrets"][0]["last_used_at"] == "2026-03-02T10:00:00Z"
    assert one["version"] == key["version"], "a use must not make an admin's version stale"


async def test_a_token_may_be_narrower_than_its_key_and_never_wider(world: World) -> None:
    key = await make(world)
    narrow = await grant(world, key["secret"], scope="directory:read")
    assert narrow.json()["scope"] == "directory:read"
    wide = await grant(world, key["secret"], scope="directory:write")
    assert (wide.status_code, wide.json()["code"]) == (422, "scope-not-granted")


async def test_rotation_has_no_cut_and_the_old_secret_ends_with_the_overlap(world: World) -> None:
    key = await make(world)
    rotated = await rotate(world, key, timedelta(hours=2))
    assert rotated["id"] == key["id"]
    assert [one["ends_at"] for one in rotated["secrets"]] == [None, "2026-03-02T11:00:00Z"]
    assert (await grant(world, rotated["secret"])).status_code == 200
    world.harness.clock.advance(hours=1, minutes=55)
    assert (await grant(world, key["secret"])).json()["expires_in"] == 300, "no token outlives its secret"
    world.harness.clock.advance(minutes=5)
    late = await grant(world, key["secret"])
    assert (late.status_code, late.json()["code"]) == (401, "api-key-replaced")
    assert (await grant(world, rotated["secret"])).status_code == 200


async def test_a_second_rotation_does_not_lengthen_the_life_of_the_first_secret(world: World) -> None:
    key = await make(world)
    second = await rotate(world, key, timedelta(minutes=1))
    await rotate(world, key, timedelta(days=1))
    world.harness.clock.advance(minutes=2)
    assert (await grant(world, key["secret"])).status_code == 401
    assert (await grant(world, second["secret"])).status_code == 200


async def test_a_revoked_or_expired_key_says_so_to_who_holds_it(world: World) -> None:
    key = await make(world, expires_at="2026-03-10T09:00:00Z")
    away = {**world.admin, "If-Match": f'"{key["version"]}"'}
    assert (await world.client.delete(f"/api-keys/{key['id']}", headers=world.admin)).status_code == 428
    other = await make(world, name="Badgeuse", expires_at="2026-03-10T09:00:00Z")
    assert (await world.client.delete(f"/api-keys/{key['id']}", headers=away)).status_code == 204
    assert (await grant(world, key["secret"])).json()["code"] == "api-key-revoked"
    again = await world.client.post(f"/api-keys/{key['id']}/rotate", json={}, headers=world.admin)
    assert (again.status_code, again.json()["code"]) == (409, "api-key-not-active")
    world.harness.clock.advance(days=8)
    assert (await grant(world, other["secret"])).json()["code"] == "api-key-expired"
    revoked = (await world.get("/api-keys", world.admin, status="revoked"))["items"]
    expired = (await world.get("/api-keys", world.admin, status="expired"))["items"]
    assert ([one["name"] for one in revoked], [one["name"] for one in expired]) == ([NAME], ["Badgeuse"])


async def test_a_revoked_keys_tokens_have_ended_everywhere(world: World) -> None:
    key, other = await make(world), await make(world, name="Badgeuse")
    given, others = [
        {"Authorization": f"Bearer {(await grant(world, each['secret'])).json()['access_token']}"}
        for each in (key, other)
    ]
    away = {**world.admin, "If-Match": f'"{key["version"]}"'}
    assert (await world.client.get("/cpts", headers=given)).status_code == 200
    assert (await world.client.delete(f"/api-keys/{key['id']}", headers=away)).status_code == 204
    refused = await world.client.get("/cpts", headers=given)
    assert (refused.status_code, refused.json()["code"]) == (401, "token-ended")
    assert (await world.client.get("/cpts", headers=others)).status_code == 200
    (told,) = await world.harness.recorded("directory.account.tokens-ended.v1")
    assert told.data == {"account_id": key["id"]}


@pytest.mark.parametrize(
    "secret", ["", "mlg_", "mlg_court", "mlg_" + "A" * 64, "xyz_" + "A" * 64, "é" * 20, "mlg_" + "=" * 64]
)
async def test_a_made_up_secret_is_refused(world: World, secret: str) -> None:
    answer = await grant(world, secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "client-refused")
    assert answer.json()["type"].endswith("/problems/client-refused")


async def test_a_secret_with_another_keys_id_or_one_wrong_letter_is_refused(world: World) -> None:
    key, other = await make(world), await make(world, name="Autre programme")
    assert (await grant(world, key["secret"], client_id=other["id"])).json()["code"] == "client-refused"
    swapped = key["secret"][:30] + other["secret"][30:]
    assert (await grant(world, swapped)).json()["code"] == "client-refused"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"scopes": ["directory:everything"]}, "invalid"),
        ({"scopes": ["kitchen:read"]}, "unknown-scope"),
        ({"scopes": []}, "invalid"),
        ({"expires_at": "2026-03-01T00:00:00Z"}, "expiry-out-of-range"),
        ({"expires_at": "2030-01-01T00:00:00Z"}, "expiry-out-of-range"),
        ({"name": NAME}, "api-key-name-taken"),
    ],
)
async def test_what_a_new_key_may_not_be(world: World, fields: dict[str, Any], code: str) -> None:
    await make(world)
    body = {"name": "Autre", "scopes": ["directory:read"], **fields}
    answer = await world.client.post("/api-keys", json=body, headers=world.admin)
    assert answer.json()["code"] == code


async def test_only_admins_see_and_make_keys(world: World) -> None:
    key = await make(world)
    program = {"Authorization": f"Bearer {(await grant(world, key['secret'])).json()['access_token']}"}
    for who in (world.animator, program, world.harness.tokens.service("directory:read", "directory:write")):
        for method, path in (("GET", "/api-keys"), ("POST", "/api-keys"), ("GET", f"/api-keys/{key['id']}")):
            answer = await world.client.request(method, path, headers=who, json={})
            assert answer.status_code == 403, (method, path, answer.text)


async def test_a_program_reads_and_enters_within_its_scopes_and_is_nobody(world: World) -> None:
    person = await world.person(email="jeanne.exemple@exemple.fr", reach={"name": "collective"})
    reading = world.harness.tokens.service("directory:read")
    writing = world.harness.tokens.service("directory:read", "directory:write")
    seen = await world.get(f"/coordinators/{person['id']}", reading)
    assert "name" in seen["hidden"], "a program sees what has reach `region` or wider"
    cpts = {"name": "CPTS de l’Exemple", "communes": [{"insee": "04112"}]}
    refused = await world.client.post("/cpts", json=cpts, headers=reading)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    assert 'scope="directory:write"' in refused.headers["www-authenticate"]
    assert (await world.client.post("/cpts", json=cpts, headers=writing)).status_code == 201
    crowned = world.profile(roles=["animator"])
    assert (await world.client.post("/coordinators", json=crowned, headers=writing)).status_code == 403
    me = await world.client.get("/me", headers=writing)
    assert (me.status_code, me.json()["code"]) == (403, "people-only")
    exchange = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject": person["id"]}
    answer = await world.client.post("/auth/tokens", json=exchange, headers=writing)
    assert (answer.status_code, answer.json()["code"]) == (403, "token-exchange-refused")
