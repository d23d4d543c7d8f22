"""Entering a CPTS, changing what is said of it, closing it."""

from __future__ import annotations

from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from maillage.events import record
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.errors import CptsIsClosed, PostStillHeld, SlugTaken
from maillage_directory.events import CptsClosed, CptsCreated, CptsUpdated, MainCommune
from maillage_directory.model import Cpts, CptsChallenge, CptsTerritoryType, Position
from maillage_directory.model.base import touch
from maillage_directory.schemas.cpts import CommuneEntry, CptsChange, CptsCreate
from maillage_directory.text import slugify
from maillage_directory.usecases.presenting import present_holders
from maillage_directory.usecases.terms import require_terms, unique
from maillage_directory.usecases.territory import TERRITORY_FIELDS, covered, search_text, settle

CLOSED, MERGED = "fermee", "fusionnee"


async def create_cpts(session: AsyncSession, body: CptsCreate) -> Cpts:
    """Enters a CPTS. Raises SlugTaken, UnknownCommune, UnknownTerm."""
    _require_vocabulary(body)
    slug = body.slug or slugify(body.name)
    if await session.scalar(select(Cpts.id).where(Cpts.slug == slug)):
        raise SlugTaken
    cpts = Cpts(id=new_id(), slug=slug, name=body.name, status=body.status, aliases=body.aliases)
    cpts.communes, cpts.departments, cpts.challenges, cpts.territory_types = [], [], [], []
    settle(cpts, covered(body.communes), body)
    _label(cpts, body.challenges, body.territory_types)
    cpts.search_text = search_text(cpts)
    session.add(cpts)
    try:
        await session.flush()
    except IntegrityError as error:  # taken since we looked
        raise SlugTaken from error
    record(session, CptsCreated(**_facts(cpts)), sequence=cpts.version)
    return cpts


async def change_cpts(session: AsyncSession, cpts_id: UUID, version: int, body: CptsChange) -> Cpts:
    """Changes what was sent. Raises NotFound, PreconditionFailed, CptsIsClosed, and as create_cpts does."""
    cpts = await lock_row(session, Cpts, cpts_id)
    expect_version(cpts, version)
    if cpts.is_closed:
        raise CptsIsClosed
    _require_vocabulary(body)
    sent = body.changes()
    for field in ("name", "status", "aliases"):
        if sent.get(field) is not None:
            setattr(cpts, field, sent[field])
    if TERRITORY_FIELDS & sent.keys():
        settle(cpts, covered(body.communes or _present(cpts)), body)
    _label(cpts, sent.get("challenges"), sent.get("territory_types"))
    cpts.search_text = search_text(cpts)
    touch(cpts)
    await session.flush()
    record(session, CptsUpdated(**_facts(cpts)), sequence=cpts.version)
    await present_holders(session, cpts_id)
    return cpts


async def close_cpts(
    session: AsyncSession, cpts_id: UUID, version: int, merged_into: UUID | None = None
) -> Cpts:
    """Closes a CPTS, or merges it into another; its history stays. Raises PostStillHeld, CptsIsClosed."""
    cpts = await lock_row(session, Cpts, cpts_id)
    expect_version(cpts, version)
    if cpts.is_closed:
        raise CptsIsClosed
    open_post = select(Position.id).where(Position.cpts_id == cpts_id, Position.ended_on.is_(None)).limit(1)
    if await session.scalar(open_post):
        raise PostStillHeld
    if merged_into is not None:
        target = await lock_row(session, Cpts, merged_into)
        if target.is_closed or target.id == cpts.id:
            raise CptsIsClosed
    cpts.status = MERGED if merged_into else CLOSED
    cpts.closed_on, cpts.merged_into = clock.today(), merged_into
    await session.flush()
    event = CptsClosed(cpts_id=cpts.id, closed_on=cpts.closed_on, merged_into=merged_into)
    record(session, event, sequence=cpts.version)
    return cpts


def _require_vocabulary(body: CptsCreate | CptsChange) -> None:
    if body.status is not None:
        require_terms("statuses", [body.status], "/status")
        if body.status in (CLOSED, MERGED):
            raise CptsIsClosed(detail="DELETE /cpts/{id}")
    require_terms("challenges", body.challenges, "/challenges/{}")
    require_terms("territory_types", body.territory_types, "/territory_types/{}")


def _label(cpts: Cpts, challenges: list[str] | None, territory_types: list[str] | None) -> None:
    if challenges is not None:
        kept = {row.challenge: row for row in cpts.challenges}
        cpts.challenges = [kept.get(slug) or CptsChallenge(challenge=slug) for slug in unique(challenges)]
        for rank, challenge in enumerate(cpts.challenges):
            challenge.rank = rank
    if territory_types is not None:
        types = {row.territory_type: row for row in cpts.territory_types}
        cpts.territory_types = [
            types.get(slug) or CptsTerritoryType(territory_type=slug) for slug in unique(territory_types)
        ]
        for rank, territory_type in enumerate(cpts.territory_types):
            territory_type.rank = rank


def _present(cpts: Cpts) -> list[CommuneEntry]:
    return [CommuneEntry(insee=one.insee, shared=one.shared, name=one.name) for one in cpts.communes]


def _facts(cpts: Cpts) -> dict[str, object]:
    return {
        "cpts_id": cpts.id,
        "slug": cpts.slug,
        "name": cpts.name,
        "status": cpts.status,
        "main_commune": MainCommune(insee=cpts.main_commune_insee, name=cpts.main_commune_name),
        "departments": cpts.department_codes,
        "population": cpts.population,
        "size": cpts.size,
        "challenges": cpts.challenge_slugs,
        "territory_types": cpts.territory_slugs,
        "lat": cpts.lat,
        "lon": cpts.lon,
    }
