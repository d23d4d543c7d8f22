"""The reference data: every trap of the real territories, and that the files agree with one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maillage_directory import placement, reference
from maillage_directory.reference.cpts import LIKELY
from maillage_directory.schemas.cpts import CptsCreate
from maillage_directory.usecases.territory import covered, department_of


@pytest.fixture(scope="module")
def payloads() -> dict[str, dict]:
    return {body["slug"]: body for body in reference.cpts_payloads()}


def test_there_are_seventy_cpts_and_each_is_a_valid_body(payloads: dict[str, dict]) -> None:
    assert len(payloads) == 70
    for body in payloads.values():
        parsed = CptsCreate.model_validate(body)
        assert parsed.main_commune_insee in {one.insee for one in covered(parsed.communes)}


def test_the_region_has_its_communes_and_the_districts_of_marseille() -> None:
    known = reference.communes()
    communes = [one for one in known.all() if one.parent is None]
    assert len(communes) == 946
    assert 5_200_000 < sum(one.population for one in communes) < 5_300_000
    assert known.districts("13055") == [f"132{number:02d}" for number in range(1, 17)]
    located = sum(one.population for one in communes if not one.approx)
    assert located / sum(one.population for one in communes) > 0.95
    assert all(one.point is not None for one in known.all())


def test_territories_are_matched_by_code_because_names_are_borne_twice() -> None:
    known = reference.communes()
    for name in ("Aiglun", "Aspremont", "La Garde", "Mirabeau", "Saint-Jeannet", "Vitrolles"):
        found = known.named(name)
        assert len(found) == 2, name
        assert found[0].department != found[1].department
    vitrolles = covered(CptsCreate.model_validate(body("05184", "13117")).communes)
    assert [(one.name, one.department) for one in vitrolles] == [("Vitrolles", "05"), ("Vitrolles", "13")]


def body(*codes: str) -> dict:
    return {"name": "CPTS d’essai", "communes": [{"insee": code} for code in codes]}


@pytest.mark.parametrize(
    ("former", "current"),
    [("05120", "05001"), ("05175", "05101"), ("05043", "05039"), ("05088", "05024"), ("04048", "04039")],
)
def test_codes_of_merged_communes_lead_to_the_new_one(former: str, current: str) -> None:
    commune = reference.communes().get(former)
    assert commune is not None
    assert commune.insee == current
    assert [one.insee for one in covered(CptsCreate.model_validate(body(former, current)).communes)] == [
        current
    ]


def test_nice_is_shared_by_three_and_marseille_split_by_district(payloads: dict[str, dict]) -> None:
    nice = [slug for slug, each in payloads.items() if {"insee": "06088", "shared": True} in each["communes"]]
    assert sorted(nice) == ["nice-centre-nice-est", "nice-nord-collines", "nice-ouest-vallee"]
    assert all(payloads[slug]["population"] is None for slug in nice)
    districts = [one["insee"] for each in payloads.values() for one in each["communes"]]
    for number in range(1, 17):
        assert districts.count(f"132{number:02d}") == 1
    assert "13055" not in districts


def test_a_cpts_may_span_departments_and_regions(payloads: dict[str, dict]) -> None:
    assert payloads["hauts-pays-verdon-monts-azur"]["departments"] == ["04", "06", "83"]
    assert payloads["drome-provencale-enclave-papes"]["departments"] == ["84", "26"]
    several = [slug for slug, each in payloads.items() if len(each["departments"]) > 1]
    assert len(several) == 9
    for slug, each in payloads.items():
        from_communes = {department_of(one["insee"]) for one in each["communes"]}
        assert from_communes <= set(each["departments"]), slug
        assert each["departments"][0] in each["departments"]


def test_population_and_size_of_the_extract_follow_from_the_communes(payloads: dict[str, dict]) -> None:
    for slug, each in payloads.items():
        if each["population"] is not None:
            area = covered(CptsCreate.model_validate(each).communes)
            assert sum(one.population for one in area) == each["population"], slug
            assert reference.vocabulary().size_of(each["population"]) == each["size"], slug


@pytest.mark.parametrize(("people", "size"), [(39_999, 1), (40_000, 2), (80_000, 3), (175_000, 4)])
def test_sizes_begin_where_the_agreement_says(people: int, size: int) -> None:
    assert reference.vocabulary().size_of(people) == size


def test_every_word_used_is_in_the_vocabulary(payloads: dict[str, dict]) -> None:
    words = reference.vocabulary()
    assert (len(words.challenges), len(words.skills), len(words.tracks)) == (22, 28, 9)
    assert (len(words.territory_types), len(words.aci_missions)) == (13, 6)
    assert {slug for each in payloads.values() for slug in each["territory_types"]} <= words.slugs(
        "territory_types"
    )
    assert set(LIKELY) <= words.slugs("territory_types")
    assert {slug for slugs in LIKELY.values() for slug in slugs} <= words.slugs("challenges")
    for each in reference.cpts_payloads(example_challenges=True):
        assert 1 <= len(each["challenges"]) <= 4
        assert set(each["challenges"]) <= words.slugs("challenges")


def test_every_placement_is_on_land_also_toulon_off_the_drawn_coast(payloads: dict[str, dict]) -> None:
    polygons = reference.polygons()
    off = []
    for slug, each in payloads.items():
        point = (each["lon"], each["lat"])
        if not any(placement.contains(rings, point) for rings in polygons):
            off.append(slug)
        moved = placement.on_land(point, polygons)
        assert any(placement.contains(rings, moved) for rings in polygons), slug
        assert placement.distance(point, moved) < 3, slug
    assert off == ["toulon-littoral"]


def test_the_three_of_nice_are_drawn_apart_and_nobody_else_moves(payloads: dict[str, dict]) -> None:
    points = {slug: (each["lon"], each["lat"]) for slug, each in payloads.items()}
    drawn = placement.spread(points)
    moved = {slug for slug in points if drawn[slug] != points[slug]}
    assert {"nice-centre-nice-est", "nice-nord-collines", "nice-ouest-vallee"} <= moved
    nice = [drawn[slug] for slug in sorted(moved)]
    assert min(placement.distance(a, b) for a in nice for b in nice if a != b) > 1
    assert all(placement.distance(points[slug], drawn[slug]) < 3 for slug in points)


COORDINATES = st.tuples(st.floats(4.2, 7.8), st.floats(42.9, 45.2))


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), COORDINATES, max_size=12))
def test_spreading_keeps_everybody_near_and_does_not_depend_on_order(points: dict) -> None:
    drawn = placement.spread(points)
    assert drawn.keys() == points.keys()
    assert drawn == placement.spread(dict(reversed(points.items())))
    for key, point in points.items():
        assert placement.distance(point, drawn[key]) <= placement.SPREAD_RADIUS + 2 * placement.SAME_PLACE


@given(COORDINATES)
def test_what_is_moved_ends_on_land_and_what_is_on_land_stays(point: tuple[float, float]) -> None:
    polygons = reference.polygons()
    moved = placement.on_land(point, polygons)
    if any(placement.contains(rings, point) for rings in polygons):
        assert moved == point
    else:
        assert any(placement.contains(rings, moved) for rings in polygons)


def test_distances_are_those_of_the_globe() -> None:
    nice, marseille = (7.262, 43.710), (5.370, 43.296)
    assert placement.distance(nice, marseille) == pytest.approx(159, abs=2)
    assert placement.distance(nice, nice) == 0
