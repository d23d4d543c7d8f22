"""The mesh joins everybody with as little line as can be, and the picture keeps its shape."""

from itertools import combinations, product

import pytest
from fake_data import OUTLINE
from hypothesis import given, settings
from hypothesis import strategies as st
from maillage_portal.region import Ground, Marks, Spot, distance_km, marked, mesh

points = st.lists(
    st.tuples(st.floats(4.2, 7.7), st.floats(43.0, 45.1)).map(lambda p: (round(p[0], 3), round(p[1], 3))),
    min_size=2,
    max_size=6,
    unique=True,
)


def _joins_all(count: int, edges: tuple[tuple[int, int], ...]) -> bool:
    reached, before = {0}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {b for pair in edges for a, b in (pair, pair[::-1]) if a in reached}
    return len(reached) == count


@settings(max_examples=25, deadline=None)
@given(points)
def test_the_mesh_is_a_shortest_tree(places: list[tuple[float, float]]) -> None:
    edges = mesh(places)
    assert len(edges) == len(places) - 1
    assert _joins_all(len(places), tuple(edges))

    def length(tree: tuple[tuple[int, int], ...]) -> float:
        return sum(distance_km(places[a], places[b]) for a, b in tree)

    pairs = list(combinations(range(len(places)), 2))
    trees = (tree for tree in combinations(pairs, len(places) - 1) if _joins_all(len(places), tree))
    assert length(tuple(edges)) == pytest.approx(min(map(length, trees)))


def test_nobody_and_one_alone_have_no_mesh() -> None:
    assert mesh([]) == mesh([(5.0, 43.0)]) == []


def test_a_known_distance() -> None:
    marseille, nice = (5.37, 43.296), (7.262, 43.71)
    assert distance_km(marseille, nice) == pytest.approx(159, abs=2)


def test_north_is_up_and_everything_is_inside() -> None:
    ground = Ground.of(OUTLINE, 640)
    corners = [Spot(lon, lat) for lat, lon in product((43.4, 44.7), (4.6, 6.9))]
    drawn = [ground.at(one.lon, one.lat) for one in corners]
    south_west, south_east, north_west, _ = drawn
    assert south_west[0] < south_east[0]
    assert north_west[1] < south_west[1]
    assert all(0 <= x <= ground.width and 0 <= y <= ground.height for x, y in drawn)
    assert ground.land.count("<path") == 2
    (x1, y1), (x2, y2) = south_west, drawn[3]
    marks = marked(ground, Marks(corners, [(0, 3)], you=corners[0], abroad=corners[1:2]))
    assert f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>' in marks
    assert f'<circle class="ring" cx="{x1}" cy="{y1}"' in marks
    assert (marks.count("dot chosen"), marks.count("dot abroad")) == (4, 1)
