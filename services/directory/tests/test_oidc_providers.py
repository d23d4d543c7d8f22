"""What providers differ in and what is set of them: claims and keys, being away, a way in switched off."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from maillage.testing.oidc import Provider
from maillage_directory.app import service
from maillage_directory.settings import DirectorySettings
from pydantic import ValidationError

from .conftest import World
from .through_provider import CAMILLE, begin, settings_for, sign_in, who


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
