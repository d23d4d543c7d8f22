"""What is somebody else's stays hers, also where the table does not show it: lists, parts, codes.

The table (test_table.py) calls every route with another's identifier. Here: filters that name another, parts
of one thing used with another, a code of one seminar at another's door, an idempotency key that another used.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from maillage.ids import new_id
from maillage.testing.oidc import Provider

from tests.security import table
from tests.security.house import ORDER, House
from tests.security.samples import Sample, samples

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("path", "stage"),
    [
        ("mentoring/v1/requests?mentee_id={owner}", "calm"),
        ("mentoring/v1/proposals?request_id={request_id}", "calm"),
        ("mentoring/v1/proposals?role=mentor", "calm"),
        ("mentoring/v1/mentorships?coordinator_id={owner}", "paired"),
        ("events/v1/me/registrations", "calm"),
        ("events/v1/me/guest-registrations", "calm"),
        ("events/v1/seminars/{seminar_id}/registrations?status=waitlisted", "calm"),
    ],
)
async def test_a_list_shows_nothing_of_another_whatever_its_filter_says(
    house: House, path: str, stage: str
) -> None:
    house.back_to(stage)
    address = path.format(**house.ids)
    other, owner = (house.tokens.coordinator(house.ids[who]) for who in ("other", "owner"))
    shown = (await house.done("GET", address, other))["items"]
    assert not [one for one in shown if house.ids["owner"] in str(one)]
    if "waitlisted" not in path and "role=mentor" not in path:
        assert (await house.done("GET", address, owner))["items"], "there was something to hide"


async def test_who_comes_is_shown_without_tickets_answers_and_presences(house: House) -> None:
    other = house.tokens.coordinator(house.ids["other"])
    path = f"events/v1/seminars/{house.ids['seminar_id']}/registrations"
    (seat,) = (await house.done("GET", path, other))["items"]
    assert (seat["ticket_code"], seat["answers"], seat["attendances"], seat["workshops"]) == (
        None,
        None,
        [],
        [],
    )
    assert house.ids["ticket_code"] not in str(seat)


async def test_a_ticket_opens_the_door_of_its_own_seminar_only(house: House) -> None:
    house.back_to("doors-open")
    animator = house.tokens.animator(house.ids["animator"])
    code = house.ids["ticket_code"]
    for other_seminar, sent in ((house.ids["open_seminar"], code), (house.ids["seminar_id"], "A" * 26)):
        answer = await house.call(
            "POST",
            f"/api/events/v1/seminars/{other_seminar}/check-ins",
            headers=animator,
            json={"ticket_code": sent},
        )
        assert answer.status_code in (404, 409, 422), answer.text


async def test_a_workshop_of_another_seminar_cannot_be_chosen(house: House) -> None:
    other = house.tokens.coordinator(house.ids["other"])
    path = f"/api/events/v1/seminars/{house.ids['open_seminar']}/registrations"
    for workshop in (house.ids["workshop_id"], house.ids["draft_workshop"]):
        answer = await house.call("POST", path, headers=other, json={"workshop_ids": [workshop]})
        assert answer.status_code == 422, answer.text


async def test_anothers_idempotency_key_replays_nothing(house: House) -> None:
    """The answer kept for the owner holds her ticket."""
    key, path = str(new_id()), f"/api/events/v1/seminars/{house.ids['open_seminar']}/registrations"

    async def register(who: str, **roles: Any) -> Any:
        headers = {**house.tokens.header(house.ids[who], **roles), "Idempotency-Key": key}
        return await house.call("POST", path, headers=headers, json={})

    first, again, other = await register("owner"), await register("owner"), await register("other")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert "idempotent-replayed" not in other.headers
    assert other.json()["id"] != first.json()["id"]
    abroad = await register("owner", region="fr-occ")
    assert abroad.status_code == 403, "the same id in another region is somebody else"


async def test_an_id_of_ours_in_a_token_of_another_region_is_nobodys(house: House) -> None:
    visitor = house.tokens.header(house.ids["owner"], "coordinator", region="fr-occ")
    path = f"events/v1/seminars/{house.ids['seminar_id']}/registrations"
    shown = (await house.done("GET", path, visitor))["items"]
    assert house.ids["ticket_code"] not in str(shown), "the owner's ticket, for who only bears her id"


def _asking(name: str) -> list[str]:
    """The rows whose route asks who calls by an access token."""
    rows = table.read(name).items()
    return [row for row, cells in rows if cells["forged"] == "401" and "/auth/tokens" not in row]


@pytest.mark.parametrize("name", [name for name in ORDER if name != "catalogue"])
async def test_who_was_erased_is_refused_while_her_token_lasts(
    house: House, provider: Provider, name: str
) -> None:
    """An access token is good for ten minutes: from the erasure on, no route that asks who calls takes hers.

    The catalogue hears of it by the bus: services/catalogue/tests/test_observed.py.
    """
    house.back_to("erased")
    gone = house.tokens.coordinator(house.ids["other"])
    wrong = []
    for row in _asking(name):
        sample = replace(samples(provider)[name].get(row, Sample()), stage="erased")
        answer = await table.ask(house, name, row, sample, gone)
        if answer.status_code != 401 or answer.json()["code"] != "account-erased":
            wrong.append(f"{row}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name in ORDER if name != "catalogue"])
async def test_a_role_taken_away_is_gone_from_every_route_while_the_token_lasts(
    house: House, provider: Provider, name: str
) -> None:
    """The catalogue hears of it by the bus: services/catalogue/tests/test_observed.py."""
    house.back_to("calm")
    animator, chief = house.tokens.animator(house.ids["animator"]), house.tokens.admin(house.ids["chief"])
    path = f"/api/directory/v1/coordinators/{house.ids['animator']}"
    headers = {**chief, "If-Match": await house.etag(path, chief)}
    assert (await house.call("PATCH", path, headers=headers, json={"roles": []})).status_code == 200
    await house.spread()
    house.keep("demoted")
    wrong = []
    for row in _asking(name):
        sample = replace(samples(provider)[name].get(row, Sample()), stage="demoted")
        answer = await table.ask(house, name, row, sample, animator)
        if answer.status_code != 401 or answer.json()["code"] != "token-ended":
            wrong.append(f"{row}: {answer.status_code} {answer.text[:100]}")
    assert not wrong, "\n".join(wrong)
    renewed = house.tokens.coordinator(house.ids["animator"], ended_at=house.clock.now())
    assert (await house.call("GET", path, headers=renewed)).status_code == 200


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("events", "/seminars"),
        ("mentoring", "/mentors"),
        ("notifications", "/me/preferences"),
    ],
)
async def test_a_closed_sign_in_and_a_revoked_key_are_refused_by_who_is_told_of_them(
    house: House, name: str, path: str
) -> None:
    """By the same event as a change of rights; she goes on in her other browsers, and other programs do."""
    house.back_to("calm")
    address, owner = f"/api/{name}/v1{path}", house.ids["owner"]
    closed, open_still, key = new_id(), new_id(), new_id()
    here, there = (house.tokens.coordinator(owner, session=one) for one in (closed, open_still))
    programs = [house.tokens.service(f"{name}:read", subject=one) for one in (key, new_id())]
    for ended in (closed, key):
        await house.services[name].deliver(
            "directory.account.tokens-ended.v1", {"account_id": str(ended)}, entity_id=ended
        )
    house.touched(name)
    good = 403 if path.startswith("/me/") else 200
    wanted = [(here, 401), (there, 200), (programs[0], 401), (programs[1], good)]
    answers = [(await house.call("GET", address, headers=headers)).status_code for headers, _ in wanted]
    assert answers == [status for _, status in wanted]


async def test_an_animator_cannot_get_at_an_administrators_account(house: House) -> None:
    """Her address is where her codes go: whoever changes it enters as her."""
    animator, chief = house.tokens.animator(house.ids["animator"]), house.ids["chief"]
    path = f"/api/directory/v1/coordinators/{chief}"
    headers = {**animator, "If-Match": await house.etag(path, animator)}
    for method, body in (("PATCH", {"email": "prise@exemple.fr"}), ("DELETE", None)):
        answer = await house.call(method, path, headers=headers, json=body)
        assert answer.status_code == 403, f"{method}: {answer.text}"
    told = await house.call("PATCH", path, headers=headers, json={"bio": "Bonjour."})
    assert told.status_code == 200, "her profile may be corrected like anybody's"
