"""The data files are complete: steps in order and in both languages, weights that make a hundred."""

from datetime import timedelta

from maillage import clock as kit_clock
from maillage.testing.clock import TestClock
from maillage_mentoring.catalogue import label, pathway_plan, weights
from maillage_mentoring.model import Pathway

TRIGGERS = {
    "profile-confirmed",
    "mentorship-started",
    "meeting-held",
    "seminar-registered",
    "seminar-attended",
}


def test_the_pathway_is_nine_steps_in_order_in_both_languages() -> None:
    plan = pathway_plan()
    assert len(plan.steps) == len({step.slug for step in plan.steps}) == 9
    assert [step.day for step in plan.steps] == sorted(step.day for step in plan.steps)
    assert all(0 < step.day <= plan.total_days for step in plan.steps)
    assert {step.trigger for step in plan.steps if step.trigger} == TRIGGERS
    for step in plan.steps:
        for words in (step.title, step.description):
            assert set(words) == {"fr", "en"}
            assert all(words.values())
        assert step.how == ("auto" if step.trigger else "manual")


def test_the_points_make_a_hundred() -> None:
    assert sum(weights().points.values()) == 100


def test_terms_stand_within_a_sentence() -> None:
    assert label("challenges", "desertification-medicale", "fr") == "désertification médicale"
    assert label("skills", "aci-conventionnement", "fr") == "ACI et dialogue de gestion"
    assert label("challenges", "added-by-a-region", "en") == "added by a region"


def test_the_day_number_starts_at_one_and_stops_at_the_end(clock: TestClock) -> None:
    start = kit_clock.today()
    pathway = Pathway(started_on=start, total_days=100)
    assert [pathway.day(start + timedelta(days=days)) for days in (-3, 0, 99, 400)] == [0, 1, 100, 100]
