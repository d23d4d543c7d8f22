"""The short fuzz: some two thousand cases that are the same in every run. `make fuzz` is the long one.

A finding is mended in the product and gets a small test of its own beside the code: these cases are random.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from maillage.testing.nats import NatsServer

from tests.fuzz import parts
from tests.fuzz.bus import storm
from tests.fuzz.handled import Handled
from tests.fuzz.loop import Loop
from tests.fuzz.seed import Seeded

NUMBER = 4


def test_readers_promise_what_they_give_for_random_input() -> None:
    made, found = parts.inputs(NUMBER, 1000)
    assert (made, found) == (1000, [])


def test_calls_get_answers_that_their_documents_describe(region: Seeded, fuzzed_loop: Loop) -> None:
    made, found = parts.calls(region, fuzzed_loop, NUMBER, 210)
    assert found == []
    assert made >= 210


def test_walks_along_the_links_get_answers_that_their_documents_describe(
    region: Seeded, fuzzed_loop: Loop
) -> None:
    made, found = parts.walks(region, fuzzed_loop, NUMBER, 80)
    assert found == []
    assert made >= 80


def test_handlers_keep_or_quarantine_what_they_are_given(region: Seeded, fuzzed_loop: Loop) -> None:
    made, found = parts.handled(region, fuzzed_loop, NUMBER, 400)
    assert (made, found) == (400, [])


def test_pages_come_whatever_stands_in_their_address(region: Seeded, fuzzed_loop: Loop) -> None:
    made, found = parts.portal(region, fuzzed_loop, NUMBER, 60)
    assert (made, found) == (60, [])


def test_live_streams_are_whole_and_end_with_their_readers(region: Seeded, fuzzed_loop: Loop) -> None:
    assert parts.streams(region, fuzzed_loop, NUMBER, 80) == (80, [])


def test_live_rows_are_one_line_each_whatever_was_published(region: Seeded, fuzzed_loop: Loop) -> None:
    assert parts.rows(region, fuzzed_loop, NUMBER, 100) == (100, [])


def test_consumers_come_through_a_storm(
    region: Seeded, fuzzed_loop: Loop, own_nats_server: NatsServer
) -> None:
    made, found = parts.bus(region, fuzzed_loop, own_nats_server.url, NUMBER, 150)
    assert found == []
    assert made >= 150


def test_what_a_storm_leaves_can_be_listed(
    region: Seeded, fuzzed_loop: Loop, own_nats_server: NatsServer
) -> None:
    """By the command an operator has: each line says what and why."""
    program = str(Path(sys.executable).with_name("maillage"))

    async def blow() -> list[str]:
        async with storm(region.house, own_nats_server.url, "fr-pac") as weather:
            writer = Handled(region).author("fr-pac", parts.chance_of(NUMBER))
            await weather.send(
                [writer.no_header(), writer.random_headers(), writer.broken_json(), writer.large()]
            )
            await weather.settled()
            listed = await asyncio.to_thread(
                subprocess.run,
                [program, "dlq", "list"],
                env={"MAILLAGE_NATS_URL": own_nats_server.url, "PATH": ""},
                capture_output=True,
                text=True,
                check=True,
                timeout=200,
            )
            return list(listed.stdout.splitlines())

    lines = fuzzed_loop.run(blow(), 280)
    assert len(lines) >= 3
    assert all(len(line.split("\t")) == 5 and line.split("\t")[4] for line in lines)
