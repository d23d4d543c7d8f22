"""Reads of mentoring, answered as what the reader may see."""

from maillage_mentoring.queries.mentors import list_mentors, mentor_profile
from maillage_mentoring.queries.mentorships import (
    get_mentorship,
    list_meetings,
    list_mentorships,
    mentorship_views,
)
from maillage_mentoring.queries.mine import mine
from maillage_mentoring.queries.pathways import get_pathway, list_pathways, pathway_view
from maillage_mentoring.queries.people import Reading, people
from maillage_mentoring.queries.requests import (
    get_proposal,
    get_request,
    get_suggestions,
    list_proposals,
    list_requests,
    proposal_views,
    request_views,
)

__all__ = [
    "Reading",
    "get_mentorship",
    "get_pathway",
    "get_proposal",
    "get_request",
    "get_suggestions",
    "list_meetings",
    "list_mentors",
    "list_mentorships",
    "list_pathways",
    "list_proposals",
    "list_requests",
    "mentor_profile",
    "mentorship_views",
    "mine",
    "pathway_view",
    "people",
    "proposal_views",
    "request_views",
]
