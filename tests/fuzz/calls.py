"""Calls made up from the OpenAPI documents by Schemathesis; each answer is held to its document."""

from __future__ import annotations

import asyncio
import copy
import random
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import requests
import schemathesis
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.drawing import drawn
from tests.fuzz.inputs import calendar_is_sound
from tests.fuzz.known import enrich, learn, wants_version
from tests.fuzz.loop import Loop
from tests.fuzz.seed import Seeded

# What has no end cannot be read whole: what these read and write is among the readers of `inputs.py`.
STREAMS = ("/me/notifications/stream", "/events/stream")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# A version or a state may be what is refused first, whatever else is wrong.
REFUSALS = [400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 415, 422, 428, 429, 503]
CONFIG = schemathesis.Config.from_dict(
    {
        "generation": {"with-security-parameters": False},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
    }
)
HOST = "http://localhost:8000"
WHO = ("admin", "animator", "coordinator", "anonymous")
PEOPLE_A_CASE = 3
"""Making up a case costs more than sending it: each is sent as several people, identifiers drawn anew."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Finding:
    """What is wrong with an answer; `sent` is a command that sends the same again."""

    operation: str
    identity: str
    wrong: str
    sent: str

    @property
    def kind(self) -> tuple[str, str]:
        """Two of a kind are one finding."""
        return self.operation, self.wrong.split("\n", 1)[0]


@dataclass
class Caller:
    """One service as several people call it; what was wrong with its answers."""

    region: Seeded
    loop: Loop
    service: str
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    calls: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        harness = self.region.house.services[self.service]
        self.app = harness.app
        self.schema = schemathesis.openapi.from_dict(self.app.openapi(), config=CONFIG)
        self.schema.config.update(base_url=HOST)

    def operations(self) -> Iterator[Any]:
        """The operations of the document, without the streams."""
        for result in self.schema.get_all_operations():
            assert isinstance(result, Ok), result
            if not result.ok().path.endswith(STREAMS):
                yield result.ok()

    def identities(self) -> dict[str, dict[str, str]]:
        """Who may call, with the headers that say so."""
        tokens, somebody = self.region.house.tokens, self.region.known["coordinator_id"][1]
        return {
            "admin": tokens.admin(),
            "animator": tokens.animator(),
            "coordinator": tokens.coordinator(somebody),
            "anonymous": {},
        }

    def fuzz(
        self, operation: Any, mode: GenerationMode, count: int, number: int, who: Sequence[str] = WHO
    ) -> None:
        """`count` made-up calls of one operation, each by several people; the same number makes the same."""
        cases = drawn(operation, mode, count, number)
        # Each call has its own end; this is for what hangs between them, on a machine however busy.
        self.loop.run(self._send_all(cases, who), PATIENCE_SECONDS * (1 + len(cases) * PEOPLE_A_CASE))

    async def _send_all(self, cases: list[tuple[Case, int]], who: Sequence[str]) -> None:
        identities = self.identities()
        for case, seeded in cases:
            chance = random.Random(seeded)  # noqa: S311  # variety, not secrecy
            for identity in chance.sample(who, min(PEOPLE_A_CASE, len(who))):
                await self.call(_again(case), identity, identities[identity], chance)

    async def call(
        self,
        case: Case,
        identity: str,
        headers: dict[str, str],
        chance: random.Random,
        keep: Container[str] = (),
        **judging: Any,
    ) -> Response | None:
        """Send one call and judge its answer; None when it gave none."""
        self.calls += 1
        for name in ("Authorization", "authorization"):
            case.headers.pop(name, None)
        enrich(case, self.region, chance, keep)
        if wants_version(case, chance) and (tag := await self.etag(case.formatted_path, headers)):
            case.headers["If-Match"] = tag
        prepared = requests.Request(**case.as_transport_kwargs(base_url=HOST, headers=headers)).prepare()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self.send(prepared)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
            self._note(case, identity, f"{type(error).__name__}: {error}", headers)
            return None
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
        learn(case, self.region, answer)
        judged = as_judged(answer, prepared)
        try:
            if answer.headers.get("content-type", "").startswith("text/calendar"):
                calendar_is_sound(answer.content)
            case.validate_response(judged, headers=headers, **({"checks": CHECKS} | judging))
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(case, identity, f"{failure.title} {answer.status_code}\n{failure}", headers)
        except (AssertionError, ValueError) as error:
            self._note(case, identity, f"an unsound calendar\n{error}", headers)
        return judged

    async def send(self, prepared: requests.PreparedRequest) -> httpx.Response:
        """The request through the application, as a server would hand it over."""
        body = prepared.body or b""
        request = httpx.Request(
            str(prepared.method),
            str(prepared.url),
            headers=[
                (k.encode("latin-1"), v.encode("latin-1") if isinstance(v, str) else v)
                for k, v in prepared.headers.items()
            ],
            content=body.encode() if isinstance(body, str) else body,
        )
        answer = await httpx.ASGITransport(self.app).handle_async_request(request)
        answer.request = request
        await answer.aread()
        return answer

    async def etag(self, path: str, headers: dict[str, str]) -> str | None:
        """The version that stands at a path, as this person sees it."""
        prepared = requests.Request("GET", HOST + urlsplit(path).path, headers=headers).prepare()
        return (await self.send(prepared)).headers.get("etag")

    def _note(self, case: Case, identity: str, wrong: str, headers: dict[str, str]) -> None:
        finding = Finding(case.operation.label, identity, wrong, case.as_curl_command(headers=headers))
        self.findings.setdefault(finding.kind, finding)


def _again(case: Case) -> Case:
    """The same case once more, to be filled in and sent on its own."""
    names = ("path_parameters", "headers", "cookies", "query", "body", "meta")
    parts = {name: copy.deepcopy(getattr(case, name)) for name in names}
    return Case(case.operation, case.method, case.path, media_type=case.media_type, **parts)


def as_judged(answer: httpx.Response, sent: requests.PreparedRequest) -> Response:
    """The answer as Schemathesis wants it."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers.multi_items():
        headers.setdefault(name, []).append(value)
    return Response(answer.status_code, headers, answer.content, sent, 0.0, verify=True, encoding="utf-8")
