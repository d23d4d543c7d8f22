"""A stream's snapshot taken from JetStream and given back to it, consumers and their places included.

The server sends and takes chunks of a file of its own making; each chunk is acknowledged, so that neither
side runs ahead of the other.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeoutError

API = "$JS.API"
CHUNK = 128 * 1024
PATIENCE = 30.0
"""Seconds without a word from the server after which it is given up."""
_UNLIMITED = -1


class Refused(Exception):
    """JetStream did not do what was asked; the text says what it said."""


async def snapshot(client: Client, stream: str, path: Path) -> dict[str, Any]:
    """Write a stream's snapshot to `path`; its `config` and `state`. Raises Refused, TimeoutError."""
    inbox = client.new_inbox()
    chunks = await client.subscribe(inbox, pending_msgs_limit=_UNLIMITED, pending_bytes_limit=_UNLIMITED)
    try:
        wanted = {"deliver_subject": inbox, "chunk_size": CHUNK, "no_consumers": False, "jsck": True}
        answer = await _ask(client, f"{API}.STREAM.SNAPSHOT.{stream}", wanted)
        with path.open("xb") as file:
            while data := await _next_chunk(client, chunks, stream):
                await asyncio.to_thread(file.write, data)
    finally:
        await chunks.unsubscribe()
    return {"config": answer["config"], "state": answer["state"]}


async def _next_chunk(client: Client, chunks: Any, stream: str) -> bytes:
    """The next piece; empty at the end."""
    try:
        message = await chunks.next_msg(timeout=PATIENCE)
    except NatsTimeoutError:
        raise TimeoutError(f"{stream}: the snapshot stopped coming") from None
    if status := (message.headers or {}).get("Status"):
        raise Refused(f"{stream}: {status} {(message.headers or {}).get('Description', '')}")
    if message.reply:
        await client.publish(message.reply, b"")
    return bytes(message.data)


async def config_of(client: Client, stream: str) -> dict[str, Any]:
    """A stream's configuration as the server has it, with what this client does not know."""
    return dict((await _ask(client, f"{API}.STREAM.INFO.{stream}", {}))["config"])


async def create(client: Client, config: dict[str, Any]) -> None:
    """Make a stream. Raises Refused, TimeoutError."""
    await _ask(client, f"{API}.STREAM.CREATE.{config['name']}", config)


async def give_back(
    client: Client, path: Path, config: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """Have the server make a stream of a snapshot; its state then. The stream must not exist.

    Raises Refused, TimeoutError.
    """
    stream = config["name"]
    answer = await _ask(client, f"{API}.STREAM.RESTORE.{stream}", {"config": config, "state": state})
    target = answer["deliver_subject"]
    with path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, CHUNK):
            await _send(client, target, data)
    done = await _send(client, target, b"")
    return dict(done["state"])


async def _send(client: Client, target: str, data: bytes) -> dict[str, Any]:
    reply = await client.request(target, data, timeout=PATIENCE)
    return _read(reply.data)


async def _ask(client: Client, subject: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(subject, json.dumps(body).encode(), timeout=PATIENCE)
    return _read(reply.data)


def _read(data: bytes) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(data) if data else {}
    if error := answer.get("error"):
        raise Refused(f"{error.get('err_code')}: {error.get('description')}")
    return answer
