"""A house that does not come to rest says why: in its services' own last words."""

from __future__ import annotations

from tests.faults.testimony import MOST, crashes, last_words, of_logs

NOON, LATER = "2026-11-29T12:00:00.2Z", "2026-11-29T12:00:01.2Z"
LINES = f"""\
starting
{{"service": "directory", "event": "leading", "timestamp": "{NOON}"}}
d-1 | {{"problem": "away", "service": "directory", "event": "relay stands still", "timestamp": "{LATER}"}}
{{"service": "directory", "event": "request", "path": "/relay", "timestamp": "{LATER}"}}
{{"broken
"""


def test_the_last_words_are_those_of_relay_consumer_and_leadership() -> None:
    assert last_words(LINES) == [
        "12:00:00 directory leading",
        "12:00:01 directory relay stands still problem: away",
    ]
    assert list(of_logs({"directory-1": LINES}))[1].startswith("directory-1: 12:00:01 directory relay")
    assert len(last_words(LINES * 20)) == MOST


def test_a_crash_that_nobody_was_told_of_is_in_the_log() -> None:
    crash = '{"event": "request-crashed", "request_id": "r1", "error": "KeyError"}'
    other = '{"event": "request", "route": "/request-crashed"}'
    assert crashes({"events": f"{LINES}\n{crash}\n{other}\n"}) == ["events r1: KeyError"]
