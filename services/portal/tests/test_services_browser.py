"""Seminars, mentoring, inbox and the animators' pages in a real browser: axe-core, live bell, door."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_abroad import AWAY, GARANCE, asked
from fake_catalogue import STARTED, THREAD, event
from fake_data import CAMILLE, CLAIRE, NADIA
from fake_imports import IMPORT, know_imports
from fake_keys import KEY, know_keys
from fake_mentoring import MENTORSHIP, mentorship, proposal, search
from fake_messages import MAIL, note
from fake_seminars import BUDGET, CODE, REGISTRATION, SEMINAR, attendance, registration, seminar
from fake_services import FakeServices
from live import CHROMIUM, Live, focused, running, violations
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium at /usr/bin/chromium")
DESK = f"/animer/seminaires/{SEMINAR}"
PROBLEM = {"code": "unknown-ticket", "title": "Code de billet inconnu"}
OPEN_PAGES = [
    "/seminaires",
    "/seminaires/giens-2031",
    "/boite-aux-lettres",
    f"/boite-aux-lettres/{MAIL}",
    "/catalogue",
    f"/catalogue/{STARTED}",
]
BUS = ["/catalogue/evenements?type=directory", f"/catalogue/fils/{THREAD}", "/catalogue/echanges"]
CAMILLES = [
    "/seminaires",
    "/seminaires/giens-2031",
    "/annuaire?scope=national",
    f"/annuaire/ailleurs/{GARANCE}",
    f"/seminaires/ailleurs/{AWAY}",
    "/mes-inscriptions",
    f"/inscriptions/{REGISTRATION}",
    "/parcours",
    "/mentorat",
    f"/mentorat/{MENTORSHIP}",
    "/mentorat/mentors",
    "/mentorat/mon-offre",
    "/notifications",
    "/preferences",
]
CLAIRES = [
    "/animer",
    "/animer/arrivee",
    "/animer/depart",
    "/animer/depart/{}",
    "/animer/importer",
    f"/animer/importer/{IMPORT}",
    "/animer/seminaires/nouveau",
    DESK,
    f"{DESK}/ateliers/{BUDGET}",
    f"{DESK}/inscriptions",
    f"{DESK}/accueil",
    "/mentorat",
    "/administrer/cles",
    "/administrer/cles/nouvelle",
    f"/administrer/cles/{KEY['id']}",
]


@dataclass
class Stage:
    """The running portal and what its services answer."""

    live: Live
    services: FakeServices


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with running(Path(tmp_path_factory.mktemp("keys"))) as live:
        services = FakeServices(live.house)
        live.house.roles[CLAIRE] = ["coordinator", "animator", "admin"]
        know_keys(live.house)
        know_imports(live.house)
        services.seminars.attendances = [attendance()]
        services.mentoring.mentorships = [mentorship(met=True)]
        services.mentoring.requests = [search([proposal()], "proposed")]
        services.mentoring.proposals = [proposal()]
        services.messages.items = [note(), note(read_at="2026-11-21T08:00:00Z")]
        yield Stage(live, services)


def _look(page: Page, url: str, path: str) -> list[str]:
    page.goto(url + path)
    return _faults(page, path)


def _faults(page: Page, path: str) -> list[str]:
    page.evaluate("() => document.querySelectorAll('main details').forEach((one) => (one.open = true))")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{path}: {fault}" for fault in violations(page) + ([f"{wide} px too wide"] if wide > 0 else [])]


SEEN = pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])


@SEEN
def test_no_violation_on_any_page(stage: Stage, width: int, dark: bool) -> None:
    live, services = stage.live, stage.services
    faults: list[str] = []
    services.seminars.registrations = []
    with live.page(width, dark=dark) as page:
        for path in OPEN_PAGES:
            faults += _look(page, live.url, path)
        live.sign_in(page, "camille.roux@exemple.fr")
        faults += _look(page, live.url, "/seminaires/giens-2031")
        services.seminars.registrations = [registration()]
        for path in CAMILLES:
            faults += _look(page, live.url, path)
        for status in ("offered", "waitlisted", "cancelled"):
            services.seminars.registrations = [registration(status)]
            faults += _look(page, live.url, f"/inscriptions/{REGISTRATION}")
        services.abroad.visits = [asked(status="offered", offer_expires_at="2031-02-01T09:00:00Z")]
        for path in (f"/seminaires/ailleurs/{AWAY}", "/mes-inscriptions", "/"):
            faults += _look(page, live.url, path)
        services.abroad.visits = []
    assert not faults, "\n".join(faults)


@SEEN
def test_no_violation_on_any_page_of_an_animator(stage: Stage, width: int, dark: bool) -> None:
    live, services = stage.live, stage.services
    post = live.house.people[NADIA]["positions"][0]["id"]
    faults: list[str] = []
    services.seminars.registrations = [registration(), registration("waitlisted", answers={})]
    with live.page(width, dark=dark) as page:
        live.sign_in(page, "claire.fontaine@exemple.fr")
        for path in CLAIRES:
            faults += _look(page, live.url, path.format(post))
        services.seminars.seminar = seminar(status="draft")
        faults += _look(page, live.url, DESK)
        services.seminars.seminar = seminar()
    assert not faults, "\n".join(faults)


@SEEN
def test_no_violation_on_any_page_of_an_administrator(stage: Stage, width: int, dark: bool) -> None:
    live = stage.live
    faults: list[str] = []
    live.house.roles[NADIA] = ["admin"]
    with live.page(width, dark=dark) as page:
        live.sign_in(page, "nadia.benali@exemple.fr")
        for path in BUS:
            faults += _look(page, live.url, path)
    del live.house.roles[NADIA]
    assert not faults, "\n".join(faults)


def test_refused_forms_have_no_violation_either(stage: Stage) -> None:
    live = stage.live
    with live.page(390) as page:
        live.sign_in(page, "claire.fontaine@exemple.fr")
        errors = [
            {"pointer": f"/{name}", "detail": "Nécessaire."} for name in ("title", "capacity", "ends_at")
        ]
        problem = {"code": "invalid", "title": "x", "errors": errors}
        live.house.refuse_once("PATCH", f"/api/events/v1/seminars/{SEMINAR}", 422, problem)
        page.goto(f"{live.url}{DESK}/modifier")
        page.click("main button.btn")
        page.wait_for_selector("#e-title")
        focused(page, "erreurs")
        assert page.get_attribute("#f-title", "aria-describedby") == "e-title"
        assert not _faults(page, "refused seminar")


def test_the_bell_counts_and_tells_without_a_new_page(stage: Stage) -> None:
    live, messages = stage.live, stage.services.messages
    messages.unread = 1
    with live.page() as page:
        live.sign_in(page, "camille.roux@exemple.fr")
        page.goto(live.url + "/parcours")
        page.evaluate("window.same = true")
        expect(page.locator("#bell .count")).to_have_text("1")
        messages.unread = 2
        messages.news = ["Une place vous est proposée"]
        page.wait_for_selector("#bell .count:text-is('2')")
        page.wait_for_selector("#told:has-text('Une place')", state="attached")
        assert page.evaluate("window.same")
        assert page.get_attribute("#told", "role") == "status"


def test_many_tabs_share_one_stream(stage: Stage) -> None:
    live, messages = stage.live, stage.services.messages
    messages.unread = 3
    with live.page() as page:
        live.sign_in(page, "camille.roux@exemple.fr")
        tabs = [page.context.new_page() for _ in range(8)]
        for tab in tabs:
            tab.goto(live.url + "/mentorat/mentors")
        messages.unread = 4
        messages.news = ["Une réponse"]
        for tab in tabs:
            tab.wait_for_selector("#bell .count:text-is('4')")


def test_a_hidden_page_lets_go_of_its_stream(stage: Stage) -> None:
    live = stage.live
    hide = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true});"
    told = "document.dispatchEvent(new Event('visibilitychange'))"
    with live.page() as page:
        page.add_init_script(
            "const Real = EventSource; window.streams = [];"
            "window.EventSource = class extends Real { constructor(url) { super(url); streams.push(this); } }"
        )
        live.sign_in(page, "camille.roux@exemple.fr")
        page.goto(live.url + "/parcours")
        page.wait_for_function("() => streams.length === 1")
        page.evaluate(hide % "hidden" + told)
        assert page.evaluate("streams[0].readyState") == 2
        page.evaluate(hide % "visible" + told)
        page.wait_for_function("() => streams.length === 2")


def test_the_door_is_ready_for_the_next_ticket(stage: Stage) -> None:
    live = stage.live
    stage.services.seminars.registrations = [registration()]
    with live.page(390) as page:
        live.sign_in(page, "claire.fontaine@exemple.fr")
        page.goto(f"{live.url}{DESK}/accueil")
        focused(page, "f-ticket_code")
        page.keyboard.type(CODE)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Bienvenue à Camille Roux.")
        focused(page, "f-ticket_code")
        live.house.refuse_once("POST", f"/api/events/v1/seminars/{SEMINAR}/check-ins", 404, PROBLEM)
        page.keyboard.type("FAUX")
        page.keyboard.press("Enter")
        page.wait_for_selector(".notice.error")
        focused(page, "f-ticket_code")


def test_a_mail_runs_no_script(stage: Stage) -> None:
    live = stage.live
    stage.services.messages.mails[0]["html"] = "<p>Bonjour</p><script>parent.x = 1</script>"
    refusal = "Blocked script execution"
    # The browser logs what it refused, and `page` tells.
    blocked = pytest.raises(AssertionError, match=refusal)
    with blocked, live.page() as page, page.expect_console_message(lambda said: refusal in said.text):
        page.goto(f"{live.url}/boite-aux-lettres/{MAIL}")
        frame = page.frame_locator("iframe.mail-frame")
        assert frame.locator("p").text_content() == "Bonjour"
        assert page.evaluate("window.x") is None


def test_registering_by_keyboard(stage: Stage) -> None:
    live, seminars = stage.live, stage.services.seminars
    seminars.registrations = []
    with live.page() as page:
        live.sign_in(page, "camille.roux@exemple.fr")
        page.goto(live.url + "/seminaires/giens-2031")
        page.locator("fieldset.slot input").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        seminars.registrations = [registration(coordinator_id=CAMILLE)]
        page.locator("aside button.btn").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/inscriptions/**")
        assert stage.services.written("POST", "/registrations")[0]["workshop_ids"] == [BUDGET]
        assert page.locator(".ticket img").evaluate("image => image.complete")


def test_events_come_on_top_and_the_flow_can_be_paused_by_keyboard(stage: Stage) -> None:
    live, services = stage.live, stage.services
    live.house.roles[NADIA] = ["admin"]
    with live.page(390) as page:
        live.sign_in(page, "nadia.benali@exemple.fr")
        services.catalogue.news = [event(3), event(9), event(10, data={"title": "<b>gras</b>"})]
        page.goto(live.url + "/catalogue/evenements")
        page.wait_for_selector('[data-number="10"]')
        shown = page.eval_on_selector_all(".event", "all => all.map((one) => one.dataset.number)")
        assert shown == ["10", "9", "4", "3", "2", "1"]
        expect(page.locator("#live-told")).to_contain_text("directory.position.started.v1")
        page.click('[data-number="10"] summary')
        assert "<b>gras</b>" in page.inner_text('[data-number="10"] pre')
        button = page.locator("#live button")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#live [data-state]")).to_contain_text("pause")
        services.catalogue.news = [event(11)]
        page.keyboard.press("Enter")
        page.wait_for_selector('[data-number="11"]')
        assert "apres" not in services.catalogue.asked[-1]
        assert _faults(page, "live") == []
    del live.house.roles[NADIA]
