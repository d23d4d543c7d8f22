"""The score as a pure function: hard rules, honest reasons, the same answer every time."""

from dataclasses import replace
from datetime import date
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from maillage_mentoring.catalogue import Language, weights
from maillage_mentoring.scoring import (
    MentorFacts,
    Place,
    Reason,
    Seeker,
    Suggestion,
    at_most,
    barred,
    kilometres,
    score,
    suggest,
)
from maillage_mentoring.wording import say

ON = date(2026, 3, 2)
CHALLENGES = ["desertification-medicale", "soins-non-programmes", "numerique-telemedecine", "addictions"]
SKILLS = ["rgpd", "negociation", "comptabilite-budget"]
CPTS = [UUID(int=900 + n) for n in range(4)]

slugs = {
    "challenges": st.frozensets(st.sampled_from(CHALLENGES)),
    "skills": st.frozensets(st.sampled_from(SKILLS)),
}
places = st.builds(
    Place,
    cpts_ids=st.frozensets(st.sampled_from(CPTS), max_size=2),
    departments=st.frozensets(st.sampled_from(["04", "06", "83"]), max_size=2),
    territory_types=st.frozensets(st.sampled_from(["rural", "littoral", "montagne"]), max_size=2),
    points=st.lists(st.tuples(st.floats(43, 45), st.floats(4.5, 7.5)), max_size=2).map(tuple),
)
seekers = st.builds(Seeker, id=st.just(UUID(int=1)), place=places, **slugs)
mentors = st.builds(
    MentorFacts,
    id=st.integers(1, 40).map(lambda n: UUID(int=n)),
    available=st.booleans(),
    capacity=st.integers(1, 3),
    max_pending=st.integers(1, 3),
    mentorships=st.integers(0, 4),
    pending=st.integers(0, 4),
    working_on=st.frozensets(st.sampled_from(CHALLENGES)),
    place=places,
    in_post_since=st.none() | st.dates(date(2015, 1, 1), date(2026, 6, 1)),
    reply_hours=st.none() | st.floats(0.1, 400),
    **slugs,
)
crowds = st.lists(mentors, max_size=12, unique_by=lambda mentor: mentor.id)


@settings(max_examples=60, deadline=None)
@given(seekers, crowds, st.frozensets(st.integers(1, 40).map(lambda n: UUID(int=n)), max_size=4))
def test_nobody_is_suggested_against_a_hard_rule(
    seeker: Seeker, crowd: list[MentorFacts], excluded: frozenset[UUID]
) -> None:
    known = {mentor.id: mentor for mentor in crowd}
    for found in suggest(seeker, crowd, on=ON, excluded=excluded):
        mentor = known[found.mentor_id]
        assert mentor.available
        assert mentor.mentorships < mentor.capacity
        assert mentor.pending < mentor.max_pending
        assert mentor.id != seeker.id
        assert mentor.id not in excluded
        assert not mentor.place.cpts_ids & seeker.place.cpts_ids


@settings(max_examples=60, deadline=None)
@given(seekers, crowds, mentors)
def test_one_more_mentor_removes_no_candidate_and_reorders_none(
    seeker: Seeker, crowd: list[MentorFacts], newcomer: MentorFacts
) -> None:
    others = [mentor for mentor in crowd if mentor.id != newcomer.id]
    before = [found.mentor_id for found in suggest(seeker, others, on=ON)]
    after = [found.mentor_id for found in suggest(seeker, [*others, newcomer], on=ON)]
    assert [each for each in after if each != newcomer.id] == before


@settings(max_examples=60, deadline=None)
@given(seekers, mentors)
def test_no_score_exceeds_what_was_promised(seeker: Seeker, mentor: MentorFacts) -> None:
    placed = replace(mentor, in_post_since=None, reply_hours=None)
    nowhere = replace(placed, place=Place())
    promised = at_most(seeker, placed, placed=True)
    assert score(seeker, mentor, on=ON).score <= promised <= at_most(seeker, nowhere)


@settings(max_examples=60, deadline=None)
@given(seekers, crowds, st.randoms(use_true_random=False))
def test_the_order_of_the_facts_does_not_matter(
    seeker: Seeker, crowd: list[MentorFacts], random: Random
) -> None:
    shuffled = random.sample(crowd, len(crowd))
    assert suggest(seeker, crowd, on=ON) == suggest(seeker, shuffled, on=ON)


@settings(max_examples=60, deadline=None)
@given(seekers, mentors)
def test_every_reason_is_true(seeker: Seeker, mentor: MentorFacts) -> None:
    found = score(seeker, mentor, on=ON)
    assert 0 <= found.score <= sum(weights().points.values())
    facts = {reason.code: reason.params for reason in (*found.reasons, *found.against)}
    assert len(facts) == len(found.reasons) + len(found.against), "a code is said once"
    for reason in (*found.reasons, *found.against):
        _check(reason, seeker, mentor)
    shared = seeker.challenges & mentor.challenges
    assert ("shared-challenges" in facts) == bool(shared), "what counts is said"
    assert ("challenges-not-met" in facts) == bool(seeker.challenges - mentor.challenges)
    assert ("skills-not-offered" in facts) == bool(seeker.skills - mentor.skills)


def _check(reason: Reason, seeker: Seeker, mentor: MentorFacts) -> None:
    mine, hers, p = seeker.place, mentor.place, reason.params
    since = mentor.in_post_since or ON
    truths = {
        "shared-challenges": lambda: set(p["challenges"]) == seeker.challenges & mentor.challenges,
        "challenges-not-met": lambda: set(p["challenges"]) == seeker.challenges - mentor.challenges,
        "offered-skills": lambda: set(p["skills"]) == seeker.skills & mentor.skills,
        "skills-not-offered": lambda: set(p["skills"]) == seeker.skills - mentor.skills,
        "same-territory": lambda: set(p["territory_types"]) == mine.territory_types & hers.territory_types,
        "other-territory": lambda: not mine.territory_types & hers.territory_types,
        "distance": lambda: p["km"] == _nearest(mine, hers) < weights().scale["far_against_km"],
        "far": lambda: p["km"] == _nearest(mine, hers) >= weights().scale["far_against_km"],
        "same-department": lambda: set(p["departments"]) == mine.departments & hers.departments,
        "experience": lambda: p["years"] == int((ON - since).days / 365.25) >= 1,
        "new-in-post": lambda: (ON - since).days < 366 and p["months"] <= 12,
        "reply-time": lambda: mentor.reply_hours is not None and p["hours"] <= 96,
        "slow-replies": lambda: mentor.reply_hours is not None and p["hours"] >= 96,
        "free-places": lambda: p["places"] == mentor.capacity - mentor.mentorships > 0,
        "already-mentoring": lambda: p["mentorships"] == mentor.mentorships > 0,
    }
    assert truths[reason.code](), reason


def _nearest(mine: Place, hers: Place) -> int:
    return round(min(kilometres(here, there) for here in mine.points for there in hers.points))


@settings(max_examples=60, deadline=None)
@given(seekers, mentors, st.sampled_from(["fr", "en"]))
def test_every_reason_has_a_sentence(seeker: Seeker, mentor: MentorFacts, language: Language) -> None:
    found = score(seeker, mentor, on=ON)
    for reason in (*found.reasons, *found.against):
        again = Reason.from_json(reason.as_json())
        sentence = say(again, language)
        assert again == reason
        assert sentence != reason.code
        assert "  " not in sentence


def _pair() -> tuple[Seeker, MentorFacts]:
    here = Place(frozenset({CPTS[0]}), frozenset({"06"}), frozenset({"littoral"}), ((43.70, 7.27),))
    there = Place(frozenset({CPTS[1]}), frozenset({"83"}), frozenset({"littoral"}), ((43.42, 6.77),))
    seeker = Seeker(
        UUID(int=1),
        frozenset({"desertification-medicale", "soins-non-programmes", "numerique-telemedecine"}),
        frozenset({"rgpd"}),
        here,
    )
    mentor = MentorFacts(
        id=UUID(int=2),
        available=True,
        capacity=2,
        max_pending=2,
        mentorships=1,
        challenges=frozenset({"desertification-medicale", "soins-non-programmes"}),
        skills=frozenset({"rgpd", "negociation"}),
        place=there,
        in_post_since=date(2021, 1, 4),
        reply_hours=30,
    )
    return seeker, mentor


def test_the_reasons_read_like_a_colleague_would_say_them() -> None:
    found = score(*_pair(), on=ON)
    assert [say(reason, "fr") for reason in found.reasons] == [
        "deux défis communs : désertification médicale, soins non programmés (SNP) et SAS",
        "une compétence recherchée : protection des données (RGPD)",
        "même type de territoire : littoral",
        "dans le métier depuis 5 ans",
        "à 51 km",
        "répond d'habitude en 30 h",
        "une place libre sur 2",
    ]
    assert [say(reason, "fr") for reason in found.against] == [
        "accompagne déjà une personne",
        "n'a pas travaillé sur : numérique en santé et télémédecine",
    ]
    assert say(found.reasons[0], "en").startswith("two shared challenges: medical desert,")
    assert say(found.against[1], "en") == "has not worked on: digital health and telemedicine"


def test_a_solved_challenge_counts_more_than_one_still_worked_on() -> None:
    seeker, mentor = _pair()
    one = frozenset({"desertification-medicale"})
    solved = MentorFacts(**{**vars(mentor), "challenges": one})
    working = MentorFacts(**{**vars(mentor), "challenges": one, "working_on": one})
    assert score(seeker, solved, on=ON).score > score(seeker, working, on=ON).score


def test_equal_scores_go_to_the_less_loaded_then_by_id() -> None:
    seeker, mentor = _pair()
    crowd = [MentorFacts(**{**vars(mentor), "id": UUID(int=n), "pending": n == 3}) for n in (4, 3, 5)]
    found: list[Suggestion] = suggest(seeker, crowd, on=ON)
    assert [each.mentor_id.int for each in found] == [4, 5, 3]


def test_the_rule_that_forbids_is_named() -> None:
    seeker, mentor = _pair()
    cases = {
        "herself": {"id": seeker.id},
        "not-available": {"available": False},
        "same-cpts": {"place": seeker.place},
        "full": {"mentorships": 2},
        "too-many-pending": {"pending": 2},
    }
    for rule, change in cases.items():
        assert barred(seeker, MentorFacts(**{**vars(mentor), **change})) == rule
    assert barred(seeker, mentor, frozenset({mentor.id})) == "prior-pair"
    assert barred(seeker, mentor) is None
