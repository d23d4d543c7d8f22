"""A provider that answers what was never agreed upon: people are told to wait, and nothing breaks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from maillage.auth import generate_key
from maillage_directory.auth.oidc import document
from maillage_directory.auth.oidc.flow import Flow
from maillage_directory.auth.oidc.provider import Provider
from maillage_directory.errors import ProviderAway
from maillage_directory.settings import DirectorySettings

URL = "https://provider.example"
DESCRIBED = {
    "issuer": URL,
    "authorization_endpoint": f"{URL}/authorize",
    "token_endpoint": f"{URL}/token",
    "jwks_uri": f"{URL}/keys",
}


def provider(answers: dict[str, Any]) -> Provider:
    def answer(request: httpx2.Request) -> httpx2.Response:
        content = answers[request.url.path.rpartition("/")[2]]
        if not isinstance(content, bytes):
            return httpx2.Response(200, content=content)
        return httpx2.Response(200, content=content, headers={"content-type": "application/json"})

    settings = DirectorySettings(environment="demo", oidc_issuer=URL, oidc_client_id="maillage")
    return Provider(settings, httpx2.MockTransport(answer))


def spoilt(**changes: Any) -> bytes:
    return json.dumps({**DESCRIBED, **changes}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"<h1>It works!</h1>",
        b"[]",
        b"null",
        b"[" * 100_000,
        spoilt(jwks_uri=5),
        spoilt(token_endpoint=""),
        spoilt(authorization_endpoint=None),
        spoilt(userinfo_endpoint=["https://provider.example"]),
    ],
    ids=lambda content: content[:12].decode(),
)
async def test_no_description_is_a_provider_that_is_away(content: bytes) -> None:
    with pytest.raises(ProviderAway):
        await provider({"openid-configuration": content}).authorization_url(Flow(expires=2**33), "fr")


@pytest.mark.parametrize("tokens", [b"[]", b"5", b"null", b'{"expires_in": 1e999}', b'{"expires_in": [1]}'])
async def test_no_tokens_are_a_provider_that_is_away(tokens: bytes) -> None:
    asked = provider({"openid-configuration": spoilt(), "token": tokens})
    with pytest.raises(ProviderAway):
        await asked.redeem(Flow(expires=2**33), "code")


async def test_one_key_of_no_form_takes_nothing_from_the_others() -> None:
    key = generate_key()
    good = key.as_dict(private=False)
    keys = json.dumps({"keys": [5, None, {"kty": "RSA"}, {"kty": []}, good]}).encode()
    assert await provider({"openid-configuration": spoilt(), "keys": keys}).key(str(key.kid))


async def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1000
            yield b" " * 1000

    monkeypatch.setattr(document, "LARGEST", 5000)
    with pytest.raises(ProviderAway):
        await provider({"openid-configuration": endless()}).authorization_url(Flow(expires=2**33), "fr")
    assert read == 6000
