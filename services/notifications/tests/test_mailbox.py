"""The local mailbox shows what was mailed, in the demo and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest


async def test_mails_can_be_listed_read_and_their_files_taken(network: Any) -> None:
    client = network.harness.client
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await network.arrival(camille, await network.cpts())
    await network.registered(camille, seminar)
    await network.send_mails()
    first = (await client.get("mailbox", params={"limit": 1})).json()
    rest = (await client.get("mailbox", params={"limit": 1, "cursor": first["next"]})).json()
    assert rest["next"] is None
    newest, oldest = first["items"][0], rest["items"][0]
    assert newest["subject"] == "Votre place est confirmée\u00a0: Séminaire d’Avignon"
    assert oldest["subject"] == "Bienvenue dans le réseau, Camille"
    assert newest["attachments"] == ["seminaire.ics"]
    assert (await client.get(f"mailbox/{newest['name']}")).json() == newest
    file = await client.get(f"mailbox/{newest['name']}/attachments/seminaire.ics")
    assert file.headers["Content-Disposition"] == 'attachment; filename="seminaire.ics"'
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert b"BEGIN:VEVENT" in file.content
    for missing in ("mailbox/none.eml", "mailbox/..%2Fx.eml", f"mailbox/{newest['name']}/attachments/x"):
        assert (await client.get(missing)).status_code == 404


@pytest.mark.parametrize("settings", [{"environment": "production"}, {"mail_transport": "smtp"}])
async def test_there_is_none_in_production_nor_when_mail_leaves(
    open_network: Any, settings: dict[str, str]
) -> None:
    async with open_network(**settings) as network:
        for path in ("mailbox", "mailbox/x.eml", "mailbox/x.eml/attachments/x"):
            answer = await network.harness.client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "no-local-mailbox")
