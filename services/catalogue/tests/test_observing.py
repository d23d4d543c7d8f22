"""Whatever a message says, what is kept of it fits the database: one message must never stop the reader."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st
from maillage_catalogue.bus import Stored, server_time
from maillage_catalogue.model import ObservedEvent
from maillage_catalogue.observing import NOT_CLOUDEVENT, observe

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = {
    "ce-specversion": "1.0",
    "ce-id": "0198f3c2-7a10-7c3d-8e21-000000000001",
    "ce-type": "fr.maillage.directory.position.started.v1",
    "ce-source": "/fr-pac/directory",
    "ce-time": "2026-11-22T08:00:00Z",
}
words = st.text(max_size=400) | st.sampled_from(["9" * 40, "-1", "%00", "%ED%A0%80", "0001-01-01T00:00:00Z"])


@given(
    st.dictionaries(st.sampled_from([*GOOD, "ce-sequence", "ce-dataschema", "ce-correlationid"]), words),
    st.text(min_size=1, max_size=300),
    st.booleans(),
)
@example({"ce-sequence": "9" * 40}, "fr-pac.directory.position.started.v1.x", True)
@example({"ce-time": "0001-01-01T00:00:00+14:00"}, "x", True)
def test_anything_can_be_kept(changed: dict[str, str], subject: str, good: bool) -> None:
    headers = {**(GOOD if good else {}), **changed}
    kept = observe(Stored(1, subject, NOW, headers, b""), "fr-pac")
    for name in ("event_id", "type", "source", "schema", "entity_id", "correlation_id", "causation_id"):
        value, column = getattr(kept, name), ObservedEvent.__table__.c[name]
        if value is None:
            assert column.nullable
            continue
        assert len(value) <= column.type.length
        assert "\0" not in value
        value.encode()
    assert kept.entity_sequence is None or 0 <= kept.entity_sequence < 2**63
    assert 1970 <= kept.time.year <= 9000
    for identifier in (kept.entity_id, kept.correlation_id, kept.causation_id):
        assert identifier is None or UUID(identifier)


def test_a_message_without_headers_is_named_by_its_place() -> None:
    kept = observe(Stored(7, "fr-pac.a.b.c.v1.x", NOW, {}, b""), "fr-pac")
    assert (kept.problem, kept.type, kept.entity_id) == (NOT_CLOUDEVENT, "fr.maillage.a.b.c.v1", None)
    assert kept.event_id != observe(Stored(8, "fr-pac.a.b.c.v1.x", NOW, {}, b""), "fr-pac").event_id


def test_the_servers_times_are_read_to_the_microsecond() -> None:
    assert server_time("2026-11-28T15:43:14.660955352Z") == datetime(
        2026, 11, 28, 15, 43, 14, 660955, tzinfo=UTC
    )
    assert server_time("2026-11-28T15:43:14Z") == datetime(2026, 11, 28, 15, 43, 14, tzinfo=UTC)
