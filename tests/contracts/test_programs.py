"""What programs with an API key may call: in every service, only with the scope, and never as a person."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from maillage.auth.dependencies import maybe, signed
from maillage.http.routing import dependencies_of
from maillage.testing.clock import TestClock
from maillage.testing.databases import Databases
from maillage.testing.harness import ServiceHarness, started
from maillage.testing.tokens import TokenFactory

from tests.contracts.installed import SERVICES

ANY_ID = "0198c5a0-0000-7000-8000-000000000001"


@pytest.mark.parametrize("name", SERVICES)
async def test_programs_need_a_scope_and_are_no_person(
    name: str, databases: Databases, clock: TestClock, tokens: TokenFactory, tmp_path: Path
) -> None:
    service = SERVICES[name]
    async with started(
        service, databases=databases, dialect="sqlite", clock=clock, tokens=tokens, folder=tmp_path
    ) as harness:
        checked = 0
        for router in service.routers:
            for route in router.routes:
                if isinstance(route, APIRoute) and maybe in (calls := dependencies_of(route)):
                    await _check(harness, tokens, name, route, for_people=signed in calls)
                    checked += 1
        assert checked, "no route of this service asks who is calling"


async def _check(
    harness: ServiceHarness, tokens: TokenFactory, name: str, route: APIRoute, *, for_people: bool
) -> None:
    path = route.path
    for parameter in route.param_convertors:
        path = path.replace("{" + parameter + "}", ANY_ID)
    for method in route.methods - {"HEAD"}:
        json = None if method in ("GET", "DELETE") else {}
        bare, every = tokens.service("other:read"), tokens.service(f"{name}:read", f"{name}:write")
        refused, full = [
            await harness.client.request(method, path, headers={**who, "If-Match": '"1"'}, json=json)
            for who in (bare, every)
        ]
        where = f"{method} {path}: {refused.text} {full.text}"
        assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope"), where
        if for_people:
            assert (full.status_code, full.json()["code"]) == (403, "people-only"), where
        else:
            assert full.status_code not in (401, 500, 503), where


async def test_a_token_that_is_both_a_person_and_a_program_is_refused(
    databases: Databases, clock: TestClock, tokens: TokenFactory, tmp_path: Path
) -> None:
    async with started(
        SERVICES["directory"],
        databases=databases,
        dialect="sqlite",
        clock=clock,
        tokens=tokens,
        folder=tmp_path,
    ) as harness:
        both = tokens.header(None, "service", "admin", scopes=["directory:read"])
        assert (await harness.client.get("/me", headers=both)).status_code == 401
