"""What a suggestion costs does not follow what all mentors ever did, and its first are the first of all."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from maillage import clock
from maillage.testing.plans import asked, walked
from maillage_mentoring import candidates
from maillage_mentoring.model import Request
from maillage_mentoring.scoring import MentorFacts
from mentoring_network import CARROS, GAP, NICE, Network
from sqlalchemy.ext.asyncio import AsyncSession


async def test_suggestions_read_no_history(network: Network) -> None:
    await network.mentor(skills=[{"skill": "rgpd", "level": 4, "stance": "offers"}])
    who = await network.newcomer()
    me = network.me(who)
    wishes = {"skills": ["rgpd"], "challenges": []}
    async with asked(network.house.db) as statements:
        (mine,) = (await network.get("requests", me))["items"] or [
            await network.post("requests", me, wishes, expect=201)
        ]
        await network.get(f"requests/{mine['id']}/suggestions", me)
    found = await walked(network.house.db, statements)
    assert set(found) <= {"mentor_profile", "coordinator"}, found  # what mentors offer now, and no more


async def test_the_first_suggestions_are_the_first_of_all(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "PART", 2)
    monkeypatch.setattr(candidates, "LARGER", 1)
    looked_at: list[int] = []

    async def closely(session: AsyncSession, placed: list[MentorFacts]) -> list[MentorFacts]:
        looked_at.append(len(placed))
        return await completed(session, placed)

    completed = candidates._completed
    monkeypatch.setattr(candidates, "_completed", closely)
    skills = [[], ["rgpd"], ["rgpd", "negociation"], ["negociation"]]
    for place in (NICE, CARROS, GAP):
        home = await network.cpts(at=place)
        for some in skills:
            offered = [{"skill": skill, "level": 4, "stance": "offers"} for skill in some]
            await network.mentor(cpts=home, skills=offered)
    mentee = await network.person()
    request = Request(
        mentee_id=UUID(str(mentee)),
        origin="self",
        skills=["rgpd", "negociation"],
        challenges=[],
        opened_at=datetime.now(UTC),
    )
    async with network.house.db.read() as session:
        everybody = await candidates.suggestions_for(session, request, clock.today())
        assert len(everybody) == 12
        for most in (1, 3, 7, 50):
            found = await candidates.suggestions_for(session, request, clock.today(), most)
            assert found == everybody[:most]
        looked_at.clear()
        await candidates.suggestions_for(session, request, clock.today(), 1)
        assert sum(looked_at) < 12  # of the others it is enough to know what they offer, and where they work
