"""Nobody overwrites what she has not read; nobody reads twice what has not changed."""

import asyncio
from typing import Any

import pytest


@pytest.fixture
async def note(notes: Any) -> str:
    return str((await notes.write("a")).json()["id"])


async def change(notes: Any, note: str, text: str, *tag: str) -> Any:
    headers = {"If-Match": tag[0]} if tag else {}
    return await notes.client.patch(f"/notes/{note}", json={"text": text}, headers=headers)


async def test_change_with_the_version_read(notes: Any, note: str) -> None:
    tag = (await notes.client.get(f"/notes/{note}")).headers["etag"]
    answer = await change(notes, note, "b", tag)
    assert answer.status_code == 200
    assert answer.headers["etag"].startswith('"2-')
    assert answer.headers["etag"] == (await notes.client.get(f"/notes/{note}")).headers["etag"]
    assert answer.json()["version"] == 2


async def test_a_tag_weakened_by_a_compressing_proxy(notes: Any, note: str) -> None:
    assert (await change(notes, note, "b", 'W/"1"')).status_code == 200


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ((), 428, "if-match-required"),
        (("",), 428, "if-match-required"),
        (('"7"',), 412, "version-mismatch"),
        (('"other"',), 412, "version-mismatch"),
        (("1",), 400, "bad-entity-tag"),
        (("*",), 400, "bad-entity-tag"),
        (('W/"2"',), 412, "version-mismatch"),
    ],
)
async def test_refused(notes: Any, note: str, tag: tuple[str, ...], status: int, code: str) -> None:
    answer = await change(notes, note, "b", *tag)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await notes.texts() == ["a"]


async def test_of_two_changes_at_once_one_wins(notes: Any, note: str) -> None:
    answers = await asyncio.gather(*(change(notes, note, f"c{number}", '"1"') for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert await notes.texts() == [won.json()["text"]]


@pytest.mark.parametrize(
    ("tags", "status"),
    [("{}", 304), ("W/{}", 304), ('"9", {}', 304), ("*", 304), ('"1"', 200), ('"2"', 200), ("1", 200)],
)
async def test_read_again(notes: Any, note: str, tags: str, status: int) -> None:
    tag = (await notes.client.get(f"/notes/{note}")).headers["etag"]
    answer = await notes.client.get(f"/notes/{note}", headers={"If-None-Match": tags.format(tag)})
    assert answer.status_code == status
    assert answer.headers["etag"] == tag
    assert bool(answer.content) == (status == 200)
