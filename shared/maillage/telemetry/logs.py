"""Structured logs: one JSON object per line with service, region and trace id, and never personal data.

Ids may be logged; names, addresses, phone numbers and free text may not. What slips in under such a key is
dropped here, and what looks like an e-mail address in any value is masked. Exceptions are logged with their
type and place: their messages may quote data.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from maillage.telemetry.tracing import current_ids

Entry = MutableMapping[str, Any]
PERSONAL_KEYS = frozenset(
    [
        "address",
        "addresses",
        "answers",
        "authorization",
        "bio",
        "body",
        "code",
        "contact",
        "cookie",
        "display_name",
        "email",
        "first_name",
        "from_address",
        "full_name",
        "given_name",
        "html",
        "input",
        "language",
        "last_name",
        "mail",
        "name",
        "names",
        "note",
        "notes",
        "param",
        "params",
        "password",
        "phone",
        "query",
        "recipient",
        "recipients",
        "secret",
        "sender",
        "statement",
        "subject",
        "text",
        "ticket_code",
        "title",
        "to",
        "token",
        "user_agent",
        "username",
        "value",
        "values",
    ]
)
# Begun at the beginning of a word only: tried at each letter, a long word would cost its length squared.
_ADDRESS = re.compile(r"(?<![^\s@<>\"',;:])[^\s@<>\"',;:]+@[^\s@<>\"',;:]+")
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def get_logger(name: str) -> Any:
    """A structlog logger."""
    return structlog.get_logger(name)


def configure_logging(
    log_format: Literal["json", "console"] = "json",
    level: Literal["debug", "info", "warning", "error"] = "info",
) -> None:
    """Sends structlog and the standard library's loggers to standard output. Once per process, at its start.

    `console` is for a developer's terminal: it shows the messages of exceptions too.
    """
    shared = _processors(log_format)
    renderer = _renderer(log_format)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[level])
    _note_no_more_than_is_written()
    _quieten()


def configure_logging_unless_done() -> None:
    """A safe default for whoever builds a service without configuring logs: JSON lines on standard output.

    structlog's own default would print the local variables of every frame of an exception.
    """
    if not structlog.is_configured():
        structlog.configure(
            processors=[*_processors("json"), _renderer("json")],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS["info"]),
            cache_logger_on_first_use=False,
        )


def _processors(log_format: str) -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        *([] if log_format == "console" else [plain_exceptions]),
        drop_personal_data,
    ]


def _renderer(log_format: str) -> Any:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    plain = structlog.dev.plain_traceback
    return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)


def _note_no_more_than_is_written() -> None:
    """No line says where in the code, in which thread or process it was written: none of it is looked up
    (logging HOWTO, "Optimization")."""
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _quieten() -> None:
    """Third-party loggers that would write addresses with query strings, or a line per statement."""
    for name in ("uvicorn.access", "httpx", "httpcore", "aiosqlite", "sqlalchemy.engine", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.NOTSET)  # whatever a server in this process was told before


def add_trace(_: Any, __: str, entry: Entry) -> Entry:
    """The ids that join a line to its trace."""
    if ids := current_ids():
        entry["trace_id"], entry["span_id"] = ids
    return entry


def plain_exceptions(_: Any, __: str, entry: Entry) -> Entry:
    """An exception as its type and the lines it went through, without its message or any value."""
    found = entry.pop("exc_info", None)
    if not found:
        return entry
    error = (
        found
        if isinstance(found, BaseException)
        else (found if isinstance(found, tuple) else sys.exc_info())[1]
    )
    if error is not None:
        entry["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        entry["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-15:]]
    return entry


def drop_personal_data(_: Any, __: str, entry: Entry) -> Entry:
    """Drops what is named like personal data and masks what looks like an address."""
    return {key: _clean(value) for key, value in entry.items() if key.lower() not in PERSONAL_KEYS}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub("…@…", value) if "@" in value else value
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if str(key).lower() not in PERSONAL_KEYS}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
