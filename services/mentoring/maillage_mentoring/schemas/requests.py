"""Requests, suggestions and proposals."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from maillage_mentoring.schemas.common import Body, FreeText, Person, ReasonText, Slugs


class RequestIn(Body):
    """What is sought. Without skills and challenges, her profile and her CPTS speak for her."""

    coordinator_id: UUID | None = Field(None, description="For whom; only animators ask for another")
    skills: Slugs
    challenges: Slugs
    note: FreeText = None


class RequestEdit(Body):
    """What is sought from now on."""

    skills: Slugs
    challenges: Slugs
    note: FreeText = None


class PickIn(Body):
    mentor_id: UUID


class DeclineIn(Body):
    """No reason is owed."""

    reason: FreeText = None


class SuggestionOut(BaseModel):
    """A mentor who may be asked, with all that counted for and against her."""

    mentor_id: UUID
    mentor: Person
    score: int = Field(description="0 to 100")
    reasons: list[ReasonText]
    against: list[ReasonText]


class SuggestionsOut(BaseModel):
    """Best first."""

    items: list[SuggestionOut]


class ProposalOut(BaseModel):
    """One mentor asked. `reasons` and `against` are as they were when she was asked, or corrected since."""

    id: UUID
    request_id: UUID
    mentee_id: UUID
    mentee: Person
    mentor_id: UUID
    mentor: Person
    rank: int
    status: str = Field(description="pending, accepted, declined, expired or withdrawn")
    made_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    score: int
    reasons: list[ReasonText]
    against: list[ReasonText]
    skills: list[str] = Field(description="What the mentee seeks")
    challenges: list[str]
    note: str | None = Field(description="The mentee's own words")
    decline_reason: str | None
    withdrawn_because: str | None
    version: int


class RequestOut(BaseModel):
    """A search for a mentor with everyone asked so far."""

    id: UUID
    mentee_id: UUID
    mentee: Person
    origin: str = Field(description="arrival, self or handover")
    status: str = Field(description="open, proposed, matched, withdrawn, unmatched or closed")
    skills: list[str]
    challenges: list[str]
    note: str | None
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    closed_text: str | None = Field(description="Why nobody was found, in a sentence")
    proposals: list[ProposalOut]
    version: int
    updated_at: datetime


class AcceptedOut(ProposalOut):
    """The accepted proposal and the mentorship it began."""

    mentorship_id: UUID
