"""Prometheus metrics as one service application shows them.

Labels are few and closed: route templates, statuses, consumer names. Never an id, never a name. The event
machinery's metrics are the process's, labelled by service; each application shows only its own of them, so
that several services in one process are not counted several times.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one service application, in a registry of its own."""

    def __init__(self, service: str, region: str) -> None:
        self.registry = CollectorRegistry()
        info = Gauge(
            "maillage_service", "Which service this is", ("service", "region"), registry=self.registry
        )
        info.labels(service, region).set(1)
        self.requests = Histogram(
            "maillage_http_request_seconds",
            "Time to answer a request",
            ("service", "method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.limited = Counter(
            "maillage_http_rate_limited",
            "Requests refused because the caller sent too many",
            ("service", "policy"),
            registry=self.registry,
        )
        self.deprecated = Counter(
            "maillage_http_deprecated",
            "Requests that use what will go; the parameter is empty for a whole route",
            ("service", "method", "route", "parameter"),
            registry=self.registry,
        )
        self.registry.register(_OwnSamples(service))
        self._service = service

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request under its route's template."""
        self.requests.labels(self._service, method, route, str(status)).observe(seconds)

    def count_limited(self, policy: str) -> None:
        """Counts one request refused under a rate limit."""
        self.limited.labels(self._service, policy).inc()

    def count_deprecated(self, method: str, route: str, parameter: str) -> None:
        """Counts one use of a deprecated route, or of a deprecated parameter of it."""
        self.deprecated.labels(self._service, method, route, parameter).inc()

    def render(self) -> tuple[bytes, str]:
        """The exposition text and its media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class _OwnSamples(Collector):
    """The process's metrics without what belongs to other services of the process."""

    def __init__(self, service: str) -> None:
        self._service = service

    def describe(self) -> Iterator[Metric]:
        # Nothing up front: the names are the process's, which may grow after this registration.
        return iter(())

    def collect(self) -> Iterator[Metric]:
        for metric in REGISTRY.collect():
            samples = [sample for sample in metric.samples if self._is_own(sample.labels)]
            if samples:
                own = Metric(metric.name, metric.documentation, metric.type, metric.unit)
                own.samples = samples
                yield own

    def _is_own(self, labels: dict[str, str]) -> bool:
        named = labels.get("service", labels.get("consumer", self._service))
        return named.partition("@")[0] == self._service  # `directory@fr-occ` is the directory on a feed
