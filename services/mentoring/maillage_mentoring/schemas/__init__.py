"""What mentoring reads and answers over HTTP."""

from maillage_mentoring.schemas.common import Language, Person, ReasonText, Slug
from maillage_mentoring.schemas.mentors import Mentor, MentorProfileIn, MentorProfileOut
from maillage_mentoring.schemas.mentorships import (
    AgreementIn,
    EndIn,
    FeedbackIn,
    FeedbackOut,
    MeetingIn,
    MeetingOut,
    MentorshipOut,
)
from maillage_mentoring.schemas.mine import MineOut
from maillage_mentoring.schemas.pathways import PathwayOut, StepOut
from maillage_mentoring.schemas.requests import (
    AcceptedOut,
    DeclineIn,
    PickIn,
    ProposalOut,
    RequestEdit,
    RequestIn,
    RequestOut,
    SuggestionOut,
    SuggestionsOut,
)

__all__ = [
    "AcceptedOut",
    "AgreementIn",
    "DeclineIn",
    "EndIn",
    "FeedbackIn",
    "FeedbackOut",
    "Language",
    "MeetingIn",
    "MeetingOut",
    "Mentor",
    "MentorProfileIn",
    "MentorProfileOut",
    "MentorshipOut",
    "MineOut",
    "PathwayOut",
    "Person",
    "PickIn",
    "ProposalOut",
    "ReasonText",
    "RequestEdit",
    "RequestIn",
    "RequestOut",
    "Slug",
    "StepOut",
    "SuggestionOut",
    "SuggestionsOut",
]
