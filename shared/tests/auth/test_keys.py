"""Keys are fetched when needed and no more often; the issuer being away takes nobody's session."""

import asyncio
from typing import Any

import httpx
import pytest
from maillage.auth import JwksKeys, TokenSigner, generate_key
from maillage.errors import Unavailable


class Issuer:
    """An issuer whose keys and mood a test decides."""

    def __init__(self) -> None:
        self.signing = [generate_key()]
        self.fetches = 0
        self.away = False
        self.answer: Any = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.fetches += 1
        if self.away:
            raise httpx.ConnectError("away")
        if self.answer is not None:
            return (
                self.answer
                if isinstance(self.answer, httpx.Response)
                else httpx.Response(200, json=self.answer)
            )
        return httpx.Response(200, json=TokenSigner(self.signing, issuer="i").jwks())


class Time:
    seconds = 0.0


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    moment = Time()
    monkeypatch.setattr(JwksKeys, "_clock", staticmethod(lambda: moment.seconds))
    return moment


@pytest.fixture
def keys(issuer: Issuer, time: Time) -> JwksKeys:
    return JwksKeys("https://issuer.example/jwks.json", transport=httpx.MockTransport(issuer))


def kid(issuer: Issuer, place: int = 0) -> str:
    return str(issuer.signing[place].kid)


async def test_fetched_once_for_many(keys: JwksKeys, issuer: Issuer) -> None:
    found = await asyncio.gather(*(keys.key(kid(issuer)) for _ in range(20)))
    assert all(key is not None and not key.is_private for key in found)
    assert issuer.fetches == 1


async def test_fetched_again_when_old(keys: JwksKeys, issuer: Issuer, time: Time) -> None:
    await keys.key(kid(issuer))
    time.seconds = 599
    await keys.key(kid(issuer))
    assert issuer.fetches == 1
    time.seconds = 601
    await keys.key(kid(issuer))
    assert issuer.fetches == 2


async def test_a_rotated_key_is_found(keys: JwksKeys, issuer: Issuer, time: Time) -> None:
    await keys.key(kid(issuer))
    issuer.signing.insert(0, generate_key())
    time.seconds = 11
    assert await keys.key(kid(issuer)) is not None
    assert await keys.key(kid(issuer, 1)) is not None


async def test_forged_ids_do_not_hammer_the_issuer(keys: JwksKeys, issuer: Issuer, time: Time) -> None:
    await keys.key(kid(issuer))
    time.seconds = 20
    for number in range(50):
        assert await keys.key(f"forged-{number}") is None
    assert issuer.fetches == 2
    time.seconds = 31
    await keys.key("forged")
    assert issuer.fetches == 3


async def test_a_withdrawn_key_is_no_longer_good(keys: JwksKeys, issuer: Issuer, time: Time) -> None:
    old = kid(issuer)
    await keys.key(old)
    issuer.signing = [generate_key()]
    time.seconds = 601
    assert await keys.key(old) is None


async def test_known_keys_stay_good_while_the_issuer_is_away(
    keys: JwksKeys, issuer: Issuer, time: Time
) -> None:
    await keys.key(kid(issuer))
    issuer.away = True
    time.seconds = 5000
    assert await keys.key(kid(issuer)) is not None
    assert await keys.key(kid(issuer)) is not None
    assert issuer.fetches == 2, "an issuer that is away is asked once per cooldown"


async def test_away_from_the_start(keys: JwksKeys, issuer: Issuer, time: Time) -> None:
    issuer.away = True
    with pytest.raises(Unavailable):
        await keys.key("any")
    issuer.away = False
    time.seconds = 11
    assert await keys.key(kid(issuer)) is not None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
        httpx.Response(200, text="<html>"),
        ["no", "keys"],
        {"keys": None},
        {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "!"}]},
    ],
)
async def test_nonsense_from_the_issuer(keys: JwksKeys, issuer: Issuer, time: Time, answer: Any) -> None:
    await keys.key(kid(issuer))
    issuer.answer = answer
    time.seconds = 601
    assert await keys.key(kid(issuer)) is not None


async def test_keys_of_other_kinds_are_passed_over(keys: JwksKeys, issuer: Issuer) -> None:
    good = issuer.signing[0].as_dict(private=False)
    issuer.answer = {"keys": [{"kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB"}, {"kty": "OKP"}, good]}
    assert await keys.key("rsa") is None
    assert await keys.key(kid(issuer)) is not None


@pytest.mark.parametrize(
    "neighbour", [None, 5, "x", [], {}, {"kty": []}, {"kty": "OKP", "crv": "Ed25519", "kid": "x"}]
)
async def test_a_key_of_no_form_takes_nothing_from_the_others(issuer: Issuer, neighbour: Any) -> None:
    good = TokenSigner(issuer.signing, issuer="i").jwks()["keys"]
    issuer.answer = {"keys": [neighbour, *good]}
    keys = JwksKeys("http://issuer/jwks.json", transport=httpx.MockTransport(issuer))
    assert await keys.key(str(issuer.signing[0].kid))
    await keys.aclose()


async def test_a_document_nested_without_an_end_is_no_outage_for_who_has_keys(issuer: Issuer) -> None:
    keys = JwksKeys("http://issuer/jwks.json", transport=httpx.MockTransport(issuer), cooldown=0)
    assert await keys.key(str(issuer.signing[0].kid))
    issuer.answer = httpx.Response(200, content=b'{"keys":' + b"[" * 100_000)
    assert await keys.key("unknown") is None
    assert await keys.key(str(issuer.signing[0].kid))
    await keys.aclose()
