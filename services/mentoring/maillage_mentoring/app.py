"""Composition root of mentoring: mentors, matching, mentorships, pathways."""

from maillage.auth import ended_tokens
from maillage.events import published
from maillage.service import Service

from maillage_mentoring import events
from maillage_mentoring.api import routers
from maillage_mentoring.consumers import consumer
from maillage_mentoring.deadlines import timers
from maillage_mentoring.erasing import erased_since, erasures
from maillage_mentoring.model import Base, EndedTokens
from maillage_mentoring.settings import MentoringSettings

service = Service(
    name="mentoring",
    package="maillage_mentoring",
    base=Base,
    routers=routers,
    settings=MentoringSettings,
    consumer=consumer,
    timers=timers,
    published=published(events),
    background=(erasures.run,),
    erased=erased_since,
    ended=ended_tokens(EndedTokens),
    description="Mentors, requests and proposals, mentorships, and the newcomer's first hundred days.",
)
