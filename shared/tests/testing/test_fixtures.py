"""The fixtures do what they promise: own databases, a server that comes back, a clock that stands."""

import json
from datetime import timedelta
from urllib.request import urlopen

import pytest
from maillage import clock as kit_clock
from maillage.auth import TokenVerifier
from maillage.db import Database
from maillage.errors import Unauthorized
from maillage.testing import NatsServer, TestClock, TokenFactory
from sqlalchemy import text


async def test_a_database_is_empty_and_the_test_s_own(database_url: str) -> None:
    db = Database(database_url)
    async with db.write() as session:
        await session.execute(text("CREATE TABLE mine (n INTEGER)"))
    async with db.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM mine"))).scalar_one() == 0
    await db.dispose()


async def test_the_next_test_does_not_see_it(database_url: str) -> None:
    db = Database(database_url)
    with pytest.raises(Exception, match="mine"):
        async with db.read() as session:
            await session.execute(text("SELECT count(*) FROM mine"))
    await db.dispose()


def test_the_clock_stands_until_moved(clock: TestClock) -> None:
    before = kit_clock.now()
    assert kit_clock.now() == before
    clock.advance(hours=49)
    assert kit_clock.now() - before == timedelta(hours=49)


async def test_a_token_says_who_calls(tokens: TokenFactory) -> None:
    verifier = TokenVerifier(tokens.keys, issuer=tokens.issuer, audience="maillage")
    header = tokens.animator("0198c0de-0000-7000-8000-000000000001")
    principal = await verifier.verify(header["Authorization"].removeprefix("Bearer "))
    assert str(principal.id) == "0198c0de-0000-7000-8000-000000000001"
    assert principal.is_animator
    assert not principal.is_admin
    with pytest.raises(Unauthorized):
        await verifier.verify(TokenFactory().token())


def test_a_nats_server_keeps_its_port_and_store_over_a_restart(own_nats_server: NatsServer) -> None:
    port, monitor = own_nats_server.port, own_nats_server.monitor
    with urlopen(f"{monitor}/jsz") as answer:  # noqa: S310  # loopback
        assert json.load(answer)["config"]["sync_always"] is True
    own_nats_server.kill()
    assert not own_nats_server.running
    own_nats_server.start()
    assert own_nats_server.port == port
    own_nats_server.stop()
    own_nats_server.remove_store()
    assert not (own_nats_server.folder / "store").exists()
    own_nats_server.start()
    assert own_nats_server.running


def test_regions_differ(region: str, request: pytest.FixtureRequest) -> None:
    assert region.startswith("fr-t")
    assert len(region) <= 11
