"""Peers: the reasons shown are true, and are all there is to the score."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from maillage import clock
from maillage_directory.reference import vocabulary
from maillage_directory.similarity import TEXTS, Situation, compare

CHALLENGES = sorted(vocabulary().slugs("challenges"))[:6]
SKILLS = sorted(vocabulary().slugs("skills"))[:6]
TYPES = sorted(vocabulary().slugs("territory_types"))[:5]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    offers = draw(st.frozensets(st.sampled_from(SKILLS)))
    return Situation(
        challenges=draw(
            st.dictionaries(st.sampled_from(CHALLENGES), st.sampled_from(["working", "solved", "can_help"]))
        ),
        offers=offers,
        seeks=draw(st.frozensets(st.sampled_from(SKILLS))) - offers,
        territory_types=tuple(draw(st.lists(st.sampled_from(TYPES), unique=True, max_size=3))),
        departments=draw(st.frozensets(st.sampled_from(["04", "13", "83"]), max_size=2)),
        size=draw(st.sampled_from([None, 1, 2, 3])),
        point=draw(st.none() | st.tuples(st.floats(4.3, 7.5), st.floats(43, 45))),
        started_on=draw(st.none() | st.dates(date(2015, 1, 1), date(2026, 1, 1))),
    )


@given(situations(), situations())
def test_reasons_are_true_and_sum_up_to_the_score(mine: Situation, other: Situation) -> None:
    found = compare(mine, other)
    every = [*found.reasons, *found.against]
    assert found.score == round(sum(one.weight for one in every), 2)
    assert all(one.weight > 0 for one in found.reasons)
    assert all(one.weight < 0 for one in found.against)
    for one in every:
        terms = set(one.terms)
        match one.code:
            case "solved-what-you-work-on" | "same-challenges":
                assert terms
                assert terms <= mine.challenges.keys() & other.challenges.keys()
            case "no-common-challenge":
                assert not mine.challenges.keys() & other.challenges.keys()
            case "offers-what-you-seek":
                assert terms == mine.seeks & other.offers
            case "seeks-what-you-offer":
                assert terms == mine.offers & other.seeks
            case "same-territory":
                assert terms == set(mine.territory_types) & set(other.territory_types)
            case "other-territory":
                assert not set(mine.territory_types) & set(other.territory_types)
            case "same-department":
                assert mine.departments & other.departments
            case "near" | "far":
                assert one.numbers["km"] == found.distance_km
        assert all(one.text(language).format(terms="…", km=1) for language in ("fr", "en"))
        assert one.code in TEXTS


def test_who_has_solved_it_comes_before_who_shares_it() -> None:
    mine = Situation(challenges={"sante-mentale": "working"})
    solved = compare(mine, Situation(challenges={"sante-mentale": "solved"}))
    shares = compare(mine, Situation(challenges={"sante-mentale": "working"}))
    nothing = compare(mine, Situation(challenges={"addictions": "working"}))
    assert solved.score > shares.score > 0 > nothing.score


def test_two_newcomers_recognise_each_other_and_a_newcomer_helps_a_veteran_less() -> None:
    fresh = clock.today() - timedelta(days=30)
    veteran = Situation(started_on=date(2015, 1, 1))
    assert [
        one.code for one in compare(Situation(started_on=fresh), Situation(started_on=fresh)).reasons
    ] == ["both-new"]
    assert [one.code for one in compare(veteran, Situation(started_on=fresh)).against] == ["new-in-post"]
