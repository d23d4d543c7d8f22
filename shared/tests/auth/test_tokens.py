"""A token is good only when everything about it is: key, algorithm, kind, issuer, audience, times."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey
from maillage.auth import ANIMATOR, COORDINATOR, StaticKeys, TokenSigner, TokenVerifier, generate_key
from maillage.auth.tokens import InvalidToken
from maillage.clock import now
from maillage.testing.clock import TestClock

ISSUER = "https://maillage.example/api/directory/v1"


@pytest.fixture
def key() -> OKPKey:
    return generate_key()


@pytest.fixture
def verifier(key: OKPKey) -> TokenVerifier:
    return TokenVerifier(StaticKeys([key]), issuer=ISSUER, audience="maillage")


def claims(**changes: Any) -> dict[str, Any]:
    moment = int(now().timestamp())
    values = {
        "iss": ISSUER,
        "aud": "maillage",
        "sub": str(uuid4()),
        "roles": [COORDINATOR],
        "region": "fr-pac",
        "iat": moment,
        "exp": moment + 600,
    } | changes
    return {name: value for name, value in values.items() if value is not None}


def signed(key: Any, body: dict[str, Any], *, alg: str = "Ed25519", **header: Any) -> str:
    head = {"alg": alg, "typ": "at+jwt", "kid": str(key.kid)} | header
    return jwt.encode(head, body, key, algorithms=[alg])


async def refused(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(InvalidToken) as caught:
        await verifier.verify(token)
    assert caught.value.status == 401
    return str(caught.value.reason)


async def test_signed_and_verified(key: OKPKey, verifier: TokenVerifier, clock: TestClock) -> None:
    subject = uuid4()
    token = TokenSigner([key], issuer=ISSUER).sign(
        subject, roles=[COORDINATOR, ANIMATOR], region="fr-pac", scopes=["directory:read"]
    )
    me = await verifier.verify(token)
    assert (me.id, me.region) == (subject, "fr-pac")
    assert me.roles == frozenset({COORDINATOR, ANIMATOR})
    assert me.is_animator
    assert not me.is_admin
    assert me.has_scope("directory:read")
    assert not me.has_scope("directory:write")


def test_a_token_says_nothing_personal(key: OKPKey) -> None:
    token = TokenSigner([key], issuer=ISSUER).sign(uuid4(), roles=[COORDINATOR], region="fr-pac")
    body = token.split(".")[1]
    content = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert set(content) == {"iss", "aud", "sub", "roles", "region", "scope", "iat", "exp", "jti"}
    assert content["exp"] - content["iat"] == 600


async def test_expires_with_a_little_leeway(key: OKPKey, verifier: TokenVerifier, clock: TestClock) -> None:
    token = signed(key, claims())
    clock.advance(timedelta(seconds=629))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=1))
    assert await refused(verifier, token) == "expired"


@pytest.mark.parametrize("name", ["iat", "nbf"])
async def test_not_yet_valid(key: OKPKey, verifier: TokenVerifier, clock: TestClock, name: str) -> None:
    moment = int(now().timestamp())
    await verifier.verify(signed(key, claims(**{name: moment + 20})))
    assert await refused(verifier, signed(key, claims(**{name: moment + 60}))) == "not yet valid"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"iss": None},
        {"exp": None},
        {"iat": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"sub": "camille"},
        {"roles": None},
        {"roles": "admin"},
        {"region": None},
    ],
)
async def test_wrong_claims(key: OKPKey, verifier: TokenVerifier, change: dict[str, Any]) -> None:
    await refused(verifier, signed(key, claims(**change)))


async def test_one_of_several_audiences(key: OKPKey, verifier: TokenVerifier) -> None:
    await verifier.verify(signed(key, claims(aud=["other", "maillage"])))


@pytest.mark.parametrize("kind", ["JWT", "", "id+jwt"])
async def test_other_kinds_of_token(key: OKPKey, verifier: TokenVerifier, kind: str) -> None:
    assert await refused(verifier, signed(key, claims(), typ=kind)) == "wrong kind of token"


async def test_unsigned_token(verifier: TokenVerifier, key: OKPKey) -> None:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    head = {"alg": "none", "typ": "at+jwt", "kid": str(key.kid)}
    assert await refused(verifier, f"{part(head)}.{part(claims())}.") == "wrong kind of token"


async def test_public_key_as_shared_secret(verifier: TokenVerifier, key: OKPKey) -> None:
    public = json.dumps(key.as_dict(private=False)).encode()
    secret = OctKey.import_key(public)
    token = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": str(key.kid)}, claims(), secret, algorithms=["HS256"]
    )
    assert await refused(verifier, token) == "wrong kind of token"


async def test_other_algorithm(verifier: TokenVerifier, key: OKPKey) -> None:
    other = ECKey.generate_key("P-256")
    token = jwt.encode(
        {"alg": "ES256", "typ": "at+jwt", "kid": str(key.kid)}, claims(), other, algorithms=["ES256"]
    )
    assert await refused(verifier, token) == "wrong kind of token"


async def test_forged_with_another_key(verifier: TokenVerifier, key: OKPKey) -> None:
    assert await refused(verifier, signed(generate_key(), claims(), kid=str(key.kid))) == "bad signature"


async def test_unknown_key(verifier: TokenVerifier) -> None:
    assert await refused(verifier, signed(generate_key(), claims())) == "unknown key"


async def test_changed_body(verifier: TokenVerifier, key: OKPKey) -> None:
    head, _, signature = signed(key, claims()).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(roles=["admin"])).encode()).decode().rstrip("=")
    assert await refused(verifier, f"{head}.{body}.{signature}") == "bad signature"


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "é.é.é", "....", "e30.e30.e30", "bnVsbA.e30.e30"])
async def test_nonsense(verifier: TokenVerifier, token: str) -> None:
    await refused(verifier, token)


async def test_old_key_stays_good_while_published(key: OKPKey) -> None:
    newer = generate_key()
    signer = TokenSigner([newer, key], issuer=ISSUER)
    assert [each["kid"] for each in signer.jwks()["keys"]] == [newer.kid, key.kid]
    assert all("d" not in each for each in signer.jwks()["keys"])
    both = TokenVerifier(StaticKeys([newer, key]), issuer=ISSUER, audience="maillage")
    await both.verify(signed(key, claims()))
    await both.verify(signer.sign(uuid4(), roles=[], region="fr-pac"))


def test_a_signer_needs_a_key() -> None:
    with pytest.raises(ValueError, match="private key"):
        TokenSigner([], issuer=ISSUER)
