"""A tag says what its reader was shown: who holds a copy of more, or of something else, is never told that it
is what she would be shown now.

Threat: a row keeps its version while somebody narrows who may see a part of it (her name on a post), and
If-None-Match answers 304 to whoever kept the body.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from maillage.testing.oidc import Provider

from tests.security import table
from tests.security.callers import CALLERS
from tests.security.house import ORDER, House
from tests.security.samples import Sample, samples

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("name", ORDER)
async def test_what_two_readers_are_shown_differently_has_two_tags(
    house: House, provider: Provider, name: str
) -> None:
    wrong, tagged = [], 0
    for row, cells in table.read(name).items():
        if not row.startswith("GET "):
            continue
        sample = samples(provider)[name].get(row, Sample())
        house.back_to(sample.stage)
        shown: dict[str, set[bytes]] = defaultdict(set)
        readers = [CALLERS[who](house, name) for who, status in cells.items() if status == "200"]
        for headers in (
            each | {"Accept-Language": language} for each in readers for language in ("fr", "en")
        ):
            answer = await table.ask(house, name, row, sample, headers)
            tag = answer.headers.get("etag")
            if tag is None:
                break  # of a list, or of what has no version: nobody else is given one either
            shown[tag].add(answer.content)
        tagged += bool(shown)
        wrong += [f"{row}: {tag} on {len(bodies)} bodies" for tag, bodies in shown.items() if len(bodies) > 1]
    assert not wrong, "\n".join(wrong)
    assert tagged or name == "catalogue"


async def test_a_name_hidden_since_is_not_confirmed_to_who_kept_it(house: House) -> None:
    """Her post has not changed, only who may see her name on it."""
    house.back_to("calm")
    owner = house.tokens.coordinator(house.ids["owner"])
    profile = f"/api/directory/v1/coordinators/{house.ids['owner']}"

    async def share(reach: str) -> None:
        headers = {**owner, "If-Match": await house.etag(profile, owner)}
        told = await house.call("PATCH", profile, headers=headers, json={"reach": {"name": reach}})
        assert told.status_code == 200, told.text

    await share("public")
    post = f"/api/directory/v1/positions/{(await house.call('GET', profile)).json()['positions'][0]['id']}"
    kept = await house.call("GET", post)
    assert kept.json()["coordinator"]["last_name"]
    again = {"If-None-Match": kept.headers["etag"]}
    assert (await house.call("GET", post, headers=again)).status_code == 304
    await share("region")
    answer = await house.call("GET", post, headers=again)
    assert answer.status_code == 200
    assert answer.json()["coordinator"]["last_name"] is None
    assert answer.json()["version"] == kept.json()["version"]
