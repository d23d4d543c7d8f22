"""A built service with the resources it holds: what `app.state.service` is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import TracerProvider

from maillage.auth.ended import Ended
from maillage.auth.keys import KeySource
from maillage.auth.tokens import TokenVerifier
from maillage.db.engine import Database
from maillage.events.runtime import EventRuntime
from maillage.http.idempotency import InFlight
from maillage.http.listeners import Listeners
from maillage.mail import Mailer
from maillage.settings import ServiceSettings
from maillage.telemetry.health import Readiness
from maillage.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from maillage.service.composition import Service


@dataclass(slots=True)
class Running:
    """The parts a request or a task may need. `settings` is the service's own settings class.

    `events` is the event machinery, None when the service was built without workers.
    `stopping` is set when the service begins to drain: whoever streams or waits long ends then.
    """

    spec: Service
    settings: Any
    db: Database
    tokens: TokenVerifier
    keys: KeySource
    mailer: Mailer
    metrics: Metrics
    tracing: TracerProvider
    ended: Ended
    listeners: Listeners
    readiness: Readiness = field(default_factory=Readiness)
    in_flight: InFlight = field(default_factory=InFlight)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    events: EventRuntime | None = None

    def drain(self) -> None:
        """Begins the end: not ready any more, long answers finish. May be called more than once."""
        self.readiness.draining = True
        self.stopping.set()

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def region(self) -> str:
        settings: ServiceSettings = self.settings
        return settings.region

    @property
    def base_path(self) -> str:
        return self.spec.base_path
