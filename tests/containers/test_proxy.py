"""The proxy: the same paths as the embedded default, refusals as problems, nothing buffered."""

from __future__ import annotations

import json
import threading
import time

import httpx

from tests.containers.composition import Composition
from tests.journeys.house import eventually
from tests.journeys.test_arrival import today
from tests.security.leaks.headers import problems


def too_large(composition: Composition) -> httpx.Response:
    """On a connection of its own: the proxy hangs up on a body it does not read, at a time of its own."""
    body = b"x" * 1_100_000
    return httpx.post(f"{composition.url}/api/events/v1/seminars", content=body, timeout=60)


def test_unknown_hidden_and_too_large_are_refused_as_problems(composition: Composition) -> None:
    with httpx.Client(base_url=composition.url, timeout=60) as client:
        answers = {
            404: client.get("/api/nobody/v1/readyz"),
            413: too_large(composition),
        }
        hidden = client.get("/api/events/v1/metrics")
        # Another test may have taken its bus away just before.
        eventually(lambda: client.get("/api/events/v1/readyz").json()["status"] == "ok", "events is well")
        assert "text/html" in client.get("/").headers["content-type"]
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    assert hidden.status_code == 404


def test_an_event_of_the_inbox_arrives_while_the_stream_is_open(composition: Composition) -> None:
    house = composition.house
    person = house.person("Ondine", "Flux")
    me = house.as_person(person["id"])
    heard: list[tuple[float, str]] = []
    open_ = threading.Event()

    def listen() -> None:
        path = f"{composition.url}/api/notifications/v1/me/notifications/stream"
        headers = {"Authorization": f"Bearer {me.token}"}
        with httpx.stream("GET", path, headers=headers, timeout=120) as answer:
            open_.set()
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    heard.append((time.monotonic(), line.removeprefix("data:")))
                    return

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert open_.wait(60), "the head of the answer comes at once"
    cpts = house.found_cpts("CPTS Flux", communes=[{"insee": "04070"}])
    house.takes_post(person, cpts, today())
    listener.join(120)
    assert heard, "a notification comes through the open stream"
    assert json.loads(heard[0][1])["topic"]


def test_every_answer_of_the_proxy_itself_carries_the_headers_too(composition: Composition) -> None:
    with httpx.Client(base_url=composition.url, timeout=60) as client:
        answers = [
            client.get("/api/nobody/v1/readyz"),
            too_large(composition),
            client.get("/api/events/v1/readyz"),
            client.get("/api/events/v1/seminars/none"),
        ]
        page = client.get("/seminaires")
    for answer in answers:
        assert not list(problems(answer.headers, page=False)), (answer.url, answer.headers)
    assert not list(problems(page.headers, page=True)), page.headers
