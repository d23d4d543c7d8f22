"""What a run was asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class User:
    """How to sign in at a server: a credentials file, or a name and a password, or neither."""

    name: str | None = None
    password: str | None = None
    credentials: Path | None = None

    @property
    def given(self) -> bool:
        """Whether it says anything."""
        return bool(self.name or self.credentials)

    def options(self) -> dict[str, Any]:
        """For `nats.connect`. A user of the network hears answers under an inbox of her own only."""
        if self.credentials:
            return {"user_credentials": str(self.credentials)}
        if self.name:
            inbox = f"_INBOX.{self.name}".encode()
            return {"user": self.name, "password": self.password or "", "inbox_prefix": inbox}
        return {}


@dataclass(frozen=True, slots=True)
class Plan:
    """`deadline`: seconds an answer may take. `quiet`: seconds after which nothing more is expected.
    `start`: seconds a service that was launched may take to its first sign, where that is longer.
    `arrival`: seconds that NATS is given to let us in, to answer, and to bring what is published on one side
    to the other.

    Of the service: `command` starts it in a sandbox; otherwise it runs already, at `server`, and the hooks
    (`restart_command`, `state_url`, `probe_command`, `data_dir`) are how it can be looked at.
    """

    region: str
    peer: str = "fr-pac"
    command: str | None = None
    server: str | None = None
    operator: User = field(default_factory=User)
    peer_server: str | None = None
    peer_user: User = field(default_factory=User)
    service_user: User = field(default_factory=User)
    restart_command: str | None = None
    state_url: str | None = None
    probe_command: str | None = None
    data_dir: Path | None = None
    deadline: float = 15.0
    start: float = 60.0
    arrival: float = 15.0
    erasure_deadline: float = 60.0
    quiet: float = 1.5
    only: frozenset[str] = frozenset()
