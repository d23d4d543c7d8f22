"""What concerns one person now: her own part in mentoring, whatever else she may read."""

from uuid import UUID

from sqlalchemy import or_, select

from maillage_mentoring.model import Mentorship, Proposal
from maillage_mentoring.model.matching import ProposalStatus
from maillage_mentoring.model.pathway import select_current
from maillage_mentoring.queries.mentorships import mentorship_views
from maillage_mentoring.queries.pathways import pathway_view
from maillage_mentoring.queries.people import Reading
from maillage_mentoring.queries.requests import proposal_views
from maillage_mentoring.schemas import MineOut

MOST = 50
"""Of each: more than anybody has room for."""


async def mine(reading: Reading, me: UUID) -> MineOut:
    """Her pathway, proposals that wait for her answer, and mentorships under way; newest first."""
    session = reading.session
    pathway = await session.scalar(select_current(me))
    asked = select(Proposal).where(Proposal.mentor_id == me, Proposal.status == ProposalStatus.PENDING)
    asked = asked.order_by(Proposal.made_at.desc(), Proposal.id.desc()).limit(MOST)
    waiting = (await session.scalars(asked)).all()
    hers = or_(Mentorship.mentee_id == me, Mentorship.mentor_id == me)
    pairs = select(Mentorship).where(Mentorship.status == "active", hers)
    pairs = pairs.order_by(Mentorship.created_at.desc(), Mentorship.id.desc()).limit(MOST)
    active = (await session.scalars(pairs)).all()
    return MineOut(
        pathway=await pathway_view(reading, pathway) if pathway else None,
        asked=await proposal_views(reading, list(waiting)) if waiting else [],
        mentorships=await mentorship_views(reading, list(active)) if active else [],
    )
