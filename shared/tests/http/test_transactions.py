"""The answer leaves after the commit, or says that nothing was done; nobody waits for a slow sender."""

import asyncio
from collections.abc import AsyncIterator
from errno import EHOSTUNREACH, ENOENT
from socket import EAI_AGAIN, gaierror
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


async def test_committed_before_the_answer_is_sent(notes: Any) -> None:
    seen: list[list[str]] = []
    inner = notes.client._transport.app

    async def watching(scope: Any, receive: Any, send: Any) -> None:
        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                seen.append(await notes.texts())
            await send(message)

        await inner(scope, receive, watched)

    notes.client._transport.app = watching
    assert (await notes.write("a")).status_code == 201
    assert seen == [["a"]]


async def test_a_commit_that_fails_is_not_answered_as_done(notes: Any) -> None:
    def fail(_: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    engine = notes.db.engine.sync_engine
    event.listen(engine, "commit", fail)
    answer = await notes.write("a", **{"Idempotency-Key": "k1"})
    event.remove(engine, "commit", fail)
    assert answer.status_code == 503
    assert await notes.texts() == []
    again = await notes.write("a", **{"Idempotency-Key": "k1"})
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


async def test_a_slow_sender_holds_up_nobody(notes: Any) -> None:
    finish = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"text": '
        await finish.wait()
        yield b'"slow"}'

    headers = notes.me | {"Content-Type": "application/json"}
    slow = asyncio.create_task(notes.client.post("/notes", content=slowly(), headers=headers))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(60):
        assert (await notes.write("quick")).status_code == 201
    finish.set()
    assert (await slow).status_code == 201
    assert await notes.texts() == ["quick", "slow"]


async def test_many_writers_lose_nothing(notes: Any) -> None:
    answers = await asyncio.gather(*(notes.write(f"n{number}") for number in range(30)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(await notes.texts()) == 30


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT", {}, Exception("server closed the connection")),
        DBAPIError("INSERT", {}, asyncpg.ReadOnlySQLTransactionError("read-only transaction")),
        DBAPIError("SELECT", {}, asyncpg.InvalidPasswordError("password authentication failed")),
        DBAPIError("UPDATE", {}, asyncpg.DeadlockDetectedError("deadlock detected")),
        InterfaceError("SELECT", {}, Exception("connection is closed")),
        PoolTimeoutError("pool"),
        ConnectionRefusedError("refused"),
        TimeoutError("not connected within its time"),
        gaierror(EAI_AGAIN, "Temporary failure in name resolution"),
        OSError(EHOSTUNREACH, "No route to host"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_is_away_is_a_503_and_comes_back(
    notes: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away() -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(notes.db, "write", away)
        broken.setattr(notes.db, "read", away)
        for answer in (await notes.write("a"), await notes.client.get("/notes")):
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
            assert answer.json()["code"] == "unavailable"
    assert (await notes.write("a")).status_code == 201


@pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
async def test_connections_the_server_ended_are_replaced(notes: Any) -> None:
    await notes.write("a")
    async with notes.db.write() as session:
        # Once they have ended: a process that is only told to may still take a question, and end over it.
        others = "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
        others += "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        await session.execute(text(others))
    assert (await notes.write("b")).status_code == 201


@pytest.mark.parametrize(
    "mistake",
    [
        IntegrityError("INSERT", {"name": "Zélie"}, Exception("duplicate key")),
        FileNotFoundError(ENOENT, "No such file", "/Zélie"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_mistake_of_our_own_is_a_crash(
    notes: Any, monkeypatch: pytest.MonkeyPatch, mistake: Exception
) -> None:
    def wrong() -> None:
        raise mistake

    monkeypatch.setattr(notes.db, "write", wrong)
    answer = await notes.write("a")
    assert answer.status_code == 500
    assert "Zélie" not in answer.text
