"""The tables of mentoring: what others told (network), and what this service decides (the rest)."""

from maillage_mentoring.model.base import Base
from maillage_mentoring.model.erasure import Erasure
from maillage_mentoring.model.matching import Proposal, ProposalStatus, Request, RequestStatus
from maillage_mentoring.model.mentor import MentorProfile
from maillage_mentoring.model.mentorship import Feedback, Meeting, Mentorship
from maillage_mentoring.model.network import Coordinator, Cpts, EndedTokens, Position, SeminarSeat
from maillage_mentoring.model.pathway import Pathway, PathwayStep

__all__ = [
    "Base",
    "Coordinator",
    "Cpts",
    "EndedTokens",
    "Erasure",
    "Feedback",
    "Meeting",
    "MentorProfile",
    "Mentorship",
    "Pathway",
    "PathwayStep",
    "Position",
    "Proposal",
    "ProposalStatus",
    "Request",
    "RequestStatus",
    "SeminarSeat",
]
