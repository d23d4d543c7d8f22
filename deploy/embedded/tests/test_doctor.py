"""What the doctor makes of a service that answers, and says what keeps its events from flowing."""

from maillage_embedded.doctor.finding import Level
from maillage_embedded.doctor.neighbours import flowing


def test_a_service_that_answers_is_not_called_ready_while_its_events_wait() -> None:
    lost = "EVENTS_FR_PAC has lost events (a repair was broken off): run `maillage stream repair`"
    missing = "EVENTS_FR_PAC is missing: run `maillage provision`"
    found = list(flowing("directory", {"status": "degraded", "problems": [lost, missing, "NATS is away"]}))
    assert [each.level for each in found] == [Level.WARNING] * 3
    assert "stream repair" in found[0].advice
    assert "provision" in found[1].advice
    (well,) = flowing("directory", {"status": "ok"})
    assert (well.level, well.what) == (Level.FINE, "service directory : prêt")
