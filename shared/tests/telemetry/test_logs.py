"""Logs carry ids and traces, never a person's data."""

import gc
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from maillage.telemetry import configure_logging, get_logger
from maillage.telemetry.logs import PERSONAL_KEYS
from opentelemetry.sdk.trace import TracerProvider


@pytest.fixture(scope="module", autouse=True)
def tidy() -> None:
    """What the tests of other files left pending says so when it is collected, here once: it takes long."""
    gc.collect()


@pytest.fixture
def lines() -> Iterator[Any]:
    """Logging as a service configures it; gives a function that reads what was written since last asked."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("json", "info")
    written = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_one_json_object_per_line(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(service="directory", region="fr-pac"):
        get_logger("test").info("position-started", position_id="0198", count=2)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "position-started",
        "level": "info",
        "service": "directory",
        "region": "fr-pac",
        "position_id": "0198",
        "count": 2,
    }


def test_trace_and_span(lines: Any) -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        get_logger("test").info("working")
    (line,) = lines()
    assert line["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert line["span_id"] == format(span.get_span_context().span_id, "016x")


@pytest.mark.parametrize("key", sorted(PERSONAL_KEYS))
def test_personal_keys_are_dropped(lines: Any, key: str) -> None:
    get_logger("test").info(
        "something", **{key: "Camille", key.upper(): "Camille", "nested": {key: "Camille"}}
    )
    (line,) = lines()
    assert "Camille" not in json.dumps(line)


def test_addresses_are_masked_wherever_they_are(lines: Any) -> None:
    get_logger("test").info(
        "mail to camille.roux@exemple.fr failed",
        reason="<camille.roux@exemple.fr>: no",
        parts=["a@exemple.fr"],
    )
    logging.getLogger("library").warning("550 camille.roux@exemple.fr unknown")
    ours, theirs = lines()
    assert ours["event"] == "mail to …@… failed"
    assert ours["reason"] == "<…@…>: no"
    assert ours["parts"] == ["…@…"]
    assert theirs["event"] == "550 …@… unknown"


def test_exceptions_say_where_not_what(lines: Any) -> None:
    try:
        raise ValueError("Camille Roux, 06 12 34 56 78")
    except ValueError:
        get_logger("test").exception("broken")
        logging.getLogger("library").exception("broken too")
    first, second = lines()
    for line in (first, second):
        assert line["error"] == "ValueError"
        assert line["stack"][-1].endswith("test_exceptions_say_where_not_what")
        assert "Camille" not in json.dumps(line)


def test_the_standard_library_speaks_the_same(lines: Any) -> None:
    logging.getLogger("uvicorn.error").info("Started")
    logging.getLogger("uvicorn.access").info("GET /coordinators?q=camille")
    logging.getLogger("httpx").info("GET http://localhost/coordinators?q=camille")
    (line,) = lines()
    assert (line["event"], line["level"]) == ("Started", "info")


def test_level(lines: Any) -> None:
    get_logger("test").debug("not shown")
    assert lines() == []
