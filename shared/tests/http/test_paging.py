"""Lists lose nothing and repeat nothing while others write; a cursor is good for its list only."""

import base64
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from maillage.http.paging import BadCursor, _decode, _encode
from maillage.testing.clock import TestClock
from sqlalchemy import delete


async def walk(notes: Any, limit: int, between: Any = None, **params: Any) -> list[dict[str, Any]]:
    """Every item of the list, page by page; `between` runs after each page."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        query = {"limit": limit, **params, **({"cursor": cursor} if cursor else {})}
        answer = await notes.client.get("/notes", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items
        if between:
            await between()


async def test_pages_give_everything_once(notes: Any) -> None:
    for number in range(7):
        await notes.write(f"n{number}")
    assert [each["text"] for each in await walk(notes, 3)] == [f"n{number}" for number in range(7)]
    assert [each["text"] for each in await walk(notes, 7)] == [f"n{number}" for number in range(7)]


async def test_descending_with_equal_keys(notes: Any, clock: TestClock) -> None:
    for number in range(5):
        await notes.write(f"n{number}")
    clock.advance(timedelta(seconds=1))
    await notes.write("last")
    found = [each["text"] for each in await walk(notes, 2, newest="true")]
    assert found == ["last", "n4", "n3", "n2", "n1", "n0"]


@pytest.mark.parametrize("limit", [0, 201, "x"])
async def test_limits(notes: Any, limit: Any) -> None:
    assert (await notes.client.get("/notes", params={"limit": limit})).status_code == 422


@pytest.mark.parametrize("damage", ["drop", "flip", "random", "empty-list", "other-list", "not-base64"])
async def test_tampered_cursors_are_refused(notes: Any, damage: str) -> None:
    for number in range(3):
        await notes.write(f"n{number}")
    cursor = (await notes.client.get("/notes?limit=1")).json()["next"]
    other = (await notes.client.get("/notes?limit=1&newest=true")).json()["next"]
    bad = {
        "drop": cursor[:-4],
        "flip": cursor[:-6] + ("A" if cursor[-6] != "A" else "B") + cursor[-5:],
        "random": "AAAAAAAAAAAAAAAA",
        "empty-list": base64.urlsafe_b64encode(b"[]").decode(),
        "other-list": other,
        "not-base64": "é?",
    }[damage]
    answer = await notes.client.get("/notes", params={"limit": 1, "cursor": bad})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad-cursor"


@pytest.mark.parametrize(
    "forged",
    [
        [None, None],
        [1, uuid4()],
        ["2026-01-01T00:00:00Z", uuid4()],
        [{"t": "2026-01-01T00:00:00"}, uuid4()],
        [{"t": "9999-01-01T00:00:00Z"}, uuid4()],
        [{"t": "2026-01-01T00:00:00Z"}, "\0"],
        [{"t": "2026-01-01T00:00:00Z"}, 10**30],
        [{"d": "2026-01-01"}, uuid4()],
        [[1], {}],
    ],
)
async def test_a_cursor_written_by_who_has_read_our_code_is_refused(notes: Any, forged: list[Any]) -> None:
    """The list by (created_at, id): a time and an id, as they can be kept, and nothing else."""
    given = (await notes.write("a"), await notes.write("b"))
    assert all(each.status_code == 201 for each in given)
    ours = (await notes.client.get("/notes?limit=1&newest=true")).json()["next"]
    label = json.loads(base64.urlsafe_b64decode(ours + "==")[6:])[0]
    values = [{"u": each.hex} if isinstance(each, UUID) else each for each in forged]
    body = json.dumps([label, *values]).encode()
    check = hashlib.sha256(b"maillage-cursor" + body).digest()[:6]
    cursor = base64.urlsafe_b64encode(check + body).decode()
    answer = await notes.client.get("/notes", params={"newest": "true", "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-cursor")


async def test_updated_since_gives_the_changed_oldest_first(notes: Any, clock: TestClock) -> None:
    made = [(await notes.write(f"n{number}")).json() for number in range(4)]
    clock.advance(timedelta(minutes=1))
    since = clock.now().isoformat()
    for place in (2, 0):
        clock.advance(timedelta(seconds=1))
        await notes.client.patch(
            f"/notes/{made[place]['id']}", json={"text": f"c{place}"}, headers={"If-Match": '"1"'}
        )
    found = await walk(notes, 1, updated_since=since)
    assert [each["text"] for each in found] == ["c2", "c0"]


async def test_updated_since_needs_a_zone(notes: Any) -> None:
    answer = await notes.client.get("/notes", params={"updated_since": "2026-01-01T00:00:00"})
    assert answer.json()["errors"] == [
        {"pointer": "?updated_since", "detail": "L’heure doit porter son fuseau."}
    ]


actions = st.lists(st.sampled_from(["add", "remove-first", "remove-last", "change"]), max_size=4)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    start=st.integers(1, 8), limit=st.integers(1, 4), plan=st.lists(actions, max_size=5), newest=st.booleans()
)
async def test_no_gap_no_repeat_while_others_write(
    notes: Any, start: int, limit: int, plan: list[list[str]], newest: bool
) -> None:
    note = type(notes).note_model
    async with notes.db.write() as session:
        await session.execute(delete(note))
    throughout = {(await notes.write("n")).json()["id"] for _ in range(start)}
    removed: set[str] = set()
    steps = iter(plan)

    async def others() -> None:
        for action in next(steps, []):
            alive = sorted(throughout - removed)
            if action == "add":
                await notes.write("x")
            elif action == "change" and alive:
                async with notes.db.write() as session:
                    (await session.get(note, UUID(alive[0]))).text += "!"
            elif alive and action.startswith("remove"):
                gone = alive[0 if action == "remove-first" else -1]
                removed.add(gone)
                async with notes.db.write() as session:
                    await session.execute(delete(note).where(note.id == UUID(gone)))

    seen = [each["id"] for each in await walk(notes, limit, others, newest=str(newest).lower())]
    assert len(seen) == len(set(seen))
    assert throughout - removed <= set(seen)


values = st.one_of(
    st.datetimes().map(lambda moment: moment.replace(tzinfo=UTC)),
    st.dates(),
    st.uuids(),
    st.integers(),
    st.text(),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@given(st.lists(values, min_size=1, max_size=4))
def test_cursors_carry_their_values(key: list[Any]) -> None:
    assert _decode(_encode("label", key), "label", len(key)) == key


@given(st.text(max_size=60))
def test_no_text_is_a_cursor_by_chance(text: str) -> None:
    with pytest.raises(BadCursor):
        _decode(text, "label", 1)


def test_a_key_of_another_kind_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        _encode("label", [None])
    assert isinstance(_encode("label", [date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), Decimal(1)]), str)
