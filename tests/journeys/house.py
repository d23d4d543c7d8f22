"""A house seen from outside: a base URL and an operator's token, nothing else.

The journeys use only this, so the same files run against the embedded default, against containers
or against a region's own deployment.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from maillage.trust import trusted

T = TypeVar("T")
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
PATIENCE_SECONDS = 120.0
"""Far more than it takes: a busy machine may be slow, and only what never comes is wrong."""


def eventually(look: Callable[[], T | None], what: str, patience: float | None = None) -> T:
    """Look again until `look` gives something true: the follow-up of an event is done in its own time."""
    patience = PATIENCE_SECONDS if patience is None else patience
    deadline = time.monotonic() + patience
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {patience:.0f} s: {what} (last look gave {seen!r})")
        time.sleep(0.1)


@dataclass
class Caller:
    """One person (or the operator) calling the four APIs over HTTP."""

    base_url: str
    token: str | None
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Accept-Language": "fr"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self.client = httpx.Client(base_url=self.base_url, headers=headers, verify=trusted(), timeout=60)

    def call(
        self, method: str, path: str, body: Any = None, *, expect: int | None = None, **headers: str
    ) -> Any:
        """Call `/api/<path>`; the status must be `expect`, or any 2xx. Returns the JSON body or None."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.request(method, f"/api/{path}", json=body, headers=sent)
        fine = answer.status_code == expect if expect else answer.is_success
        assert fine, f"{method} {path} -> {answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        return self.call("POST", path, body, Idempotency_Key=str(uuid4()), **kwargs)

    def current_etag(self, path: str) -> str:
        answer = self.client.get(f"/api/{path}")
        assert answer.is_success, answer.text
        return answer.headers["ETag"]

    def change(self, method: str, path: str, body: Any = None, **kwargs: Any) -> Any:
        """PATCH, PUT or DELETE what stands at `path` in the version read just before."""
        return self.call(method, path, body, If_Match=self.current_etag(path), **kwargs)

    def items(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        joint = "&" if "?" in path else "?"
        while True:
            page = self.get(path + (f"{joint}cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page.get("next")
            if not cursor:
                return found


@dataclass
class House:
    """The whole house under test, with the few gestures that every journey needs."""

    base_url: str
    operator_token: str
    people: list[dict[str, Any]] = field(default_factory=list)
    """Everybody made by `person`, as she was."""

    def __post_init__(self) -> None:
        self.operator = Caller(self.base_url, self.operator_token)
        self.anonymous = Caller(self.base_url, None)

    def as_person(self, coordinator_id: str) -> Caller:
        """Act for a person by token exchange, as a help desk does (RFC 8693)."""
        answer = self.operator.call(
            "POST", "directory/v1/auth/tokens", {"grant_type": TOKEN_EXCHANGE, "subject": coordinator_id}
        )
        return Caller(self.base_url, answer["access_token"])

    def found_cpts(self, name: str, **facts: Any) -> dict[str, Any]:
        body = {
            "name": name,
            "status": "aci-signe",
            "communes": [{"insee": "04112"}],
            "challenges": ["desertification-medicale", "soins-non-programmes"],
            "territory_types": ["rural"],
            **facts,
        }
        return dict(self.operator.post("directory/v1/cpts", body))

    def person(self, first: str, last: str, **facts: Any) -> dict[str, Any]:
        """An invented person of the network, without a post yet."""
        body = {"first_name": first, "last_name": last, "email": f"{uuid4().hex[:12]}@exemple.fr", **facts}
        made = dict(self.operator.post("directory/v1/coordinators", body))
        self.people.append(made)
        return made

    def takes_post(self, person: dict[str, Any], cpts: dict[str, Any], started_on: str) -> dict[str, Any]:
        body = {"coordinator_id": person["id"], "started_on": started_on}
        return dict(self.operator.post(f"directory/v1/cpts/{cpts['id']}/positions", body))

    def inbox(self, caller: Caller, topic: str) -> list[dict[str, Any]]:
        return [item for item in caller.items("notifications/v1/me/notifications") if item["topic"] == topic]
