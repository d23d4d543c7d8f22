"""What a body or a parameter may hold: nothing that is not asked for, nothing that breaks a service.

| threat | test |
|---|---|
| mass assignment: a field that is not offered (id, region, status, roles) | test_every_body_refuses_fields..., test_what_is_not_offered... |
| an endless body | test_a_body_over_the_limit_is_refused_before_it_is_read |
| deep nesting, huge numbers, NUL, lone surrogates | test_hostile_json_is_refused_and_breaks_nothing |
| long and odd text in a parameter | test_hostile_parameters_are_an_answer_and_no_crash |
| a search of a hundred words, each a question to the database | test_a_search_of_many_words_asks_no_more_than_one_of_a_few |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from maillage.testing.plans import asked

from tests.security.house import ORDER, House

pytestmark = pytest.mark.asyncio(loop_scope="session")
Json = dict[str, Any]
ANY = "0198c5a0-0000-7000-8000-000000000001"
NEST = 60_000
HOSTILE = {
    "deep lists": "[" * NEST + "]" * NEST,
    "deep objects": '{"a":' * NEST + "1" + "}" * NEST,
    "a number without end": '{"capacity": ' + "9" * 5000 + "}",
    "infinity": '{"capacity": 1e999}',
    "not a number": '{"capacity": NaN}',
    "a lone surrogate as name": '{"\\ud800": 1}',
    "no JSON": "{",
    "nothing": "",
}
TEXTS = ("\\u0000", "\\ud800", "\\u202e\\u2028\\u0085", "é" * 5000)


def operations(house: House, name: str) -> Iterator[tuple[str, str, Json]]:
    for path, found in house.services[name].app.openapi()["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in found:
                yield method.upper(), path, found[method]


def bodies(house: House, name: str) -> Iterator[tuple[str, str, Json]]:
    """The operations that take JSON, each with its schema."""
    for method, path, operation in operations(house, name):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            yield method, path, content["application/json"]["schema"]


def objects(schema: Any, document: Json, seen: set[str]) -> Iterator[tuple[str, Json]]:
    """Every object that a schema leads to, by name."""
    if isinstance(schema, list):
        for each in schema:
            yield from objects(each, document, seen)
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in seen:
            seen.add(name)
            found = document["components"]["schemas"][name]
            if found.get("type") == "object":
                yield name, found
            yield from objects(list(found.values()), document, seen)
        return
    for value in schema.values():
        yield from objects(list(value.values()) if isinstance(value, dict) else value, document, seen)
        yield from objects(value, document, seen)


@pytest.mark.parametrize("name", ORDER)
async def test_every_body_refuses_fields_that_it_does_not_offer(house: House, name: str) -> None:
    document = house.services[name].app.openapi()
    for method, path, schema in bodies(house, name):
        found = dict(objects({"body": schema}, document, set()))
        loose = [each for each, shape in found.items() if shape.get("additionalProperties", True) is True]
        assert not loose, f"{method} {path} takes any field in {loose}"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "directory/v1/coordinators/{owner}", {"id": ANY}),
        ("PATCH", "directory/v1/coordinators/{owner}", {"status": "left"}),
        ("PATCH", "directory/v1/coordinators/{owner}", {"region": "fr-occ"}),
        ("PATCH", "directory/v1/coordinators/{owner}", {"version": 7}),
        ("POST", "events/v1/seminars/{open_seminar}/registrations", {"status": "confirmed"}),
        ("POST", "events/v1/seminars/{open_seminar}/registrations", {"ticket_code": "A" * 26}),
        ("PATCH", "events/v1/registrations/{registration_id}", {"coordinator_id": ANY}),
        ("POST", "mentoring/v1/requests", {"mentee_id": ANY}),
        (
            "PATCH",
            "mentoring/v1/requests/{request_id}",
            {"status": "matched", "skills": [], "challenges": []},
        ),
        ("PUT", "notifications/v1/me/preferences", {"coordinator_id": ANY}),
        ("PUT", "mentoring/v1/me/mentor-profile", {"active": True, "coordinator_id": ANY}),
    ],
)
async def test_what_is_not_offered_cannot_be_set(house: House, method: str, path: str, body: Json) -> None:
    owner = house.tokens.coordinator(house.ids["owner"])
    address = "/api/" + path.format(**house.ids)
    headers = {**owner, "If-Match": await house.etag(address, owner)}
    answer = await house.call(method, address, headers=headers, json=body)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("name", [name for name in ORDER if name != "catalogue"])
async def test_a_body_over_the_limit_is_refused_before_it_is_read(house: House, name: str) -> None:
    """Announced, nothing of it is read; sent without end, a piece more than the limit."""
    app, limit = house.services[name].app, house.services[name].settings.max_body_bytes
    token = house.tokens.admin(house.ids["admin"])["Authorization"].encode()
    for method, path, _ in bodies(house, name):
        for announced in (True, False):
            read, answers = 0, []

            async def receive() -> Json:
                nonlocal read
                read += 64_000
                return {"type": "http.request", "body": b" " * 64_000, "more_body": True}

            async def send(message: Any, answers: list[Any] = answers) -> None:
                answers.append(message)

            where = path.replace("{", ANY + "{").split("{")[0] if "{" not in path else _filled(path)
            headers = [(b"authorization", token), (b"content-type", b"application/json")]
            if announced:
                headers.append((b"content-length", b"90000000000"))
            scope = {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": method,
                "path": where,
                "raw_path": where.encode(),
                "query_string": b"",
                "root_path": "",
                "scheme": "http",
                "headers": headers,
                "client": ("192.0.2.1", 1),
                "server": ("localhost", 8000),
            }
            await app(scope, receive, send)
            assert answers[0]["status"] == 413, f"{method} {path}: {answers[0]['status']}"
            assert read <= (0 if announced else limit + 64_000), f"{method} {path}: {read} bytes were read"


def _filled(path: str) -> str:
    for part in [piece.split("}")[0] for piece in path.split("{")[1:]]:
        path = path.replace("{" + part + "}", ANY)
    return path


@pytest.mark.parametrize("name", [name for name in ORDER if name != "catalogue"])
async def test_hostile_json_is_refused_and_breaks_nothing(house: House, name: str) -> None:
    document = house.services[name].app.openapi()
    who = {**house.tokens.animator(house.ids["animator"]), "If-Match": '"1"'}
    who["Content-Type"] = "application/json"
    known = list(bodies(house, name))
    tried = [(how, text, *known[0]) for how, text in HOSTILE.items()]
    for method, path, schema in known:
        for field, shape in _text_fields(schema, document):
            for text in TEXTS[:2] if "pattern" in shape or "format" in shape else TEXTS:
                tried.append((f"{field} = {text[:12]}", f'{{"{field}": "{text}"}}', method, path, schema))
    for how, text, method, path, _ in tried:
        answer = await house.call(method, _own(house, path), headers=who, content=text.encode())
        assert answer.status_code < 500, f"{method} {path}, {how}: {answer.status_code}"


def _own(house: House, path: str) -> str:
    for part in [piece.split("}")[0] for piece in path.split("{")[1:]]:
        path = path.replace("{" + part + "}", house.ids.get(part, ANY))
    return path


def _text_fields(schema: Json, document: Json) -> Iterator[tuple[str, Json]]:
    for _, shape in objects({"body": schema}, document, set()):
        for field, kind in shape.get("properties", {}).items():
            if "string" in str(kind.get("type", kind.get("anyOf", ""))):
                yield field, kind


@pytest.mark.parametrize("name", ORDER)
async def test_hostile_parameters_are_an_answer_and_no_crash(house: House, name: str) -> None:
    who = house.tokens.admin(house.ids["admin"])
    texts = ("%00", "%ED%A0%80", "%FF", "'\"%25_\\", "a" * 6000, "%E2%80%AE" * 50)
    for method, path, operation in operations(house, name):
        if method != "GET" or path.endswith("/stream"):
            continue
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and parameter["schema"].get("type") == "string":
                for text in texts if parameter["name"] in ("q", "cursor", "near") else texts[:2]:
                    address = f"{_own(house, path)}?{parameter['name']}={text}"
                    answer = await house.call("GET", address, headers=who)
                    assert answer.status_code < 500, f"{address[:120]}: {answer.status_code}"


async def test_a_search_of_many_words_asks_no_more_than_one_of_a_few(house: House) -> None:
    """Anybody may search, and one search of a hundred words held the directory up for seconds."""
    searched = 0
    for method, path, operation in operations(house, "directory"):
        searching = "q" in [each["name"] for each in operation.get("parameters", ())]
        if method != "GET" or not searching or "{" in path:  # an export asks as its list does
            continue
        searched += 1
        lengths = []
        for many in (8, 50):
            words = "+".join(f"x{number}" for number in range(10, 10 + many))
            address = f"{path}?q={words}"
            async with asked(house.services["directory"].db) as statements:
                answer = await house.call(
                    "GET", address, headers=house.tokens.animator(house.ids["animator"])
                )
            assert answer.status_code == 200, answer.text
            lengths.append(sum(len(each.sql) for each in statements))
        assert lengths[1] < 2 * lengths[0], path
    assert searched > 5
