"""Signing in through an OIDC provider, and every way somebody might enter as another person by it."""

import pytest
from maillage.testing.oidc import Provider

from .conftest import World
from .through_provider import CAMILLE, begin, sign_in, who


async def test_a_verified_address_opens_its_account_with_our_own_tokens(
    linked: World, provider: Provider
) -> None:
    person = await linked.person(email=CAMILLE)
    provider.claims["email"] = "Camille.Roux@exemple.fr"
    query, _ = await begin(linked)
    assert (query["code_challenge_method"], query["redirect_uri"]) == (
        "S256",
        "http://localhost:8000/connexion/retour",
    )
    answer = await sign_in(linked, provider)
    assert answer.headers["cache-control"] == "no-store"
    assert (await who(linked, answer))["id"] == person["id"]
    renewed = await linked.client.post("/auth/tokens", json={"refresh_token": answer.json()["refresh_token"]})
    assert renewed.status_code == 200


async def test_once_linked_the_subject_decides_whatever_the_address_becomes(
    linked: World, provider: Provider
) -> None:
    person, other = await linked.person(email=CAMILLE), await linked.person(email="autre@exemple.fr")
    await sign_in(linked, provider)
    provider.claims["email"] = "autre@exemple.fr"
    assert (await who(linked, await sign_in(linked, provider)))["id"] == person["id"] != other["id"]
    provider.claims |= {"sub": "c-2", "email": CAMILLE}
    refused = await sign_in(linked, provider)
    assert (refused.status_code, refused.json()["code"]) == (409, "identity-taken")


async def test_an_unverified_address_never_opens_an_account(linked: World, provider: Provider) -> None:
    await linked.person(email=CAMILLE)
    for said in (False, None, "no", 1):
        provider.claims["email_verified"] = said
        refused = await sign_in(linked, provider)
        assert (refused.status_code, refused.json().get("code")) == (403, "email-not-verified"), said


async def test_the_flag_of_one_document_vouches_for_no_address_of_another(
    linked: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked.person(email=CAMILLE)
    id_claims = {"sub": "c-1", "email": "mienne@exemple.fr", "email_verified": True}
    real = provider.id_token
    provider.claims = {"sub": "c-1", "email": CAMILLE}

    def id_token(nonce: str) -> str:
        provider.claims, kept = id_claims, provider.claims
        token = real(nonce)
        provider.claims = kept
        return token

    monkeypatch.setattr(provider, "id_token", id_token)
    assert (await sign_in(linked, provider)).json()["code"] == "email-not-verified"


async def test_an_unknown_person_is_told_so_and_nothing_is_written(linked: World, provider: Provider) -> None:
    refused = await sign_in(linked, provider)
    assert (refused.status_code, refused.json()["code"]) == (403, "person-unknown")
    assert await linked.harness.recorded() == []


SPOILED = [
    "forged",
    "unsigned",
    "symmetric",
    "expired",
    "future",
    "other-issuer",
    "other-audience",
    "other-party",
    "other-nonce",
    "other-person",
]


@pytest.mark.filterwarnings("ignore:JWS algorithm")
async def test_a_spoiled_answer_opens_nothing(linked: World, provider: Provider) -> None:
    await linked.person(email=CAMILLE)
    for fault in SPOILED:
        provider.faults = {fault}
        refused = await sign_in(linked, provider)
        assert (refused.status_code, refused.json().get("code")) == (400, "sign-in-failed"), fault
    provider.faults = set()
    assert (await sign_in(linked, provider)).status_code == 200


async def test_a_clock_that_is_a_little_off_is_forgiven(linked: World, provider: Provider) -> None:
    await linked.person(email=CAMILLE)
    now = int(linked.harness.clock.now().timestamp())
    provider.claims |= {"iat": now + 50, "exp": now - 50}
    assert (await sign_in(linked, provider)).status_code == 200


async def test_the_flow_is_bound_to_its_state_its_time_and_its_code(
    linked: World, provider: Provider
) -> None:
    await linked.person(email=CAMILLE)
    for changes in ({"state": "another"}, {"flow": "x.y.z"}, {"code": "invented"}):
        assert (await sign_in(linked, provider, **changes)).json()["code"] == "sign-in-failed"
    _, other_flow = await begin(linked)
    query, flow = await begin(linked)
    answered = provider.authorize(query)
    body = {**answered, "grant_type": "authorization_code"}
    swapped = await linked.client.post("/auth/tokens", json={**body, "flow": other_flow})
    assert swapped.json()["code"] == "sign-in-failed"
    linked.harness.clock.advance(minutes=16)
    late = await linked.client.post("/auth/tokens", json={**body, "flow": flow})
    assert late.json()["code"] == "sign-in-failed"
    query, flow = await begin(linked)
    body = {**provider.authorize(query), "flow": flow, "grant_type": "authorization_code"}
    assert (await linked.client.post("/auth/tokens", json=body)).status_code == 200
    assert (await linked.client.post("/auth/tokens", json=body)).json()["code"] == "sign-in-failed"


async def test_an_erased_person_cannot_enter_and_leaves_no_link(linked: World, provider: Provider) -> None:
    person = await linked.person(email=CAMILLE)
    await sign_in(linked, provider)
    tag = (await linked.client.get(f"/coordinators/{person['id']}", headers=linked.admin)).headers["etag"]
    gone = await linked.client.delete(
        f"/coordinators/{person['id']}", headers={**linked.admin, "If-Match": tag}
    )
    assert gone.status_code == 202, gone.text
    assert (await sign_in(linked, provider)).json()["code"] == "person-unknown"
