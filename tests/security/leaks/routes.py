"""Every address that answers GET: the services' from their OpenAPI documents, the portal's from itself.

Where an address names something, it is something of the story; kinds without an entry below fail the test, so
that a new route says what to call it with.
"""

from __future__ import annotations

import html
import io
import itertools
import random
import re
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress

import httpx

from tests.security.leaks.story import CHALLENGES, Story

SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")
KINDS = {
    "person_id": "coordinator",
    "coordinator_id": "coordinator",
    "key": "seminar",
    "neighbour_id": "coordinator",
    "guest_id": "registration",
    "key_id": "key",
    "notification_id": "seminar",
    "message_id": "seminar",
    "correlation_id": "seminar",
    "erasure_id": "coordinator",
}
"""What a parameter names, where it is not `<kind>_id`; an id of another kind where the story has none."""
WORDS = {
    "challenge": [CHALLENGES[0], CHALLENGES[3]],
    "form": ["csv", "xlsx"],
    "what": ["personnes", "cpts"],
    "slug": ["seminar-registered"],
    "language": ["fr"],
    "event_type": ["directory.coordinator.joined.v1"],
    "token": ["no-token"],
    "code": ["not-found"],
    "file": ["no-file"],
    "action": ["accepter"],
    "width": ["640"],
    "tag": ["no-tag"],
}
OPEN_MAILBOX = ("/mailbox", "/boite-aux-lettres")
"""The demo's mailbox is open to anyone on purpose (ADR 0010); the mails in it are looked at by themselves."""
AT_ONCE_SECONDS = 0.3
MOST = 1
MOST_PEOPLE = 3
"""Things of one kind that one viewer looks at, drawn by the seed."""


def api_routes(story: Story) -> list[str]:
    """The paths of the services that answer GET."""
    found = []
    for service in SERVICES:
        paths = story.document(service).paths
        found += [path for path, operations in paths.items() if "get" in operations]
        found += [
            f"/api/{service}/v1/{name}"
            for name in ("metrics", "readyz", "livez", "openapi.json", "asyncapi.json")
        ]
    return [path for path in found if OPEN_MAILBOX[0] not in path]


def page_routes(story: Story) -> list[str]:
    """The paths of the portal that answer GET."""
    routes = story.house.portal.router.routes
    paths = [context.path for context in _flat(routes) if "GET" in (context.methods or ())]
    return [path for path in paths if not path.startswith((OPEN_MAILBOX[1], "/static", "/deconnexion"))]


def _flat(routes: object) -> Iterator[object]:
    from fastapi.routing import iter_route_contexts

    return iter_route_contexts(routes)  # type: ignore[arg-type]  # as FastAPI's own callers do


def calls(story: Story, template: str, chance: random.Random) -> list[str]:
    """The template with a few of the story's things in each place."""
    names = re.findall(r"{(\w+)(?::\w+)?}", template)
    choices = [_things(story, name, chance) for name in names]
    plain = re.sub(r"{(\w+):\w+}", r"{\1}", template)
    filled = [dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*choices)]
    return [plain.format(**values) for values in filled]


def _things(story: Story, name: str, chance: random.Random) -> list[str]:
    if name in WORDS:
        return WORDS[name]
    known = story.ids[KINDS.get(name, name.removesuffix("_id"))]
    most = MOST_PEOPLE if KINDS.get(name) == "coordinator" else MOST
    return chance.sample(known, min(len(known), most))


def read(client: httpx.Client, path: str) -> tuple[int, httpx.Headers, str]:
    """Status, headers and body; of an endless stream of events what it tells at once."""
    told = b""
    headers = {"Last-Event-ID": "0"}
    with client.stream("GET", path, headers=headers, timeout=httpx.Timeout(60)) as answer:
        endless = answer.headers.get("content-type", "").startswith("text/event-stream")
        if endless:
            answer.request.extensions["timeout"]["read"] = AT_ONCE_SECONDS  # read anew for each piece
        began = time.monotonic()
        with suppress(httpx.ReadTimeout):
            for piece in answer.iter_bytes():
                told += piece
                if endless and time.monotonic() - began > AT_ONCE_SECONDS:
                    break
        return answer.status_code, answer.headers, unpacked(told)


def unpacked(body: bytes) -> str:
    """A body as text; of a spreadsheet the parts that it is packed from."""
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(body)) as sheet:
        return "\n".join(
            html.unescape(sheet.read(name).decode(errors="replace")) for name in sheet.namelist()
        )
