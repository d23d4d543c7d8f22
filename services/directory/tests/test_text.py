"""How words are compared: accents, case, hyphens, apostrophes, "st" for "saint"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maillage_directory.reference import communes, vocabulary
from maillage_directory.text import MOST_SOUGHT, normalised, slugify, sought, words


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Étoile", "etoile"),
        ("CPTS Cœur du Var", "cpts coeur du var"),
        ("St-Étienne-lès-Orgues", "saint etienne les orgues"),
        ("Ste Maxime", "sainte maxime"),
        ("L'Argentière-la-Bessée", "l argentiere la bessee"),
        ("Activ’Santé", "activ sante"),
        ("GAPENÇAIS", "gapencais"),
        ("Nouvel  An\t2024", "nouvel an 2024"),
        ("%_'; DROP", "drop"),
    ],
)
def test_what_is_written_in_many_ways_compares_as_one(written: str, compared: str) -> None:
    assert " ".join(words(written)) == compared


@given(st.text(max_size=60))
def test_normalising_is_stable_and_leaves_nothing_a_pattern_could_use(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@given(st.text(max_size=200))
def test_a_slug_is_an_address(text: str) -> None:
    slug = slugify(text)
    assert len(slug) <= 80
    assert slug == "" or (slug[0] != "-" and slug[-1] != "-" and "--" not in slug)


def test_a_word_finds_the_challenges_that_have_it() -> None:
    known = vocabulary()
    assert known.matching("challenges", "desert") == ["desertification-medicale"]
    assert "sante-mentale" in known.matching("challenges", "mental")
    assert known.matching("challenges", "zzz") == []


def test_five_digits_are_an_insee_a_former_or_a_postal_code() -> None:
    known = communes()
    assert known.coded("83115") == ["83115"]
    assert "05001" in known.coded("05120")
    assert set(known.coded("13055")) >= {"13201", "13216"}
    assert "83115" in known.coded("83120")
    assert known.coded("99999") == []


def test_of_many_words_the_longest_are_looked_for_each_once() -> None:
    assert sought("St Étienne, st étienne") == ["etienne", "saint"]
    assert sought(None) == sought(" ;") == []
    found = sought("a b c d e f g h i j hopital ville")
    assert (len(found), found[:2]) == (MOST_SOUGHT, ["hopital", "ville"])
