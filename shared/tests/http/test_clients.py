"""What client developers count on: rate limits, pages of other origins, warnings before something goes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Query
from maillage.auth import Maybe
from maillage.db import make_base
from maillage.errors import Conflict
from maillage.http import deprecated, deprecated_parameter, limiting, service_router
from maillage.http.limiting import Quota, quota
from maillage.service import Service
from maillage.settings import ServiceSettings
from maillage.testing.tokens import TokenFactory
from pydantic import ValidationError

BASE = "/api/things/v1"
AGENDA = "https://agenda.example"
Client = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]

router = service_router()


@router.get("/things")
async def things(
    me: Maybe,
    colour: Annotated[
        str | None, Query(**deprecated_parameter(date(2026, 3, 1), link="https://maillage.example/colours"))
    ] = None,
) -> dict[str, str]:
    return {"colour": colour or ""}


@router.get(
    "/old-things", **deprecated(date(2026, 3, 1), sunset=date(2026, 9, 1), successor=f"{BASE}/things")
)
async def old_things(fail: bool = False) -> None:
    if fail:
        raise Conflict


@router.post("/auth/tokens")
async def sign_in() -> None:
    """As at the issuer."""


@pytest.fixture
def client(tokens: TokenFactory, tmp_path: Path) -> Client:
    @asynccontextmanager
    async def start(address: str = "192.0.2.7", **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
        service = Service(name="things", package="maillage_things", base=make_base(), routers=[router])
        given = ServiceSettings(database_url=f"sqlite:///{tmp_path}/things.db", **settings)
        app = service.build(given, workers=False, keys=tokens.keys)
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://localhost:8000{BASE}") as opened:
            yield opened

    return start


# --- rate limits -------------------------------------------------------------------------------------------
async def test_what_is_left_is_told_and_more_is_refused(
    client: Client, tokens: TokenFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Quota.__init__.__kwdefaults__, "ticks", lambda: 1000.0)  # all at the same moment
    async with client(rate_limit_anonymous="2/hour") as caller:
        first, second, third = [await caller.get("/things") for _ in range(3)]
        assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
        assert first.headers["ratelimit-policy"] == '"anonymous";q=2;w=3600'
        assert first.headers["ratelimit"] == '"anonymous";r=1;t=1800'
        assert second.headers["ratelimit"].startswith('"anonymous";r=0;t=')
        assert third.headers["content-type"] == "application/problem+json"
        assert third.json()["code"] == "rate-limited"
        assert 1790 < int(third.headers["retry-after"]) <= 1800
        assert third.headers["retry-after"] in third.json()["detail"]
        assert (await caller.get("/problems/rate-limited")).status_code == 429, "every address counts"
        for probe in ("/livez", "/metrics"):
            answer = await caller.get(probe)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
        assert 'maillage_http_rate_limited_total{policy="anonymous",service="things"} 2.0' in answer.text
        signed = await caller.get("/things", headers=tokens.coordinator())
        assert signed.headers["ratelimit-policy"] == '"person";q=3000;w=60', "she is not who asked before"


async def test_each_caller_has_a_quota_of_her_own(client: Client, tokens: TokenFactory) -> None:
    async with client(rate_limit_person="1/hour", rate_limit_program="1/hour") as caller:
        jeanne, nora = tokens.coordinator(), tokens.coordinator()
        program = tokens.service("things:read")
        for who in (jeanne, nora, program):
            assert (await caller.get("/things", headers=who)).status_code == 200
            assert (await caller.get("/things", headers=who)).status_code == 429


async def test_signing_in_is_counted_more_strictly_and_by_address(client: Client) -> None:
    async with client(rate_limit_sign_in="1/hour") as caller:
        first = await caller.post("/auth/tokens")
        assert first.headers["ratelimit-policy"] == '"sign-in";q=1;w=3600'
        assert (await caller.post("/auth/tokens")).status_code == 429
        assert (await caller.get("/things")).status_code == 200


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_subscriber_is_one_caller(address: str, counted: str) -> None:
    request = limiting.Request({"type": "http", "client": (address, 1), "headers": []})
    assert limiting.address_of(request) == counted


async def test_no_limit_is_a_setting_too(client: Client) -> None:
    async with client(rate_limit_anonymous="") as caller:
        assert "ratelimit" not in (await caller.get("/things")).headers
    for wrong in ("100", "0/minute", "5/day", "five/minute"):
        with pytest.raises(ValidationError):
            ServiceSettings(rate_limit_person=wrong)
        with pytest.raises(ValueError, match="not a rate limit"):
            quota("person", wrong)


def test_a_bucket_refills_steadily_and_holds_no_more_than_the_quota() -> None:
    now = [0.0]
    bucket = Quota("person", 10, 60, ticks=lambda: now[0])
    assert [bucket.take("her").left for _ in range(10)] == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    refused = bucket.take("her")
    assert (refused.allowed, refused.wait, refused.reset) == (False, 6, 60)
    now[0] = 5.9
    assert not bucket.take("her").allowed
    now[0] = 6
    assert bucket.take("her").allowed, "a refused request costs nothing"
    assert not bucket.take("her").allowed
    now[0] = 10_000
    assert bucket.take("her").left == 9


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiting, "MOST_BUCKETS", 3)
    now = [0.0]
    bucket = Quota("anonymous", 1, 60, ticks=lambda: now[0])
    for who in "abc":
        bucket.take(who)
    now[0] = 61
    bucket.take("d")
    assert list(bucket._full_at) == ["d"], "those that are full again are forgotten"
    for who in "efgh":
        bucket.take(who)
    assert len(bucket._full_at) <= 3


# --- pages of other origins --------------------------------------------------------------------------------
def preflight(origin: str, **headers: str) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "PATCH", **headers}


async def test_by_default_no_other_origin_is_let_in(client: Client) -> None:
    async with client() as caller:
        asked = await caller.options("/things", headers=preflight(AGENDA))
        assert asked.status_code == 405
        answer = await caller.get("/things", headers={"Origin": AGENDA})
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_named_origin_may_call_and_read_what_it_needs(client: Client) -> None:
    async with client(cors_origins=f"{AGENDA}, http://localhost:5173") as caller:
        wanted = "authorization,if-match,idempotency-key,content-type"
        asked = await caller.options(
            "/things", headers=preflight(AGENDA, **{"Access-Control-Request-Headers": wanted})
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == AGENDA
        assert "PATCH" in asked.headers["access-control-allow-methods"]
        assert "access-control-allow-credentials" not in asked.headers
        answer = await caller.get("/things", headers={"Origin": AGENDA})
        assert answer.headers["access-control-allow-origin"] == AGENDA
        assert "Origin" in answer.headers["vary"]
        exposed = answer.headers["access-control-expose-headers"]
        for header in ("ETag", "Idempotent-Replayed", "RateLimit", "RateLimit-Policy", "Link", "Retry-After"):
            assert header in exposed.split(", ")


async def test_a_refusal_can_be_read_by_the_page_too(client: Client) -> None:
    async with client(cors_origins=[AGENDA], rate_limit_anonymous="1/hour") as caller:
        await caller.get("/things")
        refused = await caller.get("/things", headers={"Origin": AGENDA})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (429, AGENDA)
        asked = await caller.options("/things", headers=preflight(AGENDA))
        assert asked.status_code == 200, "a preflight is no request of the page's"


@pytest.mark.parametrize("origin", ["https://agenda.example.evil.test", "http://agenda.example", "null"])
async def test_another_origin_is_refused(client: Client, origin: str) -> None:
    async with client(cors_origins=[AGENDA]) as caller:
        asked = await caller.options("/things", headers=preflight(origin))
        assert asked.status_code == 400
        assert "access-control-allow-origin" not in asked.headers


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example", "https://agenda.example/", "agenda.example", "https://Agenda.example"],
)
def test_only_exact_origins_can_be_set(origin: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(cors_origins=origin)


# --- before something goes ---------------------------------------------------------------------------------
async def test_a_deprecated_route_says_since_when_until_when_and_what_instead(client: Client) -> None:
    async with client() as caller:
        for answer in (await caller.get("/old-things"), await caller.get("/old-things?fail=true")):
            assert answer.headers["deprecation"] == "@1772323200"
            assert answer.headers["sunset"] == "Tue, 01 Sep 2026 00:00:00 GMT"
            assert answer.headers["link"] == f'<{BASE}/things>; rel="successor-version"'
        assert answer.status_code == 409
        metrics = (await caller.get("/metrics")).text
        counted = 'method="GET",parameter="",route="/api/things/v1/old-things",service="things"} 2.0'
        assert f"maillage_http_deprecated_total{{{counted}" in metrics
        document = (await caller.get("/openapi.json")).json()
        operation = document["paths"][f"{BASE}/old-things"]["get"]
        assert operation["deprecated"] is True
        assert operation["x-deprecation"]["sunset"] == "2026-09-01"


async def test_a_deprecated_parameter_warns_those_who_use_it(client: Client) -> None:
    async with client() as caller:
        assert "deprecation" not in (await caller.get("/things")).headers
        answer = await caller.get("/things?colour=blue")
        assert answer.headers["deprecation"] == "@1772323200"
        assert (
            answer.headers["link"]
            == '<https://maillage.example/colours>; rel="deprecation"; type="text/html"'
        )
        assert 'parameter="colour"' in (await caller.get("/metrics")).text
        document = (await caller.get("/openapi.json")).json()
        (parameter,) = document["paths"][f"{BASE}/things"]["get"]["parameters"]
        assert parameter["deprecated"] is True


def test_nothing_ends_within_six_months_of_its_warning() -> None:
    with pytest.raises(ValueError, match="6 months"):
        deprecated(date(2026, 3, 1), sunset=date(2026, 6, 1))
