"""The routes of mentoring: parse, call, answer."""

from maillage_mentoring.api.mentors import router as mentors
from maillage_mentoring.api.mentorships import router as mentorships
from maillage_mentoring.api.mine import router as mine
from maillage_mentoring.api.pathways import router as pathways
from maillage_mentoring.api.proposals import router as proposals
from maillage_mentoring.api.requests import router as requests

routers = [mine, mentors, requests, proposals, mentorships, pathways]

__all__ = ["routers"]
