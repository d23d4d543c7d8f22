"""Erasing a person here, asking the other services to do the same, and keeping the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from maillage import clock
from maillage.auth import Principal, ends_tokens
from maillage.db import lock_row
from maillage.erasing import Asked
from maillage.errors import NotFound
from maillage.events import forget, record
from maillage.http import expect_version
from maillage.ids import new_id
from maillage.timers import cancel_timer, schedule
from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth import forget_moves, issuer_keys, pending_move
from maillage_directory.errors import PersonErased
from maillage_directory.events import CoordinatorErased, ErasureConfirmed
from maillage_directory.model import (
    Account,
    Base,
    Coordinator,
    Cpts,
    Erasure,
    ErasureAbroad,
    ErasureConfirmation,
    LinkedIdentity,
    Neighbour,
    Position,
    SignInCode,
    SignInSession,
)
from maillage_directory.model.base import touch
from maillage_directory.model.coordinator import ERASED
from maillage_directory.model.erasure import COMPLETE
from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases.coordinators import guard_administrator, locked_person
from maillage_directory.usecases.imports import erase_from_imports
from maillage_directory.usecases.positions import close_position, open_positions
from maillage_directory.usecases.presenting import present

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ConfirmedAbroad:
    """What a service of another region says of an erasure."""

    erasure_id: UUID
    region: str
    service: str
    erased_at: datetime
    counts: Mapping[str, Any]


OWN_NAME = "directory"
REMINDER = "erasure-reminder"


async def erase_coordinator(
    session: AsyncSession, settings: DirectorySettings, caller: Principal, coordinator_id: UUID, version: int
) -> Erasure:
    """Empties profile and account, ends posts and sessions, tells the others; the receipt.

    What her id says elsewhere (who held which post) stays: with every name gone it identifies nobody.
    Raises NotFound, PersonErased, PreconditionFailed, Forbidden (an administrator's, by an animator).
    """
    posts = await _locked_posts(session, coordinator_id)
    person = await locked_person(session, coordinator_id)
    guard_administrator(caller, await session.get_one(Account, coordinator_id))
    expect_version(person, version)
    asked = Asked(new_id(), coordinator_id, caller.id, clock.now())
    return await _erase(session, settings, person, posts, asked)


async def erase_again(session: AsyncSession, settings: DirectorySettings, asked: Asked) -> Erasure | None:
    """Does again, under its old receipt, an erasure that a restored backup knows nothing of.

    None when the backup is older than the person, or already has her erased.
    """
    posts = await _locked_posts(session, asked.person_id)
    try:
        person = await locked_person(session, asked.person_id)
    except (NotFound, PersonErased):
        return None
    log.warning("erasure-repeated", erasure_id=str(asked.erasure_id))
    return await _erase(session, settings, person, posts, asked)


async def _locked_posts(session: AsyncSession, coordinator_id: UUID) -> list[Position]:
    posts = await open_positions(session, coordinator_id)
    for cpts_id in sorted({post.cpts_id for post in posts}):
        await lock_row(session, Cpts, cpts_id)
    return posts


async def _erase(
    session: AsyncSession,
    settings: DirectorySettings,
    person: Coordinator,
    posts: list[Position],
    asked: Asked,
) -> Erasure:
    for post in posts:
        await close_position(session, post, max(clock.today(), post.started_on), None)
    erasure = Erasure(
        id=asked.erasure_id,
        coordinator_id=asked.person_id,
        requested_by=asked.requested_by,
        requested_at=asked.requested_at,
        confirm_by=clock.now() + timedelta(days=settings.erasure_days),
    )
    erasure.confirmations, erasure.abroad = [], []
    session.add(erasure)
    counts = await _erase_here(session, settings, person)
    _announce(session, person, erasure)
    await schedule(session, REMINDER, str(erasure.id), erasure.confirm_by)
    await _confirm_own(session, erasure, counts)
    ends_tokens(session)
    return erasure


async def confirm_erasure(
    session: AsyncSession,
    settings: DirectorySettings,
    service: str,
    erasure_id: UUID,
    erased_at: datetime,
    counts: dict[str, Any],
) -> None:
    """Notes that a service has erased its copy. The first word counts; an unknown receipt is passed over."""
    erasure = await session.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None or any(one.service == service for one in erasure.confirmations):
        return
    erasure.confirmations.append(ErasureConfirmation(service=service, erased_at=erased_at, counts=counts))
    touch(erasure)
    await complete_if_done(session, settings, erasure)


async def confirm_erasure_abroad(
    session: AsyncSession, settings: DirectorySettings, said: ConfirmedAbroad
) -> None:
    """Notes that a service of another region has erased its copy; as confirm_erasure."""
    erasure = await session.get(Erasure, said.erasure_id, with_for_update=True)
    known = {(one.region, one.service) for one in erasure.abroad} if erasure is not None else set()
    if erasure is None or (said.region, said.service) in known:
        return
    erasure.abroad.append(
        ErasureAbroad(
            region=said.region, service=said.service, erased_at=said.erased_at, counts=dict(said.counts)
        )
    )
    touch(erasure)
    await complete_if_done(session, settings, erasure)


async def note_purge(
    session: AsyncSession, settings: DirectorySettings, erasure_id: UUID, deleted: int
) -> None:
    """Counts stream messages that were deleted; a pass that found none left is the end of the purge."""
    erasure = await lock_row(session, Erasure, erasure_id)
    erasure.purged_messages += deleted
    if deleted == 0 and erasure.purged_at is None:
        erasure.purged_at = clock.now()
    await complete_if_done(session, settings, erasure)


async def complete_if_done(session: AsyncSession, settings: DirectorySettings, erasure: Erasure) -> None:
    """Closes the receipt once everybody has confirmed and nothing is left in the stream."""
    if erasure.status == COMPLETE or waiting_for(settings, erasure) or erasure.purged_at is None:
        return
    if await waiting_for_regions(session, settings, erasure):
        return
    erasure.status, erasure.completed_at = COMPLETE, clock.now()
    await cancel_timer(session, REMINDER, str(erasure.id))


def waiting_for(settings: DirectorySettings, erasure: Erasure) -> list[str]:
    """The services that have not confirmed yet."""
    confirmed = {one.service for one in erasure.confirmations}
    return [service for service in settings.erasure_services if service not in confirmed]


async def waiting_for_regions(
    session: AsyncSession, settings: DirectorySettings, erasure: Erasure
) -> list[str]:
    """The regions linked to ours that have not confirmed yet.

    Where a directory has told us of its people, it is the directory that must answer; of a region that has no
    directory that we know of, any service.
    """
    told_of_people = set(await session.scalars(select(Neighbour.region).distinct()))
    answered = {one.region for one in erasure.abroad}
    directories = {one.region for one in erasure.abroad if one.service == OWN_NAME}
    done = directories | (answered - told_of_people)
    return [region for region in settings.peer_regions if region not in done]


async def remind_of_erasure(session: AsyncSession, settings: DirectorySettings, erasure_id: UUID) -> None:
    """The deadline has passed: the request is published again, and again after each such time."""
    erasure = await session.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None or erasure.status == COMPLETE:
        return
    erasure.reminded_at = clock.now()
    late = [*waiting_for(settings, erasure), *await waiting_for_regions(session, settings, erasure)]
    log.warning("erasure-overdue", erasure_id=str(erasure_id), waiting_for=late)
    if late:
        _announce(session, await lock_row(session, Coordinator, erasure.coordinator_id), erasure)
    again = clock.now() + timedelta(days=settings.erasure_days)
    await schedule(session, REMINDER, str(erasure_id), again)


async def _erase_here(
    session: AsyncSession, settings: DirectorySettings, person: Coordinator
) -> dict[str, int]:
    account = await lock_row(session, Account, person.id)
    # Whatever names her bears her id too: of her words, only the unique ones are looked for.
    wanted = await pending_move(session, account.id)
    needles = [word for word in (account.email, person.phone, wanted and wanted.email) if word]
    counts = {"coordinator": 1, "account": 1, "sign_in": await _forget_sign_ins(session, settings, account)}
    counts["import_lines"] = await erase_from_imports(session, person, account.email)
    person.first_name = person.last_name = person.phone = person.bio = person.search_name = None
    person.challenges, person.skills = [], []
    person.status, person.erased_at = ERASED, clock.now()
    person.left_on = person.left_on or clock.today()
    touch(person, account)
    account.email, account.roles = None, []
    await present(session, person.id)  # nothing is left to show, nor a trace of what was
    counts["traces"] = await forget(session, Base, person.id, needles=needles)
    return counts


async def _forget_sign_ins(session: AsyncSession, settings: DirectorySettings, account: Account) -> int:
    address = issuer_keys(settings).mac("address", (account.email or "").encode())
    codes = or_(SignInCode.account_id == account.id, SignInCode.address == address)
    gone = [
        await session.execute(delete(SignInCode).where(codes)),
        await session.execute(delete(SignInSession).where(SignInSession.account_id == account.id)),
        await session.execute(delete(LinkedIdentity).where(LinkedIdentity.account_id == account.id)),
    ]
    moves = await forget_moves(session, account.id)
    return moves + sum(int(getattr(result, "rowcount", 0)) for result in gone)


def _announce(session: AsyncSession, person: Coordinator, erasure: Erasure) -> None:
    event = CoordinatorErased(
        coordinator_id=person.id,
        erasure_id=erasure.id,
        requested_at=erasure.requested_at,
        confirm_by=erasure.confirm_by,
    )
    record(session, event, sequence=person.version)


async def _confirm_own(session: AsyncSession, erasure: Erasure, counts: dict[str, int]) -> None:
    now = clock.now()
    erasure.confirmations.append(ErasureConfirmation(service=OWN_NAME, erased_at=now, counts=counts))
    await session.flush()
    event = ErasureConfirmed(
        coordinator_id=erasure.coordinator_id, erasure_id=erasure.id, erased_at=now, counts=counts
    )
    record(session, event)
