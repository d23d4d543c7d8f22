"""What lies in another region's account, message by message: nothing that a person did not let out."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator
from maillage.events.topology import topology
from nats.js.api import RawStreamMsg

from tests.support.at_work import Region, at_work
from tests.support.regions import Regions, eventually

ROOT = Path(__file__).parents[2]
PUBLIC = json.loads((ROOT / "deploy" / "nats" / "public-types.json").read_text(encoding="utf-8"))["public"]
FIELDS = ("email", "phone", "bio", "skills", "challenges")
OUT = ("national", "public")
SEED = 20210702
PEOPLE = 14


def somebody(dice: random.Random) -> dict[str, Any]:
    """A person every word of whom is hers alone, with a reach for each field as it falls."""
    word = uuid4().hex
    reach = {name: dice.choice(("self", "collective", "region", *OUT)) for name in FIELDS}
    return {
        "first_name": f"Prénom{word}",
        "last_name": f"Nom{word}",
        "email": f"mel{word}@exemple.fr",
        "phone": f"+33 7 {dice.randrange(10**8, 10**9)}",
        "bio": f"Parcours{word}",
        "skills": [{"skill": "gestion-projet", "level": 3, "stance": "offers"}],
        "challenges": [{"challenge": "desertification-medicale", "stance": "working"}],
        "reach": reach | {"name": dice.choice(("collective", "region", *OUT))},
    }


@pytest.mark.timeout(600)
async def test_no_message_over_there_holds_what_a_person_kept_here(tmp_path: Path) -> None:
    dice = random.Random(SEED)  # noqa: S311  (a test's variety, the same each time)
    regions = Regions(tmp_path / "servers")
    regions.start(topology("fr-pac"))
    try:
        leaf = regions.add(topology("fr-occ", peers=["fr-pac"]))
        await leaf.provision()
        await regions.hub.provision()
        async with at_work(regions.hub, tmp_path) as here:
            people = [somebody(dice) for _ in range(PEOPLE)]
            for person in people:
                person["id"] = (await here.post("directory", "/coordinators", person))["id"]
            await narrow(here, people[0])
            last = await here.coordinator("Clara", "Venue")

            async def arrived() -> bool:
                return any(last in subject for subject in await leaf.subjects("FEED_FR_PAC"))

            await eventually(arrived)
        for stream in await leaf.streams():
            for message in await leaf.messages(stream):
                look_at(message, people)
    finally:
        regions.stop()


async def narrow(here: Region, person: dict[str, Any]) -> None:
    """She shared everything, and takes it back: what is sent from then on says nothing."""
    client, own = here.clients["directory"], here.tokens.coordinator(person["id"])
    for reach in ("public", "collective"):
        seen = await client.get(f"/coordinators/{person['id']}", headers=own)
        body = {"reach": dict.fromkeys(("name", *FIELDS), reach)}
        headers = own | {"If-Match": seen.headers["etag"]}
        changed = await client.patch(f"/coordinators/{person['id']}", json=body, headers=headers)
        assert changed.status_code == 200, changed.text
    person["reach"] = dict.fromkeys(person["reach"], "public")  # what was out meanwhile, was out


def look_at(message: RawStreamMsg, people: list[dict[str, Any]]) -> None:
    """One message of the other account: its type, its fields by name, its words."""
    headers, body = dict(message.headers or {}), json.loads(message.data or b"{}")
    kind = headers["ce-type"]
    assert kind.removeprefix("fr.maillage.") in PUBLIC, kind
    service = kind.split(".")[2]
    schema = json.loads(
        (ROOT / "services" / service / "contract" / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    )
    Draft202012Validator(schema | {"additionalProperties": False}).validate(body)
    whole = json.dumps([message.subject, headers, body], ensure_ascii=False)
    for person in people:
        for secret in kept(person):
            assert secret not in whole, f"{message.subject} holds {secret[:6]}…"
        if str(body.get("coordinator_id")) == person["id"] and kind.endswith("presented.v1"):
            for field in ("skills", "challenges"):
                assert not body[field] or person["reach"][field] in OUT, field


def kept(person: dict[str, Any]) -> list[str]:
    """The words of hers that may not be over there: contact and free text whatever their reach."""
    words = [person["email"], person["phone"], person["bio"]]
    return words if person["reach"]["name"] in OUT else [*words, person["first_name"], person["last_name"]]
