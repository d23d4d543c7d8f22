"""A POST sent twice with one Idempotency-Key is done once, whatever happens between the two."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from maillage.auth import Principal
from maillage.clock import now
from maillage.http import forget_answers, purge_answers
from maillage.http.idempotency import TABLE, StillInFlight, attempt, earlier_answer, keep_answer
from maillage.ids import new_id
from maillage.testing.clock import TestClock
from sqlalchemy import func, insert, select
from starlette.responses import Response


async def kept(notes: Any) -> int:
    async with notes.db.read() as session:
        return int(await session.scalar(select(func.count()).select_from(TABLE)))


async def test_replay_gives_the_first_answer(notes: Any) -> None:
    first = await notes.write("a", **{"Idempotency-Key": "k1"})
    again = await notes.write("a", **{"Idempotency-Key": "k1"})
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert await notes.texts() == ["a"]


async def test_another_body_is_refused(notes: Any) -> None:
    await notes.write("a", **{"Idempotency-Key": "k1"})
    answer = await notes.write("b", **{"Idempotency-Key": "k1"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert await notes.texts() == ["a"]


async def test_another_path_is_refused(notes: Any) -> None:
    await notes.write("a", **{"Idempotency-Key": "k1"})
    headers = notes.me | {"Idempotency-Key": "k1"}
    assert (await notes.client.post("/slips", json={"text": "a"}, headers=headers)).status_code == 422


async def test_a_key_belongs_to_its_caller(notes: Any) -> None:
    first = await notes.write("a", **{"Idempotency-Key": "k1"})
    other = notes.tokens.coordinator() | {"Idempotency-Key": "k1"}
    second = await notes.client.post("/notes", json={"text": "a"}, headers=other)
    assert second.json()["id"] != first.json()["id"]
    assert "idempotent-replayed" not in second.headers
    assert await notes.texts() == ["a", "a"]


@pytest.mark.parametrize(
    ("before", "since"),
    [
        ({"roles": ("coordinator", "animator")}, {"roles": ("coordinator",)}),
        ({"roles": ("admin",), "actor": new_id()}, {"roles": ("admin",)}),
    ],
)
async def test_who_has_other_rights_by_now_is_not_told_again(
    notes: Any, before: dict[str, Any], since: dict[str, Any]
) -> None:
    """What was answered to an animator may hold what she may not see once she is none any more."""
    me = new_id()

    async def write(roles: tuple[str, ...], **claims: Any) -> Any:
        headers = notes.tokens.header(me, *roles, **claims) | {"Idempotency-Key": "k1"}
        return await notes.client.post("/notes", json={"text": "a"}, headers=headers)

    first, again, later = await write(**before), await write(**before), await write(**since)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotent-replayed"] == "true"
    assert (later.status_code, later.json()["code"]) == (422, "idempotency-key-reused")
    assert await notes.texts() == ["a"]


async def test_without_a_caller_there_is_no_key(notes: Any) -> None:
    for _ in range(2):
        answer = await notes.client.post(
            "/counted-slips", json={"text": "a"}, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 429
    assert await notes.texts() == ["a", "a"]
    assert await kept(notes) == 0


async def test_without_a_key_everything_is_done(notes: Any) -> None:
    await notes.write("a")
    await notes.write("a")
    assert await notes.texts() == ["a", "a"]


async def test_refusals_are_not_kept(notes: Any) -> None:
    headers = notes.me | {"Idempotency-Key": "k1"}
    for _ in range(2):
        answer = await notes.client.post("/slips", json={"text": "a"}, headers=headers)
        assert answer.status_code == 409
        assert "idempotent-replayed" not in answer.headers
    assert await kept(notes) == 0


@pytest.mark.parametrize("key", ["", "with space", "x" * 129, "é"])
async def test_bad_keys(notes: Any, key: str) -> None:
    headers = [*notes.me.items(), ("Idempotency-Key", key.encode())]
    answer = await notes.client.post("/notes", json={"text": "a"}, headers=headers)
    assert answer.status_code == 400
    assert await notes.texts() == []


async def test_two_at_once_are_done_once(notes: Any) -> None:
    answers = await asyncio.gather(*(notes.write("a", **{"Idempotency-Key": "k1"}) for _ in range(8)))
    assert await notes.texts() == ["a"]
    by_status = sorted(answer.status_code for answer in answers)
    assert by_status == [201] + [409] * 7
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "request-in-flight"
    assert (await notes.write("a", **{"Idempotency-Key": "k1"})).headers["idempotent-replayed"] == "true"


async def test_two_processes_at_once_are_done_once(notes: Any) -> None:
    """Behind this process's own list of keys stands the database."""
    caller = Principal(new_id(), frozenset({"coordinator"}), "fr-pac")
    this = attempt(caller, "k1", "POST", "/notes", b"{}")
    done: list[str] = []

    async def process() -> None:
        try:
            async with notes.db.write() as session:
                if await earlier_answer(session, this) is None:
                    await asyncio.sleep(0.05)
                    await keep_answer(session, this, Response(b"{}", status_code=201))
                    done.append("done")
                else:
                    done.append("replayed")
        except StillInFlight:
            done.append("in flight")

    await asyncio.gather(process(), process())
    assert sorted(done) in (["done", "replayed"], ["done", "in flight"])
    assert await kept(notes) == 1


async def test_after_a_crash_the_key_is_free(notes: Any) -> None:
    headers = notes.me | {"Idempotency-Key": "k1"}
    for _ in range(2):
        answer = await notes.client.post("/crashes", json={"text": "a"}, headers=headers)
        assert answer.status_code == 500
    assert await notes.texts() == []


async def test_a_key_lives_a_day(notes: Any, clock: TestClock) -> None:
    first = await notes.write("a", **{"Idempotency-Key": "k1"})
    clock.advance(timedelta(hours=23, minutes=59))
    assert (await notes.write("a", **{"Idempotency-Key": "k1"})).json() == first.json()
    clock.advance(timedelta(minutes=2))
    assert (await notes.write("b", **{"Idempotency-Key": "k1"})).json()["id"] != first.json()["id"]


async def test_old_answers_are_purged(notes: Any, clock: TestClock) -> None:
    await notes.write("a", **{"Idempotency-Key": "k1"})
    clock.advance(timedelta(hours=20))
    await notes.write("b", **{"Idempotency-Key": "k2"})
    clock.advance(timedelta(hours=5))
    async with notes.db.write() as session:
        assert await purge_answers(session) == 1
    assert await kept(notes) == 1


async def remember(notes: Any, principal: UUID, key: str, body: str) -> None:
    values = {"principal_id": principal, "key": key, "fingerprint": "f", "status": 201, "headers": {}}
    async with notes.db.write() as session:
        await session.execute(insert(TABLE).values(**values, body=body.encode(), created_at=now()))


async def test_forgetting_a_person(notes: Any) -> None:
    person, other = new_id(), new_id()
    await remember(notes, person, "hers", "{}")
    await remember(notes, other, "by-id", f'{{"coordinator_id": "{person}"}}')
    await remember(notes, other, "by-name", '{"name": "Zo\\u00e9 INVENTÉE"}')
    await remember(notes, other, "by-address", '{"email": "Zoe@Exemple.fr"}')
    await remember(notes, other, "not-hers", '{"name": "Line"}')
    async with notes.db.write() as session:
        assert await forget_answers(session, [person, "Zoé", "zoe@exemple.fr", "  "]) == 4
    async with notes.db.read() as session:
        assert (await session.scalars(select(TABLE.c.key))).all() == ["not-hers"]
