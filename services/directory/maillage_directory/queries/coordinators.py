"""Coordinators, as far as they are open to who is asking."""

from __future__ import annotations

from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.errors import NotFound, Unauthorized
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.errors import PersonErased
from maillage_directory.model import Account, Coordinator, CoordinatorChallenge, EmailChange, Position
from maillage_directory.model.coordinator import ERASED
from maillage_directory.queries.filters import Filters, narrow_coordinators
from maillage_directory.queries.people import BARE, own_profile, profile, profiles
from maillage_directory.reach import NAME_FLOOR, Viewer, anything_readable, readable
from maillage_directory.schemas.coordinator import CoordinatorOut, CoordinatorSummary, MeOut


async def list_coordinators(
    session: AsyncSession, wanted: Filters, looking: Viewer, paging: Paging
) -> tuple[list[CoordinatorOut], str | None]:
    """One page of those of whom anything is open to the viewer; with `updated_since` also the erased ones.

    In alphabetical order for who may read every name; else in order of joining, which tells nothing of them.
    """
    seen = anything_readable(looking)
    if paging.updated_since is None:
        shown = and_(Coordinator.status != ERASED, seen)
    else:
        shown = or_(Coordinator.status == ERASED, seen)
    chosen = select(Coordinator).options(*BARE).where(shown)
    statement = await narrow_coordinators(session, chosen, wanted, looking)
    by_name = NAME_FLOOR in looking.reaches and paging.updated_since is None
    key = (Coordinator.search_name, Coordinator.id) if by_name else None
    rows, cursor = await paginate(session, statement, paging, key=key)
    return await profiles(session, rows, looking), cursor


async def summary(session: AsyncSession, wanted: Filters, looking: Viewer) -> CoordinatorSummary:
    """How many match, and how many of them say to the viewer that they met each challenge."""
    chosen = select(Coordinator.id).where(Coordinator.status != ERASED, anything_readable(looking))
    chosen = await narrow_coordinators(session, chosen, wanted, looking)
    total = await session.scalar(select(func.count()).select_from(chosen.subquery()))
    counts = await _count_by_challenge(session, chosen, looking)
    held = select(Position.cpts_id).where(Position.ended_on.is_(None), Position.coordinator_id.in_(chosen))
    places = (await session.scalars(held.distinct())).all()
    return CoordinatorSummary(total=total or 0, challenges=counts, cpts_ids=sorted(places))


async def met_by(session: AsyncSession, wanted: Filters, looking: Viewer) -> dict[str, int]:
    """How many of those who match say to the viewer that they met each challenge."""
    chosen = select(Coordinator.id).where(Coordinator.status != ERASED, anything_readable(looking))
    chosen = await narrow_coordinators(session, chosen, wanted, looking)
    return await _count_by_challenge(session, chosen, looking)


async def _count_by_challenge(session: AsyncSession, chosen: Select[UUID], looking: Viewer) -> dict[str, int]:
    met = (
        select(CoordinatorChallenge.challenge, func.count())
        .join(Coordinator, Coordinator.id == CoordinatorChallenge.coordinator_id)
        .where(Coordinator.id.in_(chosen), readable("challenges", looking))
        .group_by(CoordinatorChallenge.challenge)
    )
    return {row[0]: row[1] for row in (await session.execute(met)).all()}


async def one_coordinator(session: AsyncSession, coordinator_id: UUID, looking: Viewer) -> CoordinatorOut:
    """A profile, read afresh. Raises NotFound, PersonErased."""
    row = await person(session, coordinator_id)
    if row.is_erased:
        raise PersonErased
    return profile(row, looking)


async def person(session: AsyncSession, coordinator_id: UUID) -> Coordinator:
    """The row behind a profile, read afresh. Raises NotFound."""
    wanted = select(Coordinator).where(Coordinator.id == coordinator_id)
    row = (await session.execute(wanted, execution_options={"populate_existing": True})).scalar()
    if row is None:
        raise NotFound
    return row


async def me(session: AsyncSession, caller: Principal, looking: Viewer) -> MeOut:
    """The caller's account and profile. Raises Unauthorized when her account is gone."""
    found = (await session.execute(_MINE, {"caller": caller.id})).one_or_none()
    if found is not None and found.email is None:
        raise Unauthorized
    own = found.Coordinator if found else None
    return MeOut(
        id=caller.id,
        roles=sorted(caller.roles),
        email=found.email if found else None,
        pending_email=found.wanted if found and found.until and found.until > clock.now() else None,
        language=found.language if found else "fr",
        region=caller.region,
        coordinator=await own_profile(session, own, found, looking) if own else None,
    )


_MINE = (
    select(Account.email, Account.language, Account.roles, Coordinator)
    .add_columns(EmailChange.email.label("wanted"), EmailChange.expires_at.label("until"))
    .options(*BARE)
    .outerjoin(Coordinator, Coordinator.id == Account.id)
    .outerjoin(EmailChange, EmailChange.id == Account.id)
    .where(Account.id == bindparam("caller"))
)
"""Account, profile and the address that waits for its code: every page of the portal begins with it."""
