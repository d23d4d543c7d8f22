"""Access tokens that are not what they seem, at a route of each service; and keys that are changed.

| threat | test |
|---|---|
| `alg` none, HS256 with the public key, other kinds, unknown key, other issuer or audience, old, early | here |
| the signing key rotated: old tokens good while the old key is published, new ones at once | here |
| the same claim by claim | shared/tests/auth/test_tokens.py, test_keys.py |
| a refresh token used twice ends the session; grace; logout | services/directory/tests/test_auth.py |
| codes: tries, rate by address and by client, same answer for an unknown address | services/directory/tests/test_auth.py, test_code_limits.py |
| API keys revoked, replaced, guessed | services/directory/tests/test_api_keys.py |
| an OIDC answer forged, replayed, for somebody else | services/directory/tests/test_oidc.py |
| session fixation, the cookie sealed | services/portal/tests/test_session.py |
"""  # noqa: E501

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from maillage.auth import TokenSigner, TokenVerifier, generate_key
from maillage.auth.keys import StaticKeys
from maillage.auth.tokens import InvalidToken
from maillage.ids import new_id
from maillage.testing.tokens import ISSUER

from tests.security.house import ORDER, House

pytestmark = pytest.mark.asyncio(loop_scope="session")
DOORS = {
    "directory": "/api/directory/v1/api-keys",
    "events": "/api/events/v1/me/registrations",
    "mentoring": "/api/mentoring/v1/requests",
    "notifications": "/api/notifications/v1/messages",
    "catalogue": "/api/catalogue/v1/events",
}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _claims(house: House, **changes: Any) -> dict[str, Any]:
    now = int(house.clock.now().timestamp())
    return {
        "iss": ISSUER,
        "aud": "maillage",
        "sub": house.ids["admin"],
        "roles": ["admin"],
        "region": "fr-pac",
        "iat": now,
        "exp": now + 600,
        "jti": str(new_id()),
        **changes,
    }


def _signed(house: House, header: dict[str, Any] | None = None, **changes: Any) -> str:
    key = house.tokens.key
    head = {"alg": "Ed25519", "typ": "at+jwt", "kid": str(key.kid), **(header or {})}
    return jwt.encode(head, _claims(house, **changes), key, algorithms=["Ed25519"])


def _unsigned(house: House) -> str:
    head = {"alg": "none", "typ": "at+jwt", "kid": str(house.tokens.key.kid)}
    return f"{_b64(json.dumps(head).encode())}.{_b64(json.dumps(_claims(house)).encode())}."


def _symmetric(house: House) -> str:
    """By hand: joserfc itself refuses a public key as a secret."""
    head = {"alg": "HS256", "typ": "at+jwt", "kid": str(house.tokens.key.kid)}
    signed = f"{_b64(json.dumps(head).encode())}.{_b64(json.dumps(_claims(house)).encode())}"
    public = house.tokens.key.as_pem(private=False)
    return f"{signed}.{_b64(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def _another_payload(house: House) -> str:
    head, _, proof = _signed(house).split(".")
    return f"{head}.{_b64(json.dumps(_claims(house, sub=str(new_id()))).encode())}.{proof}"


SPOILED: dict[str, Callable[[House], str]] = {
    "unsigned": _unsigned,
    "signed with the public key as a secret": _symmetric,
    "another payload": _another_payload,
    "an unknown key": lambda house: _signed(house, {"kid": "x"}),
    "a path for a key": lambda house: _signed(house, {"kid": "../../keys/hmac.key"}),
    "an id token": lambda house: _signed(house, {"typ": "JWT"}),
    "another issuer": lambda house: _signed(house, iss="https://evil.example"),
    "another audience": lambda house: _signed(house, aud="other"),
    "expired": lambda house: _signed(house, exp=int(house.clock.now().timestamp()) - 3600),
    "of tomorrow": lambda house: _signed(house, iat=int(house.clock.now().timestamp()) + 86400),
    "without an end": lambda house: _signed(house, exp=None),
    "a program with a person's role": lambda house: _signed(house, roles=["service", "admin"]),
    "nobody's": lambda house: _signed(house, sub="root"),
    "nonsense": lambda house: "a.b.c",
    "very long": lambda house: "A" * 100_000,
}


@pytest.mark.parametrize("how", SPOILED)
async def test_no_service_takes_a_token_that_is_not_good(house: House, how: str) -> None:
    for name in ORDER:
        answer = await house.call(
            "GET", DOORS[name], headers={"Authorization": f"Bearer {SPOILED[how](house)}"}
        )
        assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text[:200]}"


async def test_the_same_token_unspoiled_opens_every_door(house: House) -> None:
    for name in ORDER:
        answer = await house.call("GET", DOORS[name], headers={"Authorization": f"Bearer {_signed(house)}"})
        assert answer.status_code == 200, f"{name}: {answer.text}"


async def test_a_rotated_key_signs_at_once_and_the_old_one_ends_when_it_is_withdrawn(house: House) -> None:
    old, new = generate_key(), generate_key()
    before = TokenSigner([old], issuer=ISSUER)
    after = TokenSigner([new, old], issuer=ISSUER)
    tokens = [
        each.sign(new_id(), roles=["admin"], region="fr-pac", lifetime=timedelta(minutes=10))
        for each in (before, after)
    ]

    def reader(*keys: Any) -> TokenVerifier:
        return TokenVerifier(StaticKeys(keys), issuer=ISSUER, audience="maillage")

    for token in tokens:
        await reader(new, old).verify(token)
    with pytest.raises(InvalidToken):
        await reader(new).verify(tokens[0])
    await reader(new).verify(tokens[1])
