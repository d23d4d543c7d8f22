"""Facts from the tables, as the score wants them: who seeks, who may mentor, who is ruled out."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import lru_cache
from statistics import median
from sys import intern
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_mentoring.model import Coordinator, Cpts, MentorProfile, Mentorship, Position, Proposal, Request
from maillage_mentoring.model.matching import ProposalStatus
from maillage_mentoring.scoring import (
    MentorFacts,
    Place,
    Seeker,
    Suggestion,
    at_most,
    barred,
    in_order,
    suggest,
)

REPLIES_KEPT = 20
PART, LARGER, LARGEST = 100, 4, 1000
"""Mentors looked at closely in one go: at first, how many times more in the next, at most."""
OFFERS_KEPT = 4096
"""Offers whose words stay read, of some thousand bytes each."""
OFFER = (
    MentorProfile.id,
    MentorProfile.active,
    MentorProfile.capacity,
    MentorProfile.max_pending,
    MentorProfile.paused_until,
    cast(MentorProfile.challenges, String).label("own_challenges"),
    cast(MentorProfile.skills, String).label("own_skills"),
    Coordinator.status,
    cast(Coordinator.challenges, String).label("met"),
    cast(Coordinator.skills, String).label("can"),
)


class Offered(NamedTuple):
    """What a mentor offers, by slug."""

    challenges: frozenset[str]
    working_on: frozenset[str]
    skills: frozenset[str]


async def suggestions_for(
    session: AsyncSession, request: Request, on: date, most: int | None = None
) -> list[Suggestion]:
    """Mentors who may be asked for this request, best first; those asked already are left out.

    With `most` only so many, the same as the first of all. Who offers what is read of everybody; where they
    work a part at a time, for those who promise most first, until nobody left could come before the last of
    the first; and the rest only of those who still could by where they work.
    """
    seeker = await seeker_of(session, request)
    excluded = await ruled_out(session, request)
    offers = [one for one in await _offers(session, on) if barred(seeker, one, excluded) is None]
    if most is None:
        return suggest(
            seeker, await _completed(session, await _placed(session, offers)), on=on, excluded=excluded
        )
    promised = sorted(((at_most(seeker, one), one) for one in offers), key=lambda pair: -pair[0])
    load = {one.id: one.mentorships + one.pending for one in offers}
    found: list[Suggestion] = []
    start, size = 0, PART
    while start < len(promised):
        least = found[most - 1].score if len(found) >= most else 0
        part = [one for promise, one in promised[start : start + size] if promise >= least]
        if not part:
            break
        placed = [one for one in await _placed(session, part) if at_most(seeker, one, placed=True) >= least]
        part = await _completed(session, placed)
        found = in_order(found + suggest(seeker, part, on=on, excluded=excluded), load)[:most]
        start, size = start + size, min(size * LARGER, LARGEST)
    return found


async def seeker_of(session: AsyncSession, request: Request) -> Seeker:
    """The mentee as the score sees her."""
    places = await places_of(session, [request.mentee_id])
    return Seeker(
        id=request.mentee_id,
        challenges=frozenset(request.challenges),
        skills=frozenset(request.skills),
        place=places.get(request.mentee_id, Place()),
    )


async def needs_of(session: AsyncSession, mentee: Coordinator) -> tuple[list[str], list[str]]:
    """Skills she seeks and challenges she works on, her CPTS's among them, from the directory's facts."""
    challenges = set(mentee.challenges_met("working"))
    for cpts in await _cpts_of(session, [mentee.id]):
        challenges.update(cpts.challenges)
    return sorted(set(mentee.skills_with("seeks"))), sorted(challenges)


async def facts_are_known(session: AsyncSession, request: Request) -> bool:
    """Whether the directory has told who she is and where she works: before that, no suggestion is right.

    Only in a request of her own may she have no post at all.
    """
    if await session.get(Coordinator, request.mentee_id) is None:
        return False
    posts = await _current_posts(session, [request.mentee_id])
    known = {cpts.id for cpts in await _cpts_of(session, [request.mentee_id])}
    return all(post.cpts_id in known for post in posts) and (bool(posts) or request.origin == "self")


async def ruled_out(session: AsyncSession, request: Request) -> frozenset[UUID]:
    """Mentors not to ask (again): asked in this request, declined this mentee before, or were hers before."""
    asked = select(Proposal.mentor_id).where(
        Proposal.mentee_id == request.mentee_id,
        or_(
            Proposal.status == ProposalStatus.DECLINED,
            (Proposal.request_id == request.id) & (Proposal.status != ProposalStatus.WITHDRAWN),
            # Withdrawn because the mentor was away or full: she may be asked once she is back.
            (Proposal.request_id == request.id)
            & Proposal.withdrawn_because.not_in(("mentor-paused", "mentor-full")),
        ),
    )
    paired = select(Mentorship.mentor_id).where(Mentorship.mentee_id == request.mentee_id)
    found = (await session.scalars(asked)).all(), (await session.scalars(paired)).all()
    return frozenset(found[0]) | frozenset(found[1])


async def mentor_facts(session: AsyncSession, on: date, only: Iterable[UUID]) -> list[MentorFacts]:
    """Those of `only` who made an offer, with all the score needs, in a handful of queries."""
    return await _completed(session, await _placed(session, await _offers(session, on, list(only))))


async def _offers(session: AsyncSession, on: date, only: list[UUID] | None = None) -> list[MentorFacts]:
    """What every active mentor (or those of `only`) offers and has room for; nothing of where and since when.

    Read as columns: of a large region these are thousands.
    """
    offers = select(*OFFER).join(Coordinator, Coordinator.id == MentorProfile.id)
    offers = offers.where(MentorProfile.active) if only is None else offers.where(MentorProfile.id.in_(only))
    load = await load_of(session, only)
    found = []
    for row in (await session.execute(offers)).all():
        mentorships, pending = load[row.id]
        offered = _offered(row.own_challenges, row.own_skills, row.met, row.can)
        found.append(
            MentorFacts(
                id=row.id,
                available=row.status == "active" and row.active and _is_back(row.paused_until, on),
                capacity=row.capacity,
                max_pending=row.max_pending,
                mentorships=mentorships,
                pending=pending,
                **offered._asdict(),
            )
        )
    return found


def _is_back(paused_until: date | None, on: date) -> bool:
    return paused_until is None or paused_until <= on


@lru_cache(maxsize=OFFERS_KEPT)
def _offered(own_challenges: str, own_skills: str, met: str, can: str) -> Offered:
    """What her offer and her profile say together. The same text says the same."""
    solved, known, able = _words(own_challenges), json.loads(met), json.loads(can)
    return Offered(
        challenges=solved | _slugs(known, "challenge"),
        working_on=_slugs(known, "challenge", "working") - solved,
        skills=_words(own_skills) | _slugs(able, "skill", "offers"),
    )


@lru_cache(maxsize=1024)
def _words(document: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(map(intern, json.loads(document)))


def _slugs(said: list[dict[str, Any]], name: str, stance: str | None = None) -> frozenset[str]:
    return frozenset(intern(each[name]) for each in said if stance is None or each.get("stance") == stance)


async def _placed(session: AsyncSession, offers: list[MentorFacts]) -> list[MentorFacts]:
    """The same mentors with where they work."""
    places = await places_of(session, [one.id for one in offers])
    return [replace(one, place=places.get(one.id, Place())) for one in offers]


async def _completed(session: AsyncSession, placed: list[MentorFacts]) -> list[MentorFacts]:
    """The same mentors with since when they are in post, and how soon they answer."""
    if not placed:
        return []
    ids = [one.id for one in placed]
    since, replies = await _in_post_since(session, ids), await reply_hours(session, ids)
    return [replace(one, in_post_since=since.get(one.id), reply_hours=replies.get(one.id)) for one in placed]


async def load_of(
    session: AsyncSession, mentor_ids: Iterable[UUID] | None
) -> defaultdict[UUID, tuple[int, int]]:
    """Per mentor, of these or of all (None): active mentorships, proposals awaiting her answer."""
    mentorships = (
        select(Mentorship.mentor_id, func.count())
        .where(Mentorship.status == "active")
        .group_by(Mentorship.mentor_id)
    )
    proposals = (
        select(Proposal.mentor_id, func.count())
        .where(Proposal.status == ProposalStatus.PENDING)
        .group_by(Proposal.mentor_id)
    )
    if mentor_ids is not None:
        ids = list(mentor_ids)
        mentorships = mentorships.where(Mentorship.mentor_id.in_(ids))
        proposals = proposals.where(Proposal.mentor_id.in_(ids))
    active = dict((await session.execute(mentorships)).all())
    pending = dict((await session.execute(proposals)).all())
    found: defaultdict[UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({who: (active.get(who, 0), pending.get(who, 0)) for who in active.keys() | pending.keys()})
    return found


async def reply_hours(session: AsyncSession, mentor_ids: Iterable[UUID]) -> dict[UUID, float]:
    """The median hours each mentor took for her latest answers; absent when she never answered."""
    answered = (
        select(Proposal.mentor_id, Proposal.made_at, Proposal.answered_at)
        .where(Proposal.mentor_id.in_(list(mentor_ids)), Proposal.answered_at.is_not(None))
        .order_by(Proposal.answered_at.desc())
    )
    hours: defaultdict[UUID, list[float]] = defaultdict(list)
    for mentor_id, made_at, answered_at in await session.execute(answered):
        if answered_at is not None and len(hours[mentor_id]) < REPLIES_KEPT:
            hours[mentor_id].append((answered_at - made_at).total_seconds() / 3600)
    return {mentor_id: round(median(found), 1) for mentor_id, found in hours.items()}


async def places_of(session: AsyncSession, coordinator_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Where each person works now; who holds no post is absent."""
    words = (cast(column, String).label(column.key) for column in (Cpts.departments, Cpts.territory_types))
    where = (*words, Cpts.lat, Cpts.lon)
    held = _current(select(Position.coordinator_id, Position.cpts_id, *where), coordinator_ids)
    posts: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await session.execute(held.outerjoin(Cpts, Cpts.id == Position.cpts_id)):
        posts[row.coordinator_id].append(row)
    return {who: _merge(rows) for who, rows in posts.items()}


def _merge(posts: list[Row[Any]]) -> Place:
    """Of the posts whose CPTS is not known yet, there is only its id."""
    return Place(
        cpts_ids=frozenset(post.cpts_id for post in posts),
        departments=frozenset().union(*(_words(post.departments or "[]") for post in posts)),
        territory_types=frozenset().union(*(_words(post.territory_types or "[]") for post in posts)),
        points=tuple((post.lat, post.lon) for post in posts if post.lat is not None and post.lon is not None),
    )


async def _cpts_of(session: AsyncSession, coordinator_ids: Iterable[UUID]) -> list[Cpts]:
    ids = {post.cpts_id for post in await _current_posts(session, coordinator_ids)}
    return list((await session.scalars(select(Cpts).where(Cpts.id.in_(ids)))).all())


async def _current_posts(session: AsyncSession, coordinator_ids: Iterable[UUID]) -> list[Position]:
    return list((await session.scalars(_current(select(Position), coordinator_ids))).all())


def _current(statement: Any, coordinator_ids: Iterable[UUID]) -> Any:
    """Narrowed to the posts that these people hold now."""
    return statement.where(
        Position.coordinator_id.in_(list(coordinator_ids)),
        Position.ended_on.is_(None),
        Position.started_on.is_not(None),
    )


async def _in_post_since(session: AsyncSession, coordinator_ids: Iterable[UUID]) -> dict[UUID, date]:
    first = (
        select(Position.coordinator_id, func.min(Position.started_on))
        .where(Position.coordinator_id.in_(list(coordinator_ids)), Position.started_on.is_not(None))
        .group_by(Position.coordinator_id)
    )
    return {who: started for who, started in (await session.execute(first)) if started is not None}
