"""An event in quarantine is told about without what it says, to operators and to who watches the bus.

Its body is for whoever may read the bus anyway: `maillage dlq show` prints it, and says so.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import nats
import pytest
from maillage import cli
from maillage.ids import new_id
from maillage.nats.folder import Folder

from tests.journeys.house import eventually
from tests.security.leaks.story import REGION, Story

pytestmark = pytest.mark.timeout(600)
TYPE = "fr.maillage.directory.coordinator.updated.v1"


async def _publish(story: Story, person: str, body: dict[str, Any]) -> None:
    """An event of the directory's with a body that nobody can read, sent with the directory's own account."""
    data = story.house.home.root
    facts = json.loads((data / "house.json").read_text(encoding="utf-8"))
    password = Folder(data).secret_file("directory").read_text(encoding="ascii").strip()
    client = await nats.connect(
        facts["nats_url"], user="directory", password=password, inbox_prefix=b"_INBOX.directory"
    )
    identity = str(new_id())
    headers = {
        "ce-specversion": "1.0",
        "ce-id": identity,
        "ce-type": TYPE,
        "ce-source": f"/{REGION}/directory",
        "ce-time": datetime.now(UTC).isoformat(),
        "Nats-Msg-Id": identity,
        "content-type": "application/json",
    }
    subject = f"{REGION}.directory.coordinator.updated.v1.{person}"
    await client.jetstream(timeout=60).publish(subject, json.dumps(body).encode(), headers=headers)
    await client.close()


def test_what_is_quarantined_is_told_without_what_it_says(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [mark.value for mark in story.marks.by_token.values() if mark.owner == "p0"]
    assert len(said) > 4
    unreadable = {"coordinator_id": said[0], "first_name": said, "challenges": {said[1]: said[2]}, said[3]: 1}
    asyncio.run(_publish(story, story.people["p0"].id, unreadable))

    def told(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["maillage", "dlq", *words, "--data", str(story.house.home.root)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code in (0, None)
        lines = capsys.readouterr().out.splitlines()
        return "\n".join(line for line in lines if not line.startswith('{"'))  # the house logs here too

    def listed() -> str | None:
        listing = told("list")
        return listing if "\tmentoring\t" in listing and "\tnotifications\t" in listing else None

    listing = eventually(listed, "both who read it have put it aside", patience=120)
    assert TYPE in listing
    assert not story.marks.found_in(listing), listing

    def shown() -> dict[str, Any] | None:
        """A line of the house's log that comes in the middle makes it unreadable."""
        with suppress(ValueError):
            return dict(json.loads(told("show", listing.split("\t")[0])))
        return None

    letter = eventually(shown, "the letter")
    body = letter.pop("data")
    assert story.marks.found_in(body), "what it said is kept for who decides"
    assert not story.marks.found_in(json.dumps(letter)), letter
    _watched(story)


def _watched(story: Story) -> None:
    """What the catalogue shows of the bus, to the administrator who may see it."""
    token = story.token("boss")
    boss = story.house.caller(token)
    for path in ("events", "flows"):
        answer = boss.client.get(f"/api/catalogue/v1/{path}")
        assert answer.status_code == 200, answer.text
        assert not _of_others(story, answer.text), path
    with story.house.browser(token) as browser:
        for page in ("/catalogue/evenements", "/catalogue/echanges"):
            answer = browser.get(page)
            assert answer.status_code == 200, page
            assert not _of_others(story, answer.text), page
    labels = story.house.portal.state.house.metrics.render()[0].decode()
    assert "/catalogue/evenements" in labels
    assert not story.marks.found_in(labels), "the portal's metrics"


def _of_others(story: Story, text: str) -> list[str]:
    """Fields of profiles but her own, whose name stands in every page's menu."""
    return [mark.place for mark in story.marks.found_in(text) if mark.owner not in (None, "boss")]
