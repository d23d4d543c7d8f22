"""Who gets other rights has to renew her token, and stays signed in; every service is told by one event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maillage.auth.tokens import OVERLAP
from maillage_directory.auth.accounts import operator_token

from .conftest import World
from .signing_in import ask, mailed, redeem, refresh

ENDED = "directory.account.tokens-ended.v1"
ADDRESS = "camille.roux@exemple.fr"


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def changed(world: World, person: dict[str, Any], **fields: Any) -> None:
    """As an administrator does it."""
    path = f"/coordinators/{person['id']}"
    version = (await world.client.get(path, headers=world.admin)).headers["etag"]
    answer = await world.client.patch(path, json=fields, headers={**world.admin, "If-Match": version})
    assert answer.status_code == 200, answer.text


async def signed_in(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """An animator, and her tokens of a sign-in by a code."""
    person = await world.person(email=ADDRESS, roles=["animator"])
    await ask(world, ADDRESS)
    return person, (await redeem(world, ADDRESS, mailed(world)[0])).json()


async def test_a_role_taken_away_is_gone_at_once_and_nobody_is_signed_out(world: World) -> None:
    person, tokens = await signed_in(world)
    assert "animator" in (await world.get("/me", bearer(tokens)))["roles"]
    await changed(world, person, roles=[])
    refused = await world.client.get("/me", headers=bearer(tokens))
    assert (refused.status_code, refused.json()["code"]) == (401, "token-ended")
    renewed = (await refresh(world, tokens["refresh_token"])).json()
    assert (await world.get("/me", bearer(renewed)))["roles"] == ["coordinator"]
    (told,) = await world.harness.recorded(ENDED)
    assert told.data == {"account_id": person["id"]}


async def test_a_role_given_is_there_with_the_next_token(world: World) -> None:
    person, tokens = await signed_in(world)
    await changed(world, person, roles=["animator", "admin"])
    assert (await world.client.get("/me", headers=bearer(tokens))).status_code == 401
    renewed = (await refresh(world, tokens["refresh_token"])).json()
    assert "admin" in (await world.get("/me", bearer(renewed)))["roles"]


async def test_what_is_no_right_ends_nothing(world: World) -> None:
    person, tokens = await signed_in(world)
    await changed(world, person, language="en", bio="Bonjour.", roles=["animator"])
    assert (await world.client.get("/me", headers=bearer(tokens))).status_code == 200
    assert await world.harness.recorded(ENDED) == []


async def test_who_is_signed_out_by_an_animator_is_out_at_once(world: World) -> None:
    """How a taken account is given back: its browsers' refresh tokens go, and their access tokens too."""
    person, tokens = await signed_in(world)
    await changed(world, person, email="reprise@exemple.fr")
    assert (await world.client.get("/me", headers=bearer(tokens))).status_code == 401
    assert (await refresh(world, tokens["refresh_token"])).status_code == 401


async def signed_in_again(world: World) -> dict[str, Any]:
    """Her tokens in one more browser."""
    await ask(world, ADDRESS)
    return dict((await redeem(world, ADDRESS, mailed(world)[0])).json())


async def test_signing_out_leaves_no_token_of_that_browser_and_those_of_the_others(world: World) -> None:
    """Whoever has copied its cookie is out too."""
    _, tokens = await signed_in(world)
    other = await signed_in_again(world)
    gone = {"refresh_token": tokens["refresh_token"]}
    for _ in range(2):
        assert (await world.client.post("/auth/logout", json=gone)).status_code == 204
    refused = await world.client.get("/me", headers=bearer(tokens))
    assert (refused.status_code, refused.json()["code"]) == (401, "token-ended")
    assert (await world.client.get("/me", headers=bearer(other))).status_code == 200
    assert (await world.client.get("/me", headers=bearer(await signed_in_again(world)))).status_code == 200
    assert len(await world.harness.recorded(ENDED)) == 1


async def test_a_refresh_token_that_comes_twice_ends_the_access_tokens_too(world: World) -> None:
    _, tokens = await signed_in(world)
    stolen = (await refresh(world, tokens["refresh_token"])).json()
    assert (await refresh(world, tokens["refresh_token"])).status_code == 401
    for each in (tokens, stolen):
        assert (await world.client.get("/me", headers=bearer(each))).status_code == 401
    assert len(await world.harness.recorded(ENDED)) == 1


async def test_an_operators_token_is_dated_after_the_role_that_came_with_it(world: World) -> None:
    person = await world.person(email=ADDRESS)
    before = world.signed(person["id"])
    made = await operator_token(world.harness.settings, ADDRESS, "admin", lifetime=timedelta(hours=1))
    world.harness.app.state.service.ended.look_again()
    me = await world.get("/me", {"Authorization": f"Bearer {made}"})
    assert me["roles"] == ["admin", "coordinator"]
    assert (await world.client.get("/me", headers=before)).status_code == 401
    world.harness.clock.advance(seconds=OVERLAP + 1)
    assert (await world.client.get("/me", headers=world.signed(person["id"]))).status_code == 200
