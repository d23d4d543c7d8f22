"""Signing in through an OIDC provider, and every way somebody might enter as another person by it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from maillage.testing.oidc import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from maillage_directory.app import service
from maillage_directory.settings import DirectorySettings
from pydantic import ValidationError

from .conftest import World

CAMILLE = "camille.roux@exemple.fr"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, well again, about to say that somebody is Camille. However busy the machine, it is waited
    for: none of these tests is about one that is slow.
    """
    for module in ("document", "provider"):
        monkeypatch.setattr(f"maillage_directory.auth.oidc.{module}.TIMEOUT", 120.0)
    running.faults, running.signed_userinfo = set(), False
    running.claims = {
        "sub": "c-1",
        "email": CAMILLE,
        "email_verified": True,
        "given_name": "Camille",
        "family_name": "Roux",
    }
    return running


def settings_for(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "oidc_issuer": provider.url,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
        **more,
    }


@pytest_asyncio.fixture
async def linked(service_app: Any, provider: Provider) -> AsyncIterator[World]:
    async with service_app(service, **settings_for(provider)) as harness:
        yield World(harness)


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


async def test_keys_may_be_rotated_and_the_provider_be_away(
    linked: World, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked.person(email=CAMILLE)
    assert (await sign_in(linked, provider)).status_code == 200
    provider.rotate()
    monkeypatch.setattr(linked.harness.app.state.oidc._keys, "_cooldown", 0)
    assert (await sign_in(linked, provider)).status_code == 200
    provider.faults = {"away"}
    away = await sign_in(linked, provider)
    assert (away.status_code, away.json()["code"]) == (503, "provider-away")
    assert away.headers["retry-after"]


@pytest.mark.parametrize("fault", ["away", "other-metadata"])
async def test_a_provider_that_was_never_found_is_said_to_be_away(
    linked: World, provider: Provider, fault: str
) -> None:
    provider.faults = {fault}
    answer = await linked.client.post("/auth/authorizations", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-away")


async def test_signed_userinfo_and_other_names_of_claims(service_app: Any, provider: Provider) -> None:
    """As ProConnect answers (a signed userinfo, `usual_name`, no flag) and as Keycloak tells roles."""
    provider.signed_userinfo = True
    provider.claims = {
        "sub": "p-1",
        "email": "nouvelle@exemple.fr",
        "given_name": "Lina",
        "usual_name": "Ferrat",
        "realm_access": {"roles": ["maillage-animation", "offline_access"]},
        "acr": "eidas1",
    }
    told = settings_for(
        provider,
        oidc_email_trusted=True,
        oidc_claim_family_name="usual_name",
        oidc_claim_roles="realm_access.roles",
        oidc_roles={"maillage-animation": "animator"},
        oidc_provision=True,
        oidc_acr_values="eidas2 eidas1",
        oidc_extra={"prompt": "login"},
        oidc_client_auth="client_secret_basic",
    )
    async with service_app(service, **told) as harness:
        world = World(harness)
        query, _ = await begin(world)
        assert (query["acr_values"], query["prompt"]) == ("eidas2 eidas1", "login")
        me = await who(world, await sign_in(world, provider))
        assert me["roles"] == ["animator", "coordinator"]
        assert me["coordinator"]["last_name"] == "Ferrat"
        (joined,) = await harness.recorded("directory.coordinator.joined.v1")
        assert joined.data["first_name"] == "Lina"
        provider.claims["realm_access"] = {"roles": []}
        me = await who(world, await sign_in(world, provider))
        assert me["roles"] == ["coordinator"]
        last = (await harness.recorded("directory.contact.changed.v1"))[-1]
        assert last.data["roles"] == ["coordinator"]
        for spoil in ({"acr": "eidas0"}, {"acr": None}):
            provider.claims |= spoil
            assert (await sign_in(world, provider)).json()["code"] == "sign-in-failed"


async def test_without_an_address_one_links_the_account_oneself(service_app: Any, provider: Provider) -> None:
    """As Pro Santé Connect answers: a national number for a subject, no address that could be relied on."""
    provider.claims = {"sub": "f:1:2", "SubjectNameID": "899700000001", "email_verified": False}
    async with service_app(service, **settings_for(provider, oidc_claim_subject="SubjectNameID")) as harness:
        world = World(harness)
        person, other = await world.person(email=CAMILLE), await world.person()
        assert (await sign_in(world, provider)).json()["code"] == "person-unknown"
        me, her = world.signed(person["id"]), world.signed(other["id"])
        query, flow = await begin(world, me, link=True)
        body = {**provider.authorize(query), "flow": flow}
        assert (await world.client.post("/auth/identities", json=body, headers=her)).status_code == 400
        as_entry = await world.client.post("/auth/tokens", json={**body, "grant_type": "authorization_code"})
        assert as_entry.json()["code"] == "sign-in-failed"
        made = await world.client.post("/auth/identities", json=body, headers=me)
        assert made.status_code == 201, made.text
        assert "8997" not in made.text
        assert (await who(world, await sign_in(world, provider)))["id"] == person["id"]
        query, flow = await begin(world, her, link=True)
        taken = await world.client.post(
            "/auth/identities", json={**provider.authorize(query), "flow": flow}, headers=her
        )
        assert taken.json()["code"] == "identity-taken"
        assert (
            await world.client.post("/auth/unlink", json={"account_id": person["id"]}, headers=her)
        ).status_code == 403
        assert (await world.client.post("/auth/unlink", json={}, headers=me)).status_code == 204
        assert (await world.get("/auth/identities", me))["items"] == []
        assert (await sign_in(world, provider)).json()["code"] == "person-unknown"


async def test_an_erased_person_cannot_enter_and_leaves_no_link(linked: World, provider: Provider) -> None:
    person = await linked.person(email=CAMILLE)
    await sign_in(linked, provider)
    tag = (await linked.client.get(f"/coordinators/{person['id']}", headers=linked.admin)).headers["etag"]
    gone = await linked.client.delete(
        f"/coordinators/{person['id']}", headers={**linked.admin, "If-Match": tag}
    )
    assert gone.status_code == 202, gone.text
    assert (await sign_in(linked, provider)).json()["code"] == "person-unknown"


async def test_signing_out_leads_to_the_end_of_the_session_there(linked: World, provider: Provider) -> None:
    await linked.person(email=CAMILLE)
    opened = (await sign_in(linked, provider)).json()
    ended = await linked.client.post("/auth/logout", json={"refresh_token": opened["refresh_token"]})
    query = parse_qs(urlsplit(ended.json()["end_session_url"]).query)
    assert query["post_logout_redirect_uri"] == ["http://localhost:8000/"]
    assert query["id_token_hint"][0].count(".") == 2
    again = await linked.client.post("/auth/logout", json={"refresh_token": opened["refresh_token"]})
    assert again.status_code == 204


async def test_each_way_in_can_be_off(service_app: Any, provider: Provider) -> None:
    async with service_app(service, **settings_for(provider, code_sign_in=False)) as harness:
        world = World(harness)
        assert await world.get("/auth/methods") == {
            "code": False,
            "provider": {"label": "votre compte professionnel"},
        }
        for path, body in (
            ("/auth/codes", {"email": CAMILLE}),
            ("/auth/tokens", {"email": CAMILLE, "code": "1"}),
        ):
            assert (await world.client.post(path, json=body)).json()["code"] == "codes-off"


async def test_without_a_provider_there_is_none(world: World) -> None:
    assert await world.get("/auth/methods") == {"code": True, "provider": None}
    assert (await world.client.post("/auth/authorizations", json={})).json()["code"] == "no-provider"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code_sign_in": False}, "nobody could sign in"),
        ({"oidc_issuer": "https://id.example"}, "CLIENT_ID"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "m", "oidc_scopes": "email"}, "openid"),
        (
            {"oidc_issuer": "https://id.example", "oidc_client_id": "m", "oidc_extra": {"state": "1"}},
            "cannot set state",
        ),
        (
            {"oidc_issuer": "https://id.example", "oidc_client_id": "m", "oidc_claim_roles": "groups"},
            "go together",
        ),
        (
            {"oidc_issuer": "http://id.example", "oidc_client_id": "m", "environment": "production"},
            "over https",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_the_start(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DirectorySettings(**wrong)
