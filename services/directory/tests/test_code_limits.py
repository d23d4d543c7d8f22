"""How often codes may be asked for and tried: by one person, one client, and whoever guesses."""

import asyncio
from typing import Any

import httpx
from maillage_directory.app import service

from .conftest import World
from .signing_in import CAMILLE, NOBODY, ask, mailed, redeem


async def test_who_asks_too_often_must_wait_known_or_not(world: World) -> None:
    await world.person(email=CAMILLE)
    for address in (CAMILLE, NOBODY):
        answers = [await ask(world, address) for _ in range(6)]
        assert [one.status_code for one in answers] == [202] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) == 900
    assert len(mailed(world)) == 5
    world.harness.clock.advance(minutes=16)
    assert (await ask(world, CAMILLE)).status_code == 202


async def test_asking_side_by_side_gets_nobody_more_codes(world: World) -> None:
    await world.person(email=CAMILLE)
    answers = await asyncio.gather(*(ask(world, CAMILLE) for _ in range(12)))
    assert sorted(one.status_code for one in answers) == [202] * 5 + [429] * 7
    assert len(mailed(world)) == 5


async def test_one_client_cannot_ask_for_everybody(service_app: Any) -> None:
    async with service_app(service, codes_per_ip=3) as harness:
        world = World(harness)
        answers = [await ask(world, f"quelquun{number}@exemple.fr") for number in range(4)]
        assert [one.status_code for one in answers] == [202, 202, 202, 429]


async def test_one_client_with_a_network_of_addresses_is_one_client(service_app: Any) -> None:
    """Whoever has an IPv6 connection has 2^64 addresses."""
    async with service_app(service, codes_per_ip=3) as harness:
        statuses = []
        for number, host in enumerate(("2001:db8::1", "2001:db8::2", "2001:db8::a:3", "2001:db8::4")):
            there = httpx.ASGITransport(harness.app, client=(host, 4000))
            async with httpx.AsyncClient(transport=there, base_url="http://localhost") as client:
                body = {"email": f"quelquun{number}@exemple.fr"}
                statuses.append((await client.post("/api/directory/v1/auth/codes", json=body)).status_code)
        assert statuses == [202, 202, 202, 429]


async def test_guessing_over_many_codes_stays_hopeless(world: World) -> None:
    """Five codes in a quarter of an hour, five tries each: 25 guesses in a million."""
    await world.person(email=CAMILLE)
    tried = 0
    for _ in range(8):
        if (await ask(world, CAMILLE)).status_code == 429:
            break
        right = mailed(world)[0]
        for step in range(1, 8):
            answer = await redeem(world, CAMILLE, f"{(int(right) + step) % 1_000_000:06d}")
            assert answer.status_code == 401
        assert (await redeem(world, CAMILLE, right)).status_code == 401
        tried += 5
    assert tried == 25
