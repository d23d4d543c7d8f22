"""Acting for a person: only an administrator's token gives one for somebody else, and it says who acts."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey
from maillage.ids import new_id
from maillage_directory.app import service
from maillage_directory.auth.exchange import GRANT

from .conftest import World


def asked(subject: Any) -> dict[str, str]:
    return {"grant_type": GRANT, "subject": str(subject)}


async def test_an_administrator_acts_for_a_person_and_is_named(world: World) -> None:
    person, admin_id = await world.person(), new_id()
    admin = world.harness.tokens.admin(admin_id)
    answer = await world.client.post("/auth/tokens", json=asked(person["id"]), headers=admin)
    assert answer.status_code == 200, answer.text
    assert answer.json()["refresh_token"] is None
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["access_token"]
    me = await world.get("/me", {"Authorization": f"Bearer {token}"})
    assert me["id"] == person["id"]
    keys = (await world.get("/auth/jwks.json"))["keys"]
    claims = jwt.decode(token, OKPKey.import_key(keys[0]), algorithms=["Ed25519"]).claims
    assert claims["act"] == {"sub": str(admin_id)}
    assert claims["exp"] - claims["iat"] <= 600


@pytest.mark.parametrize("role", ["nobody", "coordinator", "animator", "service"])
async def test_nobody_else_may(world: World, role: str) -> None:
    person = await world.person()
    headers = {} if role == "nobody" else getattr(world.harness.tokens, role)()
    answer = await world.client.post("/auth/tokens", json=asked(person["id"]), headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "token-exchange-refused"


async def test_for_an_unknown_account_there_is_no_token(world: World) -> None:
    answer = await world.client.post("/auth/tokens", json=asked(new_id()), headers=world.admin)
    assert answer.status_code == 404


@pytest.mark.parametrize("turned", [{"environment": "production"}, {"token_exchange": False}])
async def test_it_can_be_off_and_is_in_production(service_app: Any, turned: dict[str, Any]) -> None:
    async with service_app(service, **turned) as harness:
        world = World(harness)
        person = await world.person()
        answer = await world.client.post("/auth/tokens", json=asked(person["id"]), headers=world.admin)
        assert answer.status_code == 403
