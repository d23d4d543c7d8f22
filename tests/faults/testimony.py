"""What the services of a house say of themselves when it does not come to rest, in a few lines."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

CRASHES = ("request-crashed", "page-crashed")
MOST = 6
"""Lines of each service in a log."""
OF_INTEREST = ("relay", "consum", "leading", "leadership", "background work", "NATS", "batch failed")
SAID = ("problem", "error", "reason", "consumer", "work")


def last_words(log: str) -> list[str]:
    """The last lines of a log about relay, consumer, leadership and bus, of each service in it."""
    found: dict[str, deque[str]] = {}
    for line in log.splitlines():
        entry = _entry(line[line.find("{") :])
        if entry and any(word in str(entry.get("event")) for word in OF_INTEREST):
            told = ", ".join(f"{name}: {entry[name]}" for name in SAID if entry.get(name) is not None)
            moment, service = str(entry.get("timestamp", ""))[11:19], str(entry.get("service", ""))
            lines = found.setdefault(service, deque(maxlen=MOST))
            lines.append(f"{moment} {service} {entry['event']} {told}".rstrip())
    return [line for lines in found.values() for line in lines]


def crashes(logs: Mapping[str, str]) -> list[str]:
    """Each request that was a crash, also of a client who did not wait for the answer; a line each."""
    entries = (
        (name, _entry(line[line.find("{") :]))
        for name, log in logs.items()
        for line in log.splitlines()
        if any(word in line for word in CRASHES)
    )
    return [
        f"{name} {entry.get('request_id')}: {entry.get('error')}"
        for name, entry in entries
        if entry is not None and entry.get("event") in CRASHES
    ]


def _entry(line: str) -> dict[str, Any] | None:
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


async def of_readiness(urls: Iterable[str]) -> list[str]:
    """What `/readyz` at these addresses says beyond that all is well."""
    told = []
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for url in urls:
            try:
                answer = (await client.get(url)).json()
            except (httpx.HTTPError, ValueError) as error:
                told.append(f"{url}: {type(error).__name__}")
                continue
            if answer.get("status") != "ok" or answer.get("problems"):
                told.append(f"{url}: {answer.get('status')} {' / '.join(answer.get('problems', []))}")
    return told


def of_logs(logs: Mapping[str, str]) -> Iterator[str]:
    """The last words in each log, under its name."""
    for name, log in logs.items():
        yield from (f"{name}: {line}" for line in last_words(log))
