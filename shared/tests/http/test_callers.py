"""Routes ask who is calling, and say 401, 403 or 503 in the kit's words."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from maillage.auth import JwksKeys


async def status(notes: Any, path: str, headers: dict[str, str], method: str = "POST") -> int:
    return int((await notes.client.request(method, path, headers=headers)).status_code)


async def test_roles(notes: Any) -> None:
    tokens = notes.tokens
    for path, expected in (("/animators-only", [401, 403, 200, 200]), ("/admins-only", [401, 403, 403, 200])):
        callers = [{}, tokens.coordinator(), tokens.animator(), tokens.admin()]
        assert [await status(notes, path, caller) for caller in callers] == expected


async def test_only_oneself_or_an_animator(notes: Any) -> None:
    person = uuid4()
    path = f"/people/{person}"
    assert await status(notes, path, notes.tokens.coordinator(person), "GET") == 200
    assert await status(notes, path, notes.tokens.coordinator(), "GET") == 403
    assert await status(notes, path, notes.tokens.animator(), "GET") == 200
    assert await status(notes, path, notes.tokens.service("directory:read"), "GET") == 403


async def test_maybe_signed_in(notes: Any) -> None:
    person = uuid4()
    assert (await notes.client.get("/whoami")).json() == {"id": None}
    answer = await notes.client.get("/whoami", headers=notes.tokens.coordinator(person))
    assert answer.json() == {"id": str(person)}


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a.b.c", "Basic YTpi", "nonsense"])
async def test_bad_tokens(notes: Any, header: str) -> None:
    answer = await notes.client.get("/whoami", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid-token"
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


async def test_no_token_is_asked_for_in_the_plain_way(notes: Any) -> None:
    answer = await notes.client.post("/notes", json={"text": "a"})
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_bad_token_does_not_matter_where_nobody_asks(notes: Any) -> None:
    answer = await notes.client.get("/notes", headers={"Authorization": "Bearer a.b.c"})
    assert answer.status_code == 200


async def test_issuer_away_is_our_trouble_not_the_callers(notes: Any) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    notes.app.state.service.tokens.keys = JwksKeys("http://issuer/", transport=httpx.MockTransport(away))
    answer = await notes.write("a")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "unavailable"
