"""A change of rights ends the tokens from before it, and those only: who renews hers goes on with it.

Notes stand for the changes: a note's id is that of somebody whose rights changed when it was written.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from maillage.auth import EndedTokensTable, Principal, end_tokens, ended_tokens, ends_tokens
from maillage.auth import ended as kit
from maillage.auth.ended import OUTLIVED, Ended
from maillage.auth.tokens import OVERLAP, good_from
from maillage.clock import now
from maillage.db import Database, ServiceBase
from maillage.testing.clock import TestClock
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase


class Base(ServiceBase, DeclarativeBase):
    """The tables of a service that hears of changed rights."""


class EndedTokens(EndedTokensTable, Base):
    """As each service has one."""


@pytest.fixture
def looks(notes: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Each look for whose tokens were ended; by itself the service takes one an hour here."""
    found: list[Any] = []

    def ended(_settings: Any, since: Any) -> Any:
        found.append(since)
        return select(notes.note_model.id, notes.note_model.created_at)

    monkeypatch.setattr(kit, "LOOK_EVERY", 3600.0)
    notes.app.state.service.ended = Ended(notes.db, None, None, ended)
    return found


async def change_rights(notes: Any, person: UUID) -> None:
    async with notes.db.write() as session:
        session.add(notes.note_model(id=person, text="autres droits"))
        ends_tokens(session)


async def test_a_token_from_before_is_refused_and_one_from_after_is_not(notes: Any, looks: list[Any]) -> None:
    person = uuid4()
    before = notes.tokens.animator(person)
    assert (await notes.client.get("/whoami", headers=before)).status_code == 200
    await change_rights(notes, person)
    refused = await notes.client.get("/whoami", headers={**before, "Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (401, "token-ended")
    assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert (await notes.client.post("/animators-only", headers=before)).status_code == 401
    after = notes.tokens.coordinator(person, ended_at=now())
    assert (await notes.client.get("/whoami", headers=after)).status_code == 200
    assert (await notes.client.get("/whoami", headers=notes.me)).status_code == 200


async def test_what_a_slow_issuer_signed_meanwhile_is_refused_too(
    notes: Any, looks: list[Any], clock: TestClock
) -> None:
    """Its clock is ahead, or it had read her rights just before: some seconds are not believed."""
    person = uuid4()
    await change_rights(notes, person)
    clock.advance(seconds=OVERLAP)
    assert (await notes.client.get("/whoami", headers=notes.tokens.animator(person))).status_code == 401
    clock.advance(seconds=1)
    assert (await notes.client.get("/whoami", headers=notes.tokens.animator(person))).status_code == 200


async def test_a_clock_that_was_ahead_shuts_nobody_out(
    notes: Any, looks: list[Any], clock: TestClock
) -> None:
    """Rights changed while it was tomorrow at the issuer's, whose clock is right again."""
    person, before = uuid4(), notes.tokens.animator
    clock.advance(days=1)
    changed_at = now()
    await change_rights(notes, person)
    clock.advance(days=-1)
    assert (await notes.client.get("/whoami", headers=before(person))).status_code == 401
    clock.advance(seconds=OVERLAP + 1)
    notes.app.state.service.ended.look_again()
    renewed = notes.tokens.coordinator(person, ended_at=changed_at)
    assert (await notes.client.get("/whoami", headers=renewed)).status_code == 200


async def test_who_acts_for_another_acts_no_more_without_her_own_rights(notes: Any, looks: list[Any]) -> None:
    helper, helped = uuid4(), uuid4()
    acting = notes.tokens.coordinator(helped, actor=helper)
    assert (await notes.client.get("/whoami", headers=acting)).status_code == 200
    await change_rights(notes, helper)
    assert (await notes.client.get("/whoami", headers=acting)).status_code == 401
    assert (await notes.client.get("/whoami", headers=notes.tokens.coordinator(helped))).status_code == 200


async def test_who_is_signed_out_of_one_browser_goes_on_in_the_others(notes: Any, looks: list[Any]) -> None:
    person, closed, other = uuid4(), uuid4(), uuid4()
    here, there = (notes.tokens.coordinator(person, session=session) for session in (closed, other))
    await change_rights(notes, closed)
    refused = await notes.client.get("/whoami", headers=here)
    assert (refused.status_code, refused.json()["code"]) == (401, "token-ended")
    for headers in (there, notes.tokens.coordinator(person)):
        assert (await notes.client.get("/whoami", headers=headers)).status_code == 200


async def test_a_program_whose_key_was_revoked_has_no_token_left(notes: Any, looks: list[Any]) -> None:
    key = uuid4()
    headers = notes.tokens.service("notes:read", subject=key)
    assert (await notes.client.get("/whoami", headers=headers)).status_code == 200
    await change_rights(notes, key)
    assert (await notes.client.get("/whoami", headers=headers)).status_code == 401
    other = notes.tokens.service("notes:read")
    assert (await notes.client.get("/whoami", headers=other)).status_code == 200


async def test_many_requests_cost_one_look(notes: Any, looks: list[Any]) -> None:
    await change_rights(notes, uuid4())
    for headers in (notes.me, notes.tokens.service("notes:read")) * 5:
        assert (await notes.client.get("/whoami", headers=headers)).status_code == 200
    assert len(looks) == 1


async def test_a_live_answer_ends_and_begins_again_with_the_new_token(notes: Any, looks: list[Any]) -> None:
    ended, person = notes.app.state.service.ended, uuid4()
    reader = Principal(person, frozenset(), "fr-pac", since=now().timestamp())
    assert await ended.still(reader)
    await change_rights(notes, person)
    assert not await ended.still(reader)
    assert await ended.still(Principal(person, frozenset(), "fr-pac", since=good_from(now())))


async def test_of_two_moments_told_the_later_one_holds(database_url: str) -> None:
    """Whatever their order, and after a restart; what has outlived all tokens is forgotten."""
    person, first, later, old = uuid4(), now() - timedelta(minutes=9), now(), now() - OUTLIVED * 2
    db = Database(database_url)
    async with db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    for moment in (later, first, old):
        async with db.write() as session:
            await end_tokens(session, EndedTokens, person, moment)
    await db.dispose()
    db = Database(database_url)
    known = Ended(db, None, None, ended_tokens(EndedTokens))
    assert await known.still(Principal(person, frozenset(), "fr-pac", since=good_from(later)))
    assert not await known.still(Principal(person, frozenset(), "fr-pac", since=good_from(later) - 1))
    async with db.write() as session:
        session.add(EndedTokens(person_id=uuid4(), ended_at=old))
    async with db.write() as session:
        await end_tokens(session, EndedTokens, uuid4(), later)
        assert old not in (await session.scalars(select(EndedTokens.ended_at))).all()
    await db.dispose()
