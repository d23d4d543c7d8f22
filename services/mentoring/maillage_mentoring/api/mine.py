"""What concerns the caller now, for a page that greets her."""

from fastapi import Depends
from maillage.auth import Signed
from maillage.http import service_router

from maillage_mentoring import queries
from maillage_mentoring.api.reading import Reader, of_this_region
from maillage_mentoring.schemas import MineOut

router = service_router(tags=["me"], dependencies=[Depends(of_this_region)])


@router.get("/me/mentoring", response_model=MineOut)
async def read_mine(reader: Reader, me: Signed) -> MineOut:
    """My pathway, who asks me to mentor her, and my mentorships under way; an animator's own too."""
    return await queries.mine(reader, me.id)
