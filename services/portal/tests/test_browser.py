"""Pages in a real browser: no axe-core violation, no overflow, the map by mouse and by keyboard."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_data import CAMILLE, CPTS, NADIA
from live import CHROMIUM, Live, focused, running, violations
from maillage_portal.assets import FRONTEND
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
EMAIL = "camille.roux@exemple.fr"
OPEN_PAGES = ["/", "/annuaire", "/connexion", "/accessibilite", "/donnees-personnelles", "/nulle-part"]
SIGNED_PAGES = [
    "/",
    "/annuaire?challenge=sante-mentale",
    "/annuaire?q=zzzz",
    "/annuaire?department=04&vacant=true",
    f"/cpts/{CPTS[0]['id']}",
    f"/cpts/{CPTS[5]['id']}",
    f"/coordonnateurs/{NADIA}",
    f"/coordonnateurs/{CAMILLE}",
    "/groupes/desertification-medicale",
    "/mon-profil",
    "/mon-profil/adresse",
    "/mon-profil/effacer",
    f"/effacements/erasure-{CAMILLE}",
    "/aucune-donnee-patient",
]

PAIRWISE = """
(points, apart) => {
  const moved = points.map((point) => ({ ...point }));
  for (let round = 0, still = false; round < 24 && !still; round += 1) {
    still = true;
    for (let i = 0; i < moved.length; i += 1) for (let j = i + 1; j < moved.length; j += 1) {
      let [dx, dy] = [moved[j].x - moved[i].x, moved[j].y - moved[i].y];
      const gap = Math.hypot(dx, dy);
      if (gap >= apart) continue;
      still = false;
      if (gap < 0.01) [dx, dy] = [Math.cos(j * 2.4), Math.sin(j * 2.4)];
      const push = (apart - gap) / 2 / (gap < 0.01 ? 1 : gap);
      Object.assign(moved[i], { x: moved[i].x - dx * push, y: moved[i].y - dy * push });
      Object.assign(moved[j], { x: moved[j].x + dx * push, y: moved[j].y + dy * push });
    }
  }
  return moved;
}
"""
SPREAD = """
async ([module, pairwise, count, width]) => {
  const { spread } = await import(module);
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const place = () => (random() - 0.3) * width;
  const points = Array.from({ length: count }, () => ({ x: place(), y: place() }));
  points.push({ ...points[0] }, { ...points[0] });
  return [spread(points, 13), eval(pairwise)(points, 13), points];
}
"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with running(Path(tmp_path_factory.mktemp("keys"))) as started:
        yield started


def _faults(page: Page, path: str) -> list[str]:
    """What is wrong with the page, once its scripts have done what they do by themselves."""
    if page.locator("#map[data-outline]").count():
        page.wait_for_selector(".pin", state="attached")
    page.evaluate("new Promise((idle) => requestIdleCallback(idle))")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{path}: {fault}" for fault in violations(page) + ([f"{wide} px too wide"] if wide > 0 else [])]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_no_violation_on_any_page(live: Live, width: int, dark: bool) -> None:
    faults: list[str] = []
    with live.page(width, dark=dark) as page:
        for path in OPEN_PAGES:
            page.goto(live.url + path)
            faults += _faults(page, path)
        live.sign_in(page, EMAIL)
        live.house.pending_email = "camille@nouvelle.exemple.fr"
        for path in SIGNED_PAGES:
            page.goto(live.url + path)
            faults += _faults(page, path)
        live.house.pending_email = None
        page.goto(live.url + "/mon-profil/effacer")
        page.click("button.danger")
        focused(page, "erreurs")
        faults += _faults(page, "refused form")
    assert not faults, "\n".join(faults)


def test_a_refused_form_takes_the_focus_to_what_is_wrong(live: Live) -> None:
    with live.page() as page:
        live.sign_in(page, EMAIL)
        page.goto(live.url + "/mon-profil/effacer")
        page.click("button.danger")
        focused(page, "erreurs")


def test_chip_list_map_and_address_go_together(live: Live) -> None:
    with live.page() as page:
        live.sign_in(page, EMAIL)
        page.goto(live.url + "/annuaire")
        expect(page.locator(".pin")).to_have_count(len(CPTS))
        expect(page.locator(".pin.match")).to_have_count(0)
        page.click("#chips a:has-text('Désertification')")
        page.wait_for_url("**challenge=desertification-medicale**")
        expect(page.locator(".pin.match")).to_have_count(4)
        expect(page.locator("path.edge")).to_have_count(3)
        expect(page.locator("#results .row")).to_have_count(4)
        expect(page.locator("#f-challenge")).to_have_value("desertification-medicale")
        expect(page.locator("#announce")).to_have_text(page.text_content("#count") or "nothing")
        page.go_back()
        page.wait_for_url("**/annuaire")
        page.wait_for_selector(".pin.match", state="detached")
        expect(page.locator(".pin")).to_have_count(len(CPTS))


def test_typing_searches_and_keeps_the_focus(live: Live) -> None:
    with live.page() as page:
        page.goto(live.url + "/annuaire")
        page.wait_for_selector(".pin")
        page.locator("#f-q").press_sequentially("nice", delay=30)
        # A slow typist's first letters are searched for too.
        expect(page.locator("#results .row")).to_have_count(2)
        page.wait_for_selector(".pin.match")
        assert page.evaluate("document.activeElement.id") == "f-q"
        assert page.input_value("#f-q") == "nice"


def test_the_map_by_keyboard(live: Live) -> None:
    with live.page() as page:
        live.sign_in(page, EMAIL)
        page.goto(live.url + "/annuaire")
        page.wait_for_selector(".pin")
        expect(page.locator(".pin[tabindex='0']")).to_have_count(1)
        page.locator(".pin[tabindex='0']").focus()
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert name.startswith("CPTS La Vallée de l'Ubaye, Votre CPTS, Camille Roux")
        page.keyboard.press("ArrowUp")
        assert "Guil Durance" in page.evaluate("document.activeElement.getAttribute('aria-label')")
        page.keyboard.press("Enter")
        page.wait_for_selector(".leaflet-popup h3 a:focus")
        assert page.text_content(".leaflet-popup h3 a:focus") == "CPTS Guil Durance"
        page.keyboard.press("Escape")
        page.wait_for_selector(".leaflet-popup", state="detached")
        page.wait_for_selector(".pin[aria-label*='Guil Durance']:focus")


def test_places_that_coincide_are_spread(live: Live) -> None:
    with live.page() as page:
        page.goto(live.url + "/annuaire?q=nice")
        expect(page.locator(".pin.match")).to_have_count(2)
        boxes = [pin.bounding_box() for pin in page.locator(".pin.match").all()]
        (one, other) = (box for box in boxes if box)
        assert abs(one["x"] - other["x"]) + abs(one["y"] - other["y"]) > 8


def test_points_are_moved_apart_as_if_every_pair_were_looked_at(live: Live) -> None:
    source = (FRONTEND / "src" / "spread.js").read_bytes()
    module = "data:text/javascript;base64," + base64.b64encode(source).decode()
    with live.page() as page:
        page.goto("about:blank")
        for count, width in ((1, 1), (30, 20), (150, 400), (150, 4000)):
            moved, wanted, before = page.evaluate(SPREAD, [module, PAIRWISE.strip(), count, width])
            assert moved == wanted
            assert moved != before


def test_without_scripts_the_map_is_a_picture_and_filters_work(live: Live) -> None:
    with live.page(scripts=False) as page:
        page.goto(live.url + "/annuaire")
        behind = page.locator("svg.region use.dot").first.get_attribute("href")
        assert behind
        drawn = page.request.get(live.url + behind).text()
        assert drawn.count("<circle") == len(CPTS)
        page.fill("#f-q", "nice")
        page.click(".search button")
        expect(page.locator("#results .row")).to_have_count(2)
        expect(page.locator("svg.region circle.chosen")).to_have_count(2)


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_moves_when_the_map_comes(live: Live, width: int) -> None:
    """The list comes first; its place is the same before the map is there."""
    with live.page(width) as page:
        page.goto(live.url + "/annuaire?challenge=desertification-medicale")
        page.wait_for_selector(".pin")
        page.evaluate("document.fonts.ready.then(() => true)")  # one that comes later moves everything
        where = "document.getElementById('results').getBoundingClientRect().top"
        there = page.evaluate(where)
        page.evaluate("document.querySelector('.map-pane').remove()")
        assert page.evaluate(where) == pytest.approx(there, abs=0.5)
