"""Every error answer is a problem document, in the reader's language, and repeats nothing she sent."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

SECRET = "Zélie-Inventée@exemple.fr"


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == f"http://localhost:8000/api/notes/v1/problems/{body['code']}"
    assert body["title"]
    assert len(body["trace_id"]) == 32
    assert SECRET not in answer.text
    assert "Zélie" not in answer.text
    return body


async def test_unknown_route(notes: Any) -> None:
    body = problem(await notes.client.get("/nowhere"), 404)
    assert body["code"] == "not-found"


async def test_unknown_route_outside_the_base_path(notes: Any) -> None:
    problem(await notes.client.get("http://localhost:8000/nowhere"), 404)


async def test_method_not_allowed_names_every_method(notes: Any) -> None:
    answer = await notes.client.delete("/notes")
    assert problem(answer, 405)["code"] == "method-not-allowed"
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_body_announced_too_large(notes: Any) -> None:
    answer = await notes.client.post("/notes", content=b"x" * 10_001, headers=notes.me)
    assert problem(answer, 413)["code"] == "too-large"


async def test_body_sent_in_chunks_too_large(notes: Any) -> None:
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 1000

    answer = await notes.client.post("/notes", content=chunks(), headers=notes.me)
    problem(answer, 413)
    assert sent < 20, "the rest of the body was read although it was already too large"


async def test_body_of_the_limit_is_read(notes: Any) -> None:
    text = b'{"text": "a"' + b" " * (10_000 - 13) + b"}"
    headers = notes.me | {"Content-Type": "application/json"}
    assert (await notes.client.post("/notes", content=text, headers=headers)).status_code == 201


async def test_validation_points_at_the_field_and_repeats_nothing(notes: Any) -> None:
    answer = await notes.client.post(
        "/notes", json={"text": SECRET, "tags": ["a", SECRET], "other": SECRET}, headers=notes.me
    )
    body = problem(answer, 422)
    assert body["code"] == "invalid"
    assert {each["pointer"]: each["detail"] for each in body["errors"]} == {
        "/text": "20 caractères au plus.",
        "/tags/1": "5 caractères au plus.",
        "/other": "Ce champ n’existe pas, ou ne se change pas ici.",
    }


async def test_validation_in_english(notes: Any) -> None:
    headers = notes.me | {"Accept-Language": "en-GB,en;q=0.9,fr;q=0.1"}
    answer = await notes.client.post("/notes", json={}, headers=headers)
    body = problem(answer, 422)
    assert body["title"] == "Invalid data"
    assert body["errors"] == [{"pointer": "/text", "detail": "This field is required."}]
    assert answer.headers["content-language"] == "en"


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "fr"), ("de", "fr"), ("en", "en"), ("fr;q=0.2, en;q=0.8", "en"), ("en;q=x, fr", "fr")],
)
async def test_language_by_preference(notes: Any, accept: str, language: str) -> None:
    answer = await notes.client.get("/nowhere", headers={"Accept-Language": accept})
    assert answer.headers["content-language"] == language


async def test_broken_json(notes: Any) -> None:
    headers = notes.me | {"Content-Type": "application/json"}
    answer = await notes.client.post("/notes", content="{" + SECRET, headers=headers)
    assert problem(answer, 422)["errors"] == [{"pointer": "", "detail": "Le corps n’est pas du JSON valide."}]


async def test_body_that_is_not_json_at_all(notes: Any) -> None:
    headers = notes.me | {"Content-Type": "text/plain"}
    problem(await notes.client.post("/notes", content=SECRET, headers=headers), 422)


async def test_body_that_is_not_text(notes: Any) -> None:
    headers = notes.me | {"Content-Type": "application/json"}
    problem(await notes.client.post("/notes", content=b"\xff\xfe{", headers=headers), 400)


async def test_bad_id_in_the_path(notes: Any) -> None:
    body = problem(await notes.client.get("/notes/zelie"), 422)
    assert body["errors"] == [{"pointer": "path:note_id", "detail": "Un identifiant UUID est attendu."}]


async def test_missing_row(notes: Any) -> None:
    problem(await notes.client.get(f"/notes/{uuid4()}"), 404)


async def test_domain_error_with_its_words_rolls_back(notes: Any) -> None:
    body = problem(await notes.client.post("/slips", json={"text": "a"}, headers=notes.me), 409)
    assert (body["code"], body["title"], body["detail"]) == ("slip", "Un faux pas", "La note 3 glisse.")
    assert await notes.texts() == []


async def test_an_error_may_keep_its_changes(notes: Any) -> None:
    answer = await notes.client.post("/counted-slips", json={"text": "a"})
    problem(answer, 429)
    assert answer.headers["retry-after"] == "30"
    assert await notes.texts() == ["a"]


async def test_field_errors_of_a_use_case(notes: Any) -> None:
    body = problem(await notes.client.post("/invalid", json={"text": "a"}), 422)
    assert body["errors"] == [{"pointer": "/text", "detail": "pas ainsi"}]
    assert body["detail"] == "Cette note ne va pas."


async def test_crash_says_nothing_and_rolls_back(notes: Any, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await notes.client.post("/crashes", json={"text": "Zélie"})
    body = problem(answer, 500)
    assert set(body) == {"type", "code", "title", "status", "trace_id"}
    assert await notes.texts() == []


async def test_who_hangs_up_has_crashed_nothing(notes: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """A thousand of them were a thousand stacks in the log, and rang for errors."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "server": ("test", 80), "root_path": "", "path": "/api/notes/v1/notes", "raw_path": b"",
        "query_string": b"", "headers": [(b"content-length", b"20"), (b"content-type", b"application/json")],
    }  # fmt: skip
    heard = iter([{"type": "http.request", "body": b'{"te', "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return next(heard)

    async def send(_message: Any) -> None:
        """Nobody is there."""

    await notes.app(scope, receive, send)
    said = capfd.readouterr()
    assert '"status": 499' in said.out + said.err
    assert "crashed" not in said.out + said.err
    assert await notes.texts() == []
    counted = (await notes.client.get("/metrics")).text
    assert 'status="499"' in counted
    assert 'status="500"' not in counted


async def test_unknown_parameters_are_refused_by_name(notes: Any) -> None:
    answer = await notes.client.get("/notes", params={"contain": "a", "limit": 3, "Zélie": "b"})
    body = problem(answer, 400)
    assert body["code"] == "unknown-parameter"
    assert [each["pointer"] for each in body["errors"]] == ["?contain"]
    assert "contain" in body["detail"]


async def test_parameters_of_a_model_are_known(notes: Any) -> None:
    await notes.write("abc")
    await notes.write("xyz")
    answer = await notes.client.get("/notes", params={"contains": "y"})
    assert [each["text"] for each in answer.json()["items"]] == ["xyz"]


async def test_unknown_parameter_of_a_change_changes_nothing(notes: Any) -> None:
    answer = await notes.client.post("/notes?dry_run=true", json={"text": "a"}, headers=notes.me)
    problem(answer, 400)
    assert await notes.texts() == []


async def test_type_url_explains_the_code(notes: Any) -> None:
    url = problem(await notes.client.get(f"/notes/{uuid4()}"), 404)["type"]
    answer = await notes.client.get(url, headers={"Accept-Language": "en"})
    assert answer.json() == {"code": "not-found", "status": 404, "title": "Not found"}
    problem(await notes.client.get("/problems/no-such-code"), 404)


async def test_private_answers_are_not_stored_nor_sniffed(notes: Any) -> None:
    answer = await notes.client.get("/notes")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
