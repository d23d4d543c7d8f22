"""What operators watch: is anything waiting, how far behind, how much in quarantine, how slow."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_AGE = Gauge(
    "maillage_outbox_age_seconds", "Age of the oldest event not yet in the stream, 0 when none", ["service"]
)
NATS_CONNECTED = Gauge(
    "maillage_nats_connected", "1 while this replica's connection to NATS holds", ["service"]
)
STREAM_LOST = Gauge(
    "maillage_stream_lost", "1 when the stream lacks published events (run: stream repair)", ["service"]
)
PUBLISHED = Counter("maillage_events_published_total", "Events the stream has acknowledged", ["service"])
CONSUMER_LAG = Gauge(
    "maillage_consumer_lag", "Events in the stream this consumer has still to handle", ["consumer"]
)
DLQ_SIZE = Gauge("maillage_dlq_size", "Events of this consumer in the dead letters", ["consumer"])
DELIVERIES = Counter(
    "maillage_deliveries_total", "Deliveries by what became of them", ["consumer", "outcome"]
)
HANDLER_SECONDS = Histogram(
    "maillage_handler_seconds", "Time spent in one handler", ["consumer", "handler", "outcome"]
)
TIMERS_FIRED = Counter("maillage_timers_fired_total", "Timers by what became of them", ["name", "outcome"])
