"""Disks that are full, and a stream that loses its end or everything."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from maillage.events.names import DLQ
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from tests.faults.harms.base import BUS, Harm
from tests.faults.house.contained import Contained


class FullBus(Harm):
    """No room left in the stream, or in the dead letters: every publication is refused."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        stream = dice.choice(self.streams())
        async with self.house.bus() as client:
            jetstream = client.jetstream(timeout=5)
            used = (await jetstream.stream_info(stream)).state.bytes
            await _limit(jetstream, stream, max(used, 1))
        await asyncio.sleep(seconds)
        await self.heal()
        return f"{stream} was full"

    def streams(self) -> tuple[str, ...]:
        """Those in question, the likelier ones more often."""
        return (self.house.stream, self.house.stream, DLQ)

    async def heal(self) -> str | None:
        async with BUS, self.house.bus() as client:
            for stream in self.streams():
                with suppress(NotFoundError):  # lost since: it has no limit any more
                    await _limit(client.jetstream(timeout=5), stream, -1)
        return None


async def _limit(jetstream: JetStreamContext, stream: str, size: int) -> None:
    config = (await jetstream.stream_info(stream)).config
    if config.max_bytes != size:
        await jetstream.update_stream(replace(config, max_bytes=size))


class FullDisk(Harm):
    """No file of one service may grow: its database, its log and its mails are all refused."""

    def possible(self) -> bool:
        return not self.house.contained

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = dice.choice(self.house.names)
        size = dice.choice((1, 64_000, 300_000))
        self.house.processes[name].limit_files(size)
        await asyncio.sleep(seconds)
        self.house.processes[name].limit_files(None)
        return f"no file of {name} could grow beyond {size} bytes"

    async def heal(self) -> str | None:
        for process in self.house.processes.values():
            process.limit_files(None)
        return None


class Lossy(Harm):
    """The bus dies and comes back without something; then the operator mends it as docs/operate.md says."""

    harm_is_open = False

    def possible(self) -> bool:
        return not self.house.launched

    def lose(self, dice: random.Random) -> str:
        """Take something from the stopped server's store; what was taken."""
        raise NotImplementedError

    async def strike(self, dice: random.Random, seconds: float) -> str:
        async with BUS:
            await asyncio.to_thread(self.house.nats.kill)
            self.harm_is_open = True
            lost = await asyncio.to_thread(self.lose, dice)
            await asyncio.to_thread(self.house.nats.start)
            await asyncio.sleep(min(seconds, 3.0))  # services come back to it before the operator does
            mended = await self._mend()
        return f"{lost}; {mended}"

    async def heal(self) -> str | None:
        async with BUS:
            if not self.harm_is_open:
                return None
            return await self._mend()

    async def _mend(self) -> str:
        said = await self.house.repair()
        self.harm_is_open = False
        return f"mended ({said or 'nothing was missing'})"


CUT = """
set -eu
folder=$(echo /disks/nats/store/jetstream/*/streams/{stream}/msgs)
newest=$(ls "$folder"/*.blk | sort -V | tail -1)
size=$(stat -c %s "$newest")
cut=$((size * {share} / 100 + 1))
truncate -s -"$cut" "$newest"
rm -f "$folder/index.db"
printf '%s bytes of %s were cut off' "$cut" "$size"
"""


class LoseTail(Lossy):
    """The last bytes of the stream's newest file never reached the disk."""

    def lose(self, dice: random.Random) -> str:
        if isinstance(self.house, Contained):
            return self.house.on_disks(CUT.format(stream=self.house.stream, share=dice.randint(0, 49)))
        stream = self.stream(dice)
        folder = self._streams() / stream / "msgs"
        newest = max(folder.glob("*.blk"), key=lambda path: int(path.stem))
        size = newest.stat().st_size
        cut = dice.randint(1, max(min(size // 2, 40_000), 1))
        with newest.open("r+b") as file:
            file.truncate(size - cut)
        with suppress(FileNotFoundError):
            (folder / "index.db").unlink()
        return f"{cut} bytes of {size} were cut off the end of {stream}"

    def stream(self, dice: random.Random) -> str:
        """The stream in question."""
        return self.house.stream

    def _streams(self) -> Path:
        """Of the server's one account: a region's own, or everybody's."""
        (account,) = (self.house.nats.folder / "store" / "jetstream").glob("*/streams")
        return account


class SpoilStream(LoseTail):
    """A piece in the middle of one of the stream's files is not what was written there."""

    def possible(self) -> bool:
        return super().possible() and not self.house.contained

    def lose(self, dice: random.Random) -> str:
        folder = self._streams() / self.stream(dice) / "msgs"
        path = dice.choice(sorted(folder.glob("*.blk")))
        written = path.read_bytes()
        begin = len(written) * dice.randint(20, 70) // 100
        end = min(begin + dice.randint(1, 3000), len(written))
        piece = dice.choice((b"", bytes(end - begin), dice.randbytes(end - begin)))
        path.write_bytes(written[:begin] + piece + written[end:])
        if dice.random() < 0.5:
            (folder / "index.db").unlink(missing_ok=True)
        return f"bytes {begin} to {end} of {len(written)} became {len(piece)} others in {path.name}"


class LoseStore(Lossy):
    """Every stream and consumer is gone."""

    def lose(self, dice: random.Random) -> str:
        self.house.nats.remove_store()
        return "the whole store was lost"
