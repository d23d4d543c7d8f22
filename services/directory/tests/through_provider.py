"""The steps of signing in through an OIDC provider, for the tests of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from maillage.testing.oidc import CLIENT_ID, CLIENT_SECRET, Provider

if TYPE_CHECKING:
    from .conftest import World

CAMILLE = "camille.roux@exemple.fr"


def settings_for(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        **more,
    }


async def begin(
    world: World, headers: dict[str, str] | None = None, **body: Any
) -> tuple[dict[str, str], str]:
    """Starts a flow; the query the provider is asked with, and the flow to keep."""
    answer = await world.client.post("/auth/authorizations", json=body, headers=headers or {})
    assert answer.status_code == 200, answer.text
    query = parse_qs(urlsplit(answer.json()["authorization_url"]).query)
    return {name: values[0] for name, values in query.items()}, answer.json()["flow"]


async def sign_in(world: World, provider: Provider, **changes: str) -> httpx.Response:
    query, flow = await begin(world)
    body = {**provider.authorize(query), "flow": flow, "grant_type": "authorization_code", **changes}
    return await world.client.post("/auth/tokens", json=body)


async def who(world: World, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return dict(await world.get("/me", {"Authorization": f"Bearer {answer.json()['access_token']}"}))
