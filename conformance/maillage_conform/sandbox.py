"""A nats-server of the kit's own, with the streams of two regions, for as long as a run lasts."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import nats
from maillage.events.names import DLQ, DLQ_PREFIX, deliver_prefix, events_stream, external_api, feed_stream
from maillage.testing.nats import find_server
from maillage.testing.processes import die_with_parent
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ExternalStream,
    StorageType,
    StreamConfig,
    StreamSource,
)

from maillage_conform.accounts import Pair, configuration
from maillage_conform.texts import Text, Unusable

PATIENCE = 60.0
"""Seconds the server is given to start, and to answer each of our questions: the machine may be busy."""
DUPLICATE_WINDOW = 3600.0
ACK_WAIT = 5.0
DURABLES = ("directory", "events")
_VIOLATION = re.compile(r'user:([^"]+)" - (?:Publish|Subscription) Violation - .*?Subject "([^"]+)"')


class Sandbox:
    """The server. `async with Sandbox(folder, pairs)`; the pairs' streams are there when it has started."""

    def __init__(self, folder: Path, pairs: Sequence[Pair]) -> None:
        self._folder, self._pairs = folder, pairs
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        path = self._folder / "nats.conf"
        path.touch(mode=0o600)
        path.write_text(configuration(self._pairs, str(self._folder), -1), encoding="utf-8")
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220  # our own server, our own configuration
            [find_server(), "-c", str(path)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,  # only what precedes the log file: a configuration refused
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        try:
            self.url = await self._listening(self._process)
            await asyncio.gather(*(provision(self.url, pair) for pair in self._pairs))
        except BaseException:
            self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    async def _listening(self, process: subprocess.Popen[bytes]) -> str:
        async with asyncio.timeout(PATIENCE):
            while process.poll() is None:
                for path in self._folder.glob("*.ports"):
                    try:
                        return str(json.loads(path.read_text(encoding="utf-8"))["nats"][0])
                    except (ValueError, LookupError):
                        break  # not yet wholly written
                await asyncio.sleep(0.02)
        words = (process.stderr.read() if process.stderr else b"").decode("utf-8", "replace")[-600:]
        raise Unusable(
            Text(
                f"Le nats-server du bac à sable s'arrête : {words}",
                f"The sandbox's nats-server ends: {words}",
            )
        )

    def violations(self, user: str) -> list[str]:
        """The subjects this user tried to publish on or to listen to without being allowed."""
        text = (self._folder / "nats.log").read_text(encoding="utf-8", errors="replace")
        return [subject for who, subject in _VIOLATION.findall(text) if who == user]


def _durable(name: str) -> ConsumerConfig:
    """As a region's provisioning makes it, for services that bring none of their own."""
    return ConsumerConfig(
        name=name,
        durable_name=name,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
    )


async def provision(url: str, pair: Pair) -> None:
    """Both regions' streams, and the copy of the neighbour's public facts."""
    theirs = await nats.connect(url, user=pair.peer_operator, password=pair.operator_password)
    ours = await nats.connect(url, user=pair.operator, password=pair.operator_password)
    common: dict[str, Any] = {
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "duplicate_window": DUPLICATE_WINDOW,
        "allow_direct": True,
    }
    there, here = theirs.jetstream(timeout=PATIENCE), ours.jetstream(timeout=PATIENCE)
    try:
        for jetstream, region in ((there, pair.peer), (here, pair.region)):
            own = StreamConfig(
                name=events_stream(region), subjects=[f"{region}.>"], allow_atomic=True, **common
            )
            await jetstream.add_stream(own)
        door = ExternalStream(external_api(pair.peer), deliver_prefix(pair.region, pair.peer))
        sources = [
            StreamSource(name=events_stream(pair.peer), filter_subject=subject, external=door)
            for subject in pair.exported
        ]
        feed = feed_stream(pair.peer)
        await here.add_stream(StreamConfig(name=feed, sources=sources, **common))
        await here.add_stream(StreamConfig(name=DLQ, subjects=[f"{DLQ_PREFIX}.>"], **common))
        for durable in DURABLES:
            await here.add_consumer(feed, _durable(durable))
    finally:
        await theirs.close()
        await ours.close()
