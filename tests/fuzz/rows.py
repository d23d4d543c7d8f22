"""The live stream of the portal, before a catalogue that tells anything its document allows."""

from __future__ import annotations

import json
import random
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from maillage.ids import new_id
from maillage.testing.tokens import TokenFactory
from maillage_portal.app import build
from maillage_portal.event_lines import LINE_ENDS
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings
from sse_starlette import ServerSentEvent

from tests.contracts.installed import contract
from tests.fuzz.outputs import storable
from tests.fuzz.values import Sampler

AT_ONCE = 50


class Told(Sampler):
    """Values of a schema, with any text a database may hold where a text may stand."""

    def _string(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        free = "format" not in schema and "pattern" not in schema
        return storable(self._chance) if free else super()._string(schema, name, depth)


def _answer(stream: bytes, request: httpx.Request) -> httpx.Response:
    """The stream, and who asks for it; nothing else is to be had."""
    if request.url.path.endswith("/events/stream"):
        return httpx.Response(200, content=stream)
    if request.url.path.endswith("/me"):
        return httpx.Response(200, json={"id": str(new_id()), "roles": ["admin"], "coordinator": None})
    return httpx.Response(404, json={})


async def read_rows(chance: random.Random, count: int, folder: Path) -> list[str]:
    """What was wrong with the rows of so many events."""
    schemas = json.loads((contract("catalogue") / "openapi.json").read_text())["components"]["schemas"]
    schema = {**schemas["EventOut"], "required": list(schemas["EventOut"]["properties"]), "$defs": schemas}
    teller = Told(chance, {"coordinator_id": [str(new_id())]})
    settings = PortalSettings(environment="demo", public_url="http://localhost:8000", keys_dir=folder)
    access = TokenFactory().token(new_id(), ("admin",))
    session = Session(access=access, refresh="r", expires_at=time.time() + 3600)
    cookie = {"Cookie": SessionCookies(settings).write(session).split(";")[0]}
    found = []
    for start in range(0, count, AT_ONCE):
        items = [{**teller.body(schema), "number": start + place} for place in range(AT_ONCE)]
        told = [
            ServerSentEvent(json.dumps(each, ensure_ascii=False), id=str(each["number"])) for each in items
        ]
        stream = b"".join(each.encode() for each in told)
        portal = build(settings, transport=httpx.MockTransport(partial(_answer, stream)))
        transport = httpx.ASGITransport(portal)
        async with (
            portal.router.lifespan_context(portal),
            httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client,
        ):
            try:
                answer = await client.get("/catalogue/evenements/flux", headers=cookie)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
                found.append(f"the stream broke off: {type(error).__name__}: {error}")
                continue
        fields = [line.split(":", 1)[0] for line in LINE_ENDS.split(answer.text) if line]
        if answer.status_code != 200 or fields != ["id", "data"] * len(items):
            found.append(f"{answer.status_code}: not one row for each event from {start}")
    return found
