"""What concerns somebody now."""

from pydantic import BaseModel, Field

from maillage_mentoring.schemas.mentorships import MentorshipOut
from maillage_mentoring.schemas.pathways import PathwayOut
from maillage_mentoring.schemas.requests import ProposalOut


class MineOut(BaseModel):
    """What a page that greets somebody says of mentoring, in one answer. Newest first."""

    pathway: PathwayOut | None = Field(description="Under way, else the latest")
    asked: list[ProposalOut] = Field(description="Proposals that wait for her answer as a mentor")
    mentorships: list[MentorshipOut] = Field(description="Under way, in which she is one of the two")
