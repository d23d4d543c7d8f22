"""The catalogue for anyone, the live events and the exchanges for administrators."""

import re

import pytest
from browser import Browser
from fake_catalogue import JOINED, ODD, STARTED, THREAD, event, kind
from fake_data import CLAIRE
from fake_services import FakeServices

API = "/api/catalogue/v1"


@pytest.fixture
async def admin(browser: Browser, services: FakeServices) -> Browser:
    services.house.roles[CLAIRE] = ["admin"]
    await browser.sign_in("claire.fontaine@exemple.fr")
    return browser


async def test_anyone_finds_every_type_and_what_does_not_agree(
    browser: Browser, services: FakeServices
) -> None:
    await browser.get("/catalogue")
    assert "5 sortes de choses" in browser.text
    assert STARTED in browser.text
    assert "schéma inconnu" in browser.text
    assert "à regarder 1" in browser.text
    assert "/catalogue/evenements" not in (browser.last.text if browser.last else "")


@pytest.mark.parametrize(
    ("query", "found", "left_out"),
    [
        ("q=opened", "mentoring.request.opened.v1", STARTED),
        ("service=mentoring", "mentoring.request.opened.v1", STARTED),
        ("seulement=ecarts", STARTED, JOINED),
        ("seulement=publics", "directory.coordinator.presented.v1", STARTED),
        ("q=rien-de-tel", "Aucun événement ne correspond", STARTED),
    ],
)
async def test_the_list_narrows(
    browser: Browser, services: FakeServices, query: str, found: str, left_out: str
) -> None:
    await browser.get(f"/catalogue?{query}")
    assert found in browser.text
    assert left_out not in browser.text


async def test_one_type_says_who_reads_it_and_how_it_looks(browser: Browser, services: FakeServices) -> None:
    answer = await browser.get(f"/catalogue/{STARTED}")
    assert "le bus ne le lui donne pas" in browser.text
    assert "urn:maillage:schema" in answer.text
    assert f"fr-pac.{STARTED}.*" in browser.text
    assert "1 204 fois" in browser.text
    assert "non déclaré" in browser.text
    assert (await browser.get("/catalogue/no.such.type.v1")).status_code == 404


async def test_a_type_nobody_declares_has_no_contract(admin: Browser, services: FakeServices) -> None:
    services.catalogue.types.append(kind(ODD, declared=False, published_by=[], mismatches=["undeclared"]))
    await admin.get(f"/catalogue/{ODD}")
    assert "Aucun service ne déclare cet événement" in admin.text


@pytest.mark.parametrize("path", ["evenements", "evenements/flux", "echanges", f"fils/{THREAD}"])
async def test_the_bus_is_for_administrators(browser: Browser, services: FakeServices, path: str) -> None:
    assert (await browser.get(f"/catalogue/{path}")).url.path == "/connexion"
    services.house.roles[CLAIRE] = ["coordinator", "animator"]
    await browser.sign_in("claire.fontaine@exemple.fr")
    assert (await browser.get(f"/catalogue/{path}")).status_code == 403
    assert "réservée aux administrateurs" in browser.text


async def test_events_are_shown_masked_and_filtered(admin: Browser, services: FakeServices) -> None:
    services.house.queries.clear()
    await admin.get(f"/catalogue/evenements?type=directory&fil={THREAD}&depuis=2026-11-22T09:00")
    assert "•••" in admin.text
    assert "Le contenu a été effacé du bus" in admin.text
    assert "ne disent pas la même chose" in admin.text
    asked = services.catalogue.asked[-1]
    assert "type=directory" in asked
    assert f"correlation_id={THREAD}" in asked
    assert "since=2026-11-22T09%3A00%3A00%2B01%3A00" in asked
    assert "cursor" not in asked
    assert admin.last is not None
    assert f"suite=more&amp;type=directory&amp;fil={THREAD}" in admin.last.text


async def test_an_unreadable_filter_is_told(admin: Browser, services: FakeServices) -> None:
    services.house.refuse_once("GET", f"{API}/events", 422, {"code": "invalid", "title": "x"})
    answer = await admin.get("/catalogue/evenements?entite=jeanne")
    assert answer.status_code == 422
    assert "un identifiant s’écrit en entier" in admin.text
    assert 'value="jeanne"' in answer.text


async def test_the_stream_comes_as_pieces_of_the_page(admin: Browser, services: FakeServices) -> None:
    services.catalogue.news = [event(9, data={"title": "<script>"}), event(10)]
    answer = await admin.get(f"/catalogue/evenements/flux?type={STARTED}&apres=8")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert services.catalogue.asked[-1] == f"type={STARTED}"
    assert services.house.seen_headers[-1]["last-event-id"] == "8"
    data = [line for line in answer.text.split("\n") if line.startswith("data: ")]
    assert len(data) == 2
    assert "<script>" not in data[0]
    assert data[0].startswith("data: ")
    assert 'data-number="9"' in data[0]
    assert "id: 10\nevent: event\n" in answer.text


async def test_an_event_of_odd_characters_is_one_line_of_the_stream(
    admin: Browser, services: FakeServices
) -> None:
    """What a publisher named with a line end of its own must not tear the stream, again at each return."""
    services.catalogue.news = [
        event(9, source="/fr-occ\u2028/a\x85\r\n/b", data={"title": "x\u2029\ry"}),
        event(10),
    ]
    answer = await admin.get("/catalogue/evenements/flux?apres=8")
    told = [line for line in re.split("\r\n|\r|\n", answer.text) if line]
    names = [line.split(":")[0] for line in told]
    assert names == ["retry", "id", "event", "data", "id", "event", "data"]
    assert "/fr-occ\u2028/a\x85 /b" in told[3]


@pytest.mark.parametrize("apres", ["%C3%A9", "%0d%0aX: y", "-1", "%D9%A1"])
async def test_a_place_that_is_no_number_is_not_sent_on(
    admin: Browser, services: FakeServices, apres: str
) -> None:
    services.catalogue.news = [event(9)]
    answer = await admin.get(f"/catalogue/evenements/flux?apres={apres}")
    assert answer.status_code == 200
    assert "last-event-id" not in services.house.seen_headers[-1]


async def test_a_stream_that_is_not_to_be_had_is_not_asked_for_again(
    admin: Browser, services: FakeServices
) -> None:
    services.house.away.add("catalogue")
    assert (await admin.get("/catalogue/evenements/flux")).status_code == 204


async def test_a_thread_reads_from_cause_to_effect(admin: Browser, services: FakeServices) -> None:
    answer = await admin.get(f"/catalogue/fils/{THREAD}")
    assert "2 événements dans ce fil, de cause à effet" in admin.text
    assert "depth-1" in answer.text
    assert "seuls ses premiers événements" in admin.text


async def test_what_leaves_and_what_comes(admin: Browser, services: FakeServices) -> None:
    await admin.get("/catalogue/echanges")
    for said in (
        "Provence-Alpes-Côte d’Azur envoie ses faits publics à 2 régions",
        "58 n’en sortent pas",
        "Copie vue depuis le jeudi 1er octobre",
        "sans être parmi vos régions voisines",
        "Entendue il y a moins d’une minute",
        "Le flux n’existe pas encore",
    ):
        assert said in admin.text, said
    never = [{**each, "since": None, "present": False} for each in services.catalogue.flows["sent"]]
    services.catalogue.flows |= {"copies_known": False, "sent": never}
    await admin.get("/catalogue/echanges")
    assert "3 régions peuvent copier les faits publics de Provence-Alpes-Côte d’Azur" in admin.text
    assert "MAILLAGE_CATALOGUE_MONITOR_URL" in admin.text
    services.catalogue.flows |= {"sent": [], "received": [], "public": []}
    await admin.get("/catalogue/echanges")
    assert "n’envoie rien à aucune autre région" in admin.text


async def test_the_portal_stands_without_the_catalogue(browser: Browser, services: FakeServices) -> None:
    services.house.away.add("catalogue")
    assert (await browser.get("/catalogue")).status_code == 503
    assert (await browser.get("/")).status_code == 200
