"""The inbox, its stream, preferences and the demonstration's mailbox, without JavaScript."""

import copy

import pytest
from browser import Browser
from fake_messages import MAIL, NOTE, PREFERENCES, note
from fake_services import FakeServices

API = "/api/notifications/v1"
LETTER = f"/boite-aux-lettres/{MAIL}"


@pytest.fixture
async def camille(browser: Browser, services: FakeServices) -> Browser:
    await browser.sign_in("camille.roux@exemple.fr")
    return browser


async def test_the_inbox_day_by_day(camille: Browser, services: FakeServices) -> None:
    services.messages.items = [note(), note(read_at="2026-11-22T09:00:00Z", title="Lu")]
    answer = await camille.get("/notifications")
    assert "1 message non lu" in camille.text
    assert answer.text.count('class="row unread"') == 1
    assert "Notifications : 1 non lue" in camille.text.replace("\u00a0", " ")
    assert "C’est le moment." in camille.text
    await camille.submit("/notifications/toutes-lues")
    assert services.written("POST", "/read-all")


async def test_an_empty_inbox_says_what_will_come(camille: Browser, services: FakeServices) -> None:
    services.messages.items, services.messages.unread = [], 0
    assert (await camille.get("/notifications")).status_code == 200
    assert "Rien pour l’instant" in camille.text


async def test_following_a_message_reads_it(camille: Browser, services: FakeServices) -> None:
    answer = await camille.get(f"/notifications/{NOTE}")
    assert services.written("POST", f"/{NOTE}/read")
    assert answer.url.path == "/parcours"


@pytest.mark.parametrize("action", [None, {"label": "x", "path": "https://evil.test/"}])
async def test_a_message_leads_nowhere_else(
    camille: Browser, services: FakeServices, action: dict[str, str] | None
) -> None:
    services.messages.items = [note(action=action)]
    answer = await camille.get(f"/notifications/{NOTE}", follow_redirects=False)
    assert answer.headers["location"] == "/notifications"


async def test_the_stream_passes_through(camille: Browser, services: FakeServices) -> None:
    services.messages.news = ["Une place s'est libérée"]
    answer = await camille.get("/notifications/flux", headers={"Last-Event-ID": "41"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert "event: notification" in answer.text
    assert services.house.seen_headers[-1]["last-event-id"] == "41"


async def test_a_stream_that_is_not_to_be_had_is_not_asked_for_again(
    camille: Browser, services: FakeServices
) -> None:
    services.house.away.add("notifications")
    assert (await camille.get("/notifications/flux")).status_code == 204


async def test_the_bell_alone(camille: Browser, services: FakeServices) -> None:
    services.messages.unread = 120
    answer = await camille.get("/notifications/cloche")
    assert "99+" in answer.text
    assert "<html" not in answer.text


async def test_preferences_send_what_differs_from_the_default(
    camille: Browser, services: FakeServices
) -> None:
    answer = await camille.get("/preferences")
    assert 'name="email-arrival" value="on">' in answer.text
    assert "C’est la preuve de votre inscription." in camille.text
    await camille.submit("/preferences", **{"email-arrival": "on"})
    body, headers = services.written("PUT", "/me/preferences")
    assert body["topics"] == {"arrival": {"in_app": "inherit", "email": "on"}}
    assert body["quiet_hours"] == {
        "start": "20:00",
        "end": "08:00",
        "time_zone": "Europe/Paris",
        "weekends": True,
    }
    assert headers["if-match"] == '"5"'
    assert "Vos préférences sont enregistrées" in camille.text


async def test_refused_preferences_keep_what_was_ticked(camille: Browser, services: FakeServices) -> None:
    await camille.get("/preferences")
    errors = [{"pointer": "/quiet_hours/start", "detail": "Une heure est attendue."}]
    services.house.refuse_once(
        "PUT", f"{API}/me/preferences", 422, {"code": "invalid", "title": "x", "errors": errors}
    )
    answer = await camille.submit("/preferences", start="25:99", **{"email-arrival": "on"})
    assert answer.status_code == 422
    assert 'id="e-start"' in answer.text
    assert 'value="25:99"' in answer.text
    assert 'name="email-arrival" value="on" checked' in answer.text


async def test_no_quiet_hours(camille: Browser, services: FakeServices) -> None:
    calm = copy.deepcopy(PREFERENCES) | {"quiet_hours": None}
    services.house.answers[f"{API}/me/preferences"] = calm
    answer = await camille.get("/preferences")
    assert 'name="quiet" value="yes">' in answer.text
    await camille.submit("/preferences")
    assert services.written("PUT", "/me/preferences")[0]["quiet_hours"] is None


async def test_preferences_changed_elsewhere(camille: Browser, services: FakeServices) -> None:
    await camille.get("/preferences")
    services.house.refuse_once("PUT", f"{API}/me/preferences", 412, {"code": "precondition-failed"})
    assert (await camille.submit("/preferences")).status_code == 412


async def test_the_code_is_two_clicks_away(browser: Browser, services: FakeServices) -> None:
    answer = await browser.get("/connexion")
    assert 'href="/boite-aux-lettres"' in answer.text
    await browser.get("/boite-aux-lettres")
    assert "123 456 : votre code" in browser.text.replace("\u00a0", " ")
    await browser.get("/boite-aux-lettres?a=personne")
    assert "Aucun e-mail ici" in browser.text


async def test_a_mail_is_fenced_in(browser: Browser, services: FakeServices) -> None:
    services.messages.mails[0]["html"] = "<script>parent.x = 1</script>"
    answer = await browser.get(LETTER)
    assert "<script>parent" not in answer.text
    assert f'src="{LETTER}/corps" sandbox' in answer.text
    body = await browser.get(f"{LETTER}/corps")
    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert body.headers["x-frame-options"] == "SAMEORIGIN"
    file = await browser.get(f"{LETTER}/pieces/seminaire.ics")
    assert file.headers["content-disposition"] == 'attachment; filename="seminaire.ics"'


async def test_no_mailbox_outside_the_demonstration(browser: Browser, services: FakeServices) -> None:
    services.house.refused[f"{API}/mailbox"] = (404, {"code": "no-mailbox", "title": "Pas de boîte"})
    assert (await browser.get("/boite-aux-lettres")).status_code == 404


@pytest.mark.parametrize("path", ["/notifications/toutes-lues", "/preferences"])
async def test_a_form_without_proof_changes_nothing(
    camille: Browser, services: FakeServices, path: str
) -> None:
    before = len(services.house.written)
    assert (await camille.client.post(path, data={"csrf": "x"})).status_code == 403
    assert len(services.house.written) == before
