"""What people chose is what happens: kept by version, told with reasons, obeyed by the delivery."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.ids import new_id


async def read(network: Any, person: UUID) -> Any:
    headers = network.harness.tokens.coordinator(person)
    return await network.harness.client.get("me/preferences", headers=headers)


async def choose(
    network: Any, person: UUID, version: int = 0, *, expect: int = 200, **body: Any
) -> dict[str, Any]:
    headers = {**network.harness.tokens.coordinator(person), "If-Match": f'"{version}"'}
    answer = await network.harness.client.put("me/preferences", json=body, headers=headers)
    assert answer.status_code == expect, answer.text
    return dict(answer.json())


def channel(preferences: dict[str, Any], topic: str, name: str = "email") -> dict[str, Any]:
    (found,) = [each for each in preferences["topics"] if each["topic"] == topic]
    return dict(found["channels"][name])


NIGHT = {"start": "21:00", "end": "07:00", "time_zone": "Europe/Paris", "weekends": False}


async def test_what_was_read_may_be_sent_back(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    chosen = await choose(network, camille, topics={"arrival": {"email": "on"}}, quiet_hours=NIGHT)
    sent = {**chosen}
    again = await choose(network, camille, sent.pop("version"), **sent)
    assert again == {**chosen, "version": again["version"]}
    sent["topics"] = [{"topic": "arrival", "channels": {"email": {"choice": "inherit"}}}]
    emptied = await choose(network, camille, again["version"], **sent)
    assert channel(emptied, "arrival")["choice"] == "inherit"
    await choose(network, camille, topics=[{"topic": "arrival", "channels": 3}], expect=422)


async def test_the_grid_shows_defaults_choices_and_why_some_are_locked(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    answer = await read(network, camille)
    assert answer.headers["ETag"].startswith('"0-')
    preferences = answer.json()
    assert channel(preferences, "arrival") == {
        "choice": "inherit", "default": "off", "effective": "off", "locked": False, "reason": None,
    }  # fmt: skip
    locked = channel(preferences, "registration-confirmed")
    assert locked["locked"] is True
    assert locked["reason"] == "C’est la preuve de votre inscription et votre entrée d’agenda."
    chosen = await choose(network, camille, topics={"arrival": {"email": "on"}}, quiet_hours=NIGHT)
    assert channel(chosen, "arrival") == {
        "choice": "on", "default": "off", "effective": "on", "locked": False, "reason": None,
    }  # fmt: skip
    assert chosen["version"] == 1
    seen = await read(network, camille)
    assert seen.json() == chosen
    known = network.harness.tokens.coordinator(camille) | {"If-None-Match": seen.headers["etag"]}
    unchanged = await network.harness.client.get("me/preferences", headers=known)
    assert unchanged.status_code == 304


async def test_wrong_choices_are_refused_with_the_reason(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    refused = await choose(network, camille, topics={"welcome": {"email": "off"}}, expect=422)
    assert refused["code"] == "mandatory-topic"
    assert refused["detail"].startswith("Ce message ouvre votre compte")
    unknown = await choose(network, camille, topics={"weather": {"email": "off"}}, expect=422)
    assert unknown["code"] == "unknown-topic"
    for wrong in (NIGHT | {"time_zone": "Europe/Nowhere"}, NIGHT | {"end": "21:00"}):
        await choose(network, camille, quiet_hours=wrong, expect=422)
    await choose(network, camille, 7, expect=412)
    headers = network.harness.tokens.coordinator(camille)
    without = await network.harness.client.put("me/preferences", json={}, headers=headers)
    assert without.status_code == 428


async def test_a_choice_is_obeyed_and_the_decision_says_which_version(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await choose(network, nadia, topics={"proposal-made": {"email": "off"}})
    await network.proposal(camille, nadia)
    assert await network.send_mails() == []
    email = next(m for m in await network.messages(nadia, "proposal-made") if m.channel == "email")
    assert (email.state, email.reason) == ("skipped", "preference")
    assert email.decision["rule"] == "preference"
    assert email.decision["preference_version"] == 1
    assert await network.topics(nadia) == ["proposal-made"]


async def test_a_choice_made_between_telling_and_sending_is_obeyed_too(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await network.proposal(camille, nadia)
    await choose(network, nadia, topics={"proposal-made": {"email": "off"}})
    assert await network.send_mails() == []
    assert (await network.states(nadia, "proposal-made"))["email"] == ("skipped", "preference")


async def test_quiet_hours_put_mails_off_in_order_and_drop_none(network: Any) -> None:
    nadia = await network.person("Nadia", "Benali")
    await choose(network, nadia, quiet_hours=NIGHT)
    network.harness.clock.set(network.now.replace(hour=21, minute=30))
    names = ("Aude", "Benoît", "Chloé")
    for name in names:
        await network.proposal(await network.person(name, "Roux"), nadia)
    hers = [mail for mail in await network.send_mails() if nadia in mail.about]
    assert hers == []
    assert (await network.states(nadia, "proposal-made"))["email"] == ("deferred", "quiet-hours")
    assert len(await network.topics(nadia)) == 3, "her inbox does not sleep"
    network.harness.clock.advance(hours=9)
    subjects = [mail.subject for mail in await network.send_mails()]
    assert subjects == [f"{name} Roux aimerait que vous l’accompagniez" for name in names]


async def test_what_would_be_too_late_in_the_morning_is_sent_at_once(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await choose(network, camille, quiet_hours=NIGHT)
    network.harness.clock.set(network.now.replace(hour=22))
    await network.happens(
        "events.registration.offered", registration_id=new_id(), seminar_id=seminar, coordinator_id=camille,
        workshop_id=None, expires_at=network.now + timedelta(hours=2), _sequence=1,
    )  # fmt: skip
    assert len(await network.send_mails()) == 1
    email = next(m for m in await network.messages(camille) if m.channel == "email")
    assert email.decision["urgent"] is True


async def test_the_link_under_a_mail_asks_first_and_acts_on_the_button(network: Any) -> None:
    client = network.harness.client
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await network.proposal(camille, nadia)
    (mail,) = await network.send_mails()
    link = mail.text.split("/api/notifications/v1/")[1].split()[0]
    page = await client.get(link)
    assert page.status_code == 200
    assert "Ne plus recevoir ces e-mails" in page.text
    assert '<form method="post">' in page.text
    assert channel((await read(network, nadia)).json(), "proposal-made")["effective"] == "on"
    for _ in range(2):
        done = await client.post(link, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
    assert channel((await read(network, nadia)).json(), "proposal-made")["effective"] == "off"
    await network.proposal(camille, nadia)
    assert len(await network.send_mails()) == 1


async def test_a_link_that_was_not_signed_here_does_nothing(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await network.proposal(camille, nadia)
    (mail,) = await network.send_mails()
    link = mail.text.split("/api/notifications/v1/")[1].split()[0]
    forged = link[:-6] + ("A" if link[-6] != "A" else "B") + link[-5:]
    for bad in (forged, "unsubscribe/x", "unsubscribe/é", "unsubscribe/" + "A" * 60):
        for method in ("GET", "POST"):
            answer = await network.harness.client.request(method, bad)
            assert answer.status_code == 404, (bad, answer.text)
