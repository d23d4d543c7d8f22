"""A built service with the resources it holds: what `app.state.service` is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import TracerProvider

from maillage.auth.tokens import TokenVerifier
from maillage.db.engine import Database
from maillage.http.idempotency import InFlight
from maillage.mail import Mailer
from maillage.settings import ServiceSettings
from maillage.telemetry.health import Readiness
from maillage.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from maillage.service.composition import Service


@dataclass(slots=True)
class Running:
    """The parts a request or a task may need. `settings` is the service's own settings class."""

    spec: Service
    settings: Any
    db: Database
    tokens: TokenVerifier
    mailer: Mailer
    metrics: Metrics
    tracing: TracerProvider
    readiness: Readiness = field(default_factory=Readiness)
    in_flight: InFlight = field(default_factory=InFlight)
    workers: bool = True

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
