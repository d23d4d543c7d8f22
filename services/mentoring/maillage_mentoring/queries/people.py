"""People as the reader may see them, and who the reader is."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from maillage.auth import Principal
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.catalogue import Language
from maillage_mentoring.model import Coordinator, Cpts, Position
from maillage_mentoring.reach import Viewer
from maillage_mentoring.schemas import Person, ReasonText
from maillage_mentoring.scoring import Params, Reason
from maillage_mentoring.wording import say


@dataclass(frozen=True)
class Reading:
    """One read: the transaction, who reads, and in which language."""

    session: AsyncSession
    by: Principal
    viewer: Viewer
    language: Language

    def texts(self, stored: Iterable[Params]) -> list[ReasonText]:
        """Stored reasons as sentences for this reader."""
        reasons = [Reason.from_json(each) for each in stored]
        return [ReasonText(code=reason.code, text=say(reason, self.language)) for reason in reasons]


async def people(reading: Reading, ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Everyone asked for, each with her present CPTS; whom the directory has not told of has an id only."""
    wanted = set(ids)
    known = await reading.session.scalars(select(Coordinator).where(Coordinator.id.in_(wanted)))
    places = await _workplaces(reading.session, wanted)
    found = {person.id: _shown(reading.viewer, person) for person in known.all()}
    everyone = {who: found.get(who) or Person(id=who) for who in wanted}
    for who, cpts in places.items():
        everyone[who] = everyone[who].model_copy(update={"cpts_id": cpts.id, "cpts_name": cpts.name})
    return everyone


def _shown(viewer: Viewer, person: Coordinator) -> Person:
    if not viewer.may_see(person, "name"):
        return Person(id=person.id)
    return Person(id=person.id, first_name=person.first_name, last_name=person.last_name)


async def _workplaces(session: AsyncSession, ids: set[UUID]) -> dict[UUID, Cpts]:
    held = (
        select(Position.coordinator_id, Cpts)
        .join(Cpts, Cpts.id == Position.cpts_id)
        .where(Position.coordinator_id.in_(ids), Position.ended_on.is_(None))
        .order_by(Position.started_on.desc(), Position.id)
    )
    places: dict[UUID, Cpts] = {}
    for who, cpts in await session.execute(held):
        places.setdefault(who, cpts)
    return places
