"""An erased person's token ends with her account: at once where she was erased, within a second elsewhere.

Notes stand for the erased: a note's id is that of somebody who was.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from maillage.auth import Principal, ends_tokens
from maillage.auth import ended as kit
from maillage.auth.ended import Ended
from maillage.bell import Bell
from maillage.clock import now
from maillage.http.live import follow
from sqlalchemy import select
from sqlalchemy.exc import OperationalError


@pytest.fixture
def looks(notes: Any, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the service looked for who was erased; by itself it does so once an hour here."""
    found: list[datetime] = []

    def erased(_settings: Any, since: datetime) -> Any:
        found.append(since)
        return select(notes.note_model.id).where(notes.note_model.created_at >= since)

    monkeypatch.setattr(kit, "LOOK_EVERY", 3600.0)
    notes.app.state.service.ended = Ended(notes.db, None, erased)
    return found


async def erase(notes: Any, *, elsewhere: bool = False) -> UUID:
    """Somebody is erased, by this process or another; her id."""
    person = uuid4()
    async with notes.db.write() as session:
        session.add(notes.note_model(id=person, text="effacée"))
        if not elsewhere:
            ends_tokens(session)
    return person


async def test_her_token_is_refused_at_once_in_clear_words(notes: Any, looks: list[datetime]) -> None:
    assert (await notes.client.get("/whoami", headers=notes.me)).status_code == 200
    gone = notes.tokens.coordinator(await erase(notes))
    answer = await notes.client.get("/whoami", headers={**gone, "Accept-Language": "en"})
    assert answer.status_code == 401
    assert (answer.json()["code"], answer.json()["title"]) == ("account-erased", "Account erased")
    assert answer.headers["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="account erased"'
    )
    assert (await notes.client.post("/notes", json={"text": "a"}, headers=gone)).status_code == 401
    assert (await notes.client.get("/notes", headers=gone)).status_code == 200, "nobody is asked for there"
    assert (await notes.client.get("/whoami", headers=notes.me)).status_code == 200


async def test_many_requests_cost_one_look(notes: Any, looks: list[datetime]) -> None:
    for _ in range(20):
        assert (await notes.client.get("/whoami", headers=notes.me)).status_code == 200
    assert len(looks) == 1
    assert (now() - looks[0]).total_seconds() > 12 * 3600, "a token of `maillage token` lives so long"


async def test_what_another_process_erased_is_known_at_the_next_look(
    notes: Any, looks: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: Ended = notes.app.state.service.ended
    monkeypatch.setattr(kit, "LOOK_EVERY", 0.0)
    gone = notes.tokens.coordinator(await erase(notes, elsewhere=True))
    assert (await notes.client.get("/whoami", headers=gone)).status_code == 401
    monkeypatch.setattr(kit, "LOOK_EVERY", 3600.0)
    ended.look_again()
    assert (await notes.client.get("/whoami", headers=notes.me)).status_code == 200
    late = notes.tokens.coordinator(await erase(notes, elsewhere=True))
    assert (await notes.client.get("/whoami", headers=late)).status_code == 200, "not looked yet"
    ended.look_again()
    assert (await notes.client.get("/whoami", headers=late)).status_code == 401


async def test_a_program_is_not_taken_for_somebody_erased(notes: Any, looks: list[datetime]) -> None:
    program = notes.tokens.service("notes:read", subject=await erase(notes))
    assert (await notes.client.get("/whoami", headers=program)).status_code == 200


async def test_nobody_is_let_in_unlooked_at(notes: Any, tmp_path: Path) -> None:
    def away(_settings: Any, _since: datetime) -> Any:
        raise OperationalError("", {}, ConnectionRefusedError())

    notes.app.state.service.ended = Ended(notes.db, None, away)
    answer = await notes.client.get("/whoami", headers=notes.me)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await notes.client.get("/whoami")).status_code == 200


async def test_a_live_answer_ends_with_its_readers_token(notes: Any, looks: list[datetime]) -> None:
    service = notes.app.state.service

    async def nothing(_number: int) -> list[Any]:
        return []

    async def sent(reader: Principal) -> int:
        told = follow(service, Bell(), nothing, reader=reader, newest=0, last=None, patience=0)
        assert (await anext(told)).comment == "open"
        return len([event async for event in told])

    over = Principal(uuid4(), frozenset(), "fr-pac", until=now().timestamp())
    assert await sent(over) == 0
    gone = Principal(await erase(notes), frozenset(), "fr-pac", until=now().timestamp() + 600)
    assert await sent(gone) == 0
    assert await service.ended.still(Principal(uuid4(), frozenset(), "fr-pac", until=now().timestamp() + 60))
