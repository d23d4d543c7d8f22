"""The events mentoring publishes: its contract. Ids and codes only, never a name, never free text."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from maillage.events import Event
from pydantic import Field

# What the fields below may say today. Open in the contract: a value may be added without a new version.
Origin = Literal["arrival", "self", "handover"]
RequestOutcome = Literal["matched", "withdrawn", "unmatched", "left", "erased"]
EndReason = Literal["completed", "position-ended", "no-fault", "erased"]


class MentorAvailable(Event, service="mentoring", entity="mentor", name="available", key="coordinator_id"):
    """A coordinator offers to mentor, or her offer changed while she is available."""

    coordinator_id: UUID
    capacity: int
    skills: list[str]
    challenges: list[str]


class MentorPaused(Event, service="mentoring", entity="mentor", name="paused", key="coordinator_id"):
    """A mentor takes nobody new, until a date or until she says so."""

    coordinator_id: UUID
    until: date | None


class RequestOpened(Event, service="mentoring", entity="request", name="opened", key="request_id"):
    """A mentee looks for a mentor. Published again when a search that found nobody resumes."""

    request_id: UUID
    mentee_id: UUID
    origin: str = Field(description="arrival, self or handover")
    skills: list[str]
    challenges: list[str]


class RequestClosed(Event, service="mentoring", entity="request", name="closed", key="request_id"):
    """A search ended. `reason` says why nobody was found: no-mentor or all-asked."""

    request_id: UUID
    mentee_id: UUID
    outcome: str = Field(description="matched, withdrawn, unmatched, left or erased")
    reason: str | None = None


class ProposalEvent(Event, service="mentoring", entity="proposal", key="proposal_id"):
    """What all events about a proposal share. Reasons are codes: their facts stay in this service."""

    proposal_id: UUID
    request_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    rank: int
    answer_by: datetime
    score: int
    reasons: list[str]
    against: list[str]


class ProposalMade(ProposalEvent, name="made"):
    """A mentor is asked, with what speaks for and against her (codes)."""


class ProposalNudged(ProposalEvent, name="nudged"):
    """The proposed mentor has not answered yet and should be reminded."""


class ProposalAccepted(ProposalEvent, name="accepted"):
    """The mentor said yes."""


class ProposalDeclined(ProposalEvent, name="declined"):
    """The mentor said no."""


class ProposalExpired(ProposalEvent, name="expired"):
    """The mentor did not answer in time."""


class ProposalWithdrawn(ProposalEvent, name="withdrawn"):
    """No answer is needed any more.

    `because`: request-withdrawn, mentee-chose, other-accepted, mentor-full, mentor-paused, mentee-left,
    mentor-left.
    """

    because: str


class MentorshipStarted(Event, service="mentoring", entity="mentorship", name="started", key="mentorship_id"):
    """A mentor and a mentee work together from now on."""

    mentorship_id: UUID
    request_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    started_on: date


class MentorshipEnded(Event, service="mentoring", entity="mentorship", name="ended", key="mentorship_id"):
    """It ended; `handover_request_id` is the search opened for a mentee whose mentor is gone."""

    mentorship_id: UUID
    mentee_id: UUID
    mentor_id: UUID
    ended_on: date
    reason: str = Field(description="completed, position-ended, no-fault or erased")
    handover_request_id: UUID | None = None


class PathwayStarted(Event, service="mentoring", entity="pathway", name="started", key="pathway_id"):
    """A newcomer's first hundred days begin."""

    pathway_id: UUID
    coordinator_id: UUID
    position_id: UUID
    due_on: date
    steps: list[str]


class PathwayStepCompleted(
    Event, service="mentoring", entity="pathway", name="step-completed", key="pathway_id"
):
    """One step is done, by a fact or by hand."""

    pathway_id: UUID
    coordinator_id: UUID
    step: str
    done: int
    total: int


class PathwayCompleted(Event, service="mentoring", entity="pathway", name="completed", key="pathway_id"):
    """Every step is done."""

    pathway_id: UUID
    coordinator_id: UUID


class ErasureConfirmed(Event, service="mentoring", entity="erasure", name="confirmed", key="coordinator_id"):
    """Nothing personal about this coordinator is left here; `counts` says how much was erased, by table."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, int]
