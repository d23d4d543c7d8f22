"""Pathways, in the reader's language."""

from uuid import UUID

from maillage import clock
from maillage.errors import Forbidden
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import select

from maillage_mentoring.catalogue import Language, Step, pathway_plan
from maillage_mentoring.errors import NoPathway
from maillage_mentoring.model import Mentorship, Pathway, PathwayStep
from maillage_mentoring.model.pathway import select_current
from maillage_mentoring.queries.people import Reading, people
from maillage_mentoring.schemas import PathwayOut, StepOut


async def get_pathway(reading: Reading, coordinator_id: UUID) -> PathwayOut:
    """Her pathway under way, else her latest. Raises NoPathway.

    Raises Forbidden unless the reader is herself, her mentor or an animator.
    """
    if reading.by.id != coordinator_id and not reading.by.is_animator:
        await _require_her_mentor(reading, coordinator_id)
    pathway = await reading.session.scalar(select_current(coordinator_id))
    if pathway is None:
        raise NoPathway
    return await pathway_view(reading, pathway)


async def list_pathways(
    reading: Reading, params: Paging, *, status: str | None
) -> tuple[list[PathwayOut], str | None]:
    """For animators: who is on the way, the newest first."""
    stmt = select(Pathway)
    if status is not None:
        stmt = stmt.where(Pathway.status == status)
    rows, cursor = await paginate(
        reading.session,
        stmt,
        params,
        key=(Pathway.created_at, Pathway.id),
        descending=True,
    )
    return [await pathway_view(reading, row) for row in rows], cursor


async def pathway_view(reading: Reading, pathway: Pathway) -> PathwayOut:
    """The pathway with its day number and its steps in words."""
    who = await people(reading, [pathway.coordinator_id])
    return PathwayOut(
        id=pathway.id,
        coordinator_id=pathway.coordinator_id,
        coordinator=who[pathway.coordinator_id],
        position_id=pathway.position_id,
        cpts_id=pathway.cpts_id,
        started_on=pathway.started_on,
        due_on=pathway.due_on,
        day=pathway.day(clock.today()),
        total_days=pathway.total_days,
        steps=[_step(row, reading.language) for row in pathway.steps],
        done=pathway.done,
        total=len(pathway.steps),
        status=pathway.status,
        version=pathway.version,
    )


def _step(row: PathwayStep, language: Language) -> StepOut:
    step = pathway_plan().step(row.slug) or _retired(row.slug)
    return StepOut(
        slug=row.slug,
        title=step.title[language],
        description=step.description[language],
        due_on=row.due_on,
        done_at=row.done_at,
        how=step.how,
    )


def _retired(slug: str) -> Step:
    """A step that the plan no longer has: still shown to those who were given it."""
    name = {"fr": slug, "en": slug}
    return Step(slug=slug, day=0, trigger=None, title=name, description={"fr": "", "en": ""})


async def _require_her_mentor(reading: Reading, coordinator_id: UUID) -> None:
    hers = select(Mentorship.id).where(
        Mentorship.mentee_id == coordinator_id,
        Mentorship.mentor_id == reading.by.id,
        Mentorship.status == "active",
    )
    if await reading.session.scalar(hers) is None:
        raise Forbidden
