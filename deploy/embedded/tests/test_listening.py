"""Where a house listens: its answers leave at once, in however many parts they are written."""

import asyncio
import socket
from pathlib import Path

from maillage_embedded.home import Home
from maillage_embedded.plan import Plan
from maillage_embedded.up import bound


async def test_no_part_of_an_answer_waits_for_the_one_before_to_be_acknowledged(tmp_path: Path) -> None:
    met: asyncio.Queue[socket.socket] = asyncio.Queue()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await met.put(writer.get_extra_info("socket"))
        await writer.drain()

    with bound(Plan(Home(tmp_path), "127.0.0.1", 0)) as listener:
        async with await asyncio.start_server(meet, sock=listener):
            _, caller = await asyncio.open_connection(*listener.getsockname()[:2])
            async with asyncio.timeout(60):
                served = await met.get()
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            caller.close()
