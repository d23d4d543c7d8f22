"""What the doctor makes of a folder others can read, of a service that answers, of events that wait."""

from pathlib import Path

import pytest
from maillage_embedded.doctor.finding import Level
from maillage_embedded.doctor.machine import folder
from maillage_embedded.doctor.neighbours import flowing
from maillage_embedded.home import Home
from maillage_embedded.plan import Plan


@pytest.mark.parametrize("given", [False, True], ids=["new", "empty"])
async def test_what_is_kept_can_be_read_by_its_owner_only(tmp_path: Path, given: bool) -> None:
    """The databases hold every address and phone number."""
    home = Home(tmp_path / "house")
    if given:
        home.root.mkdir(mode=0o755)
    home.prepare()
    assert home.root.stat().st_mode & 0o777 == 0o700
    home.root.chmod(0o755)
    home.prepare()  # it may be somebody's wish by now: told, not changed
    found = [each async for each in folder(Plan(home, "127.0.0.1", 0), None)]
    (told,) = [each for each in found if each.level is not Level.FINE]
    assert told.advice == f"chmod go-rwx {home.root}"


def test_a_service_that_answers_is_not_called_ready_while_its_events_wait() -> None:
    lost = "EVENTS_FR_PAC has lost events (a repair was broken off): run `maillage stream repair`"
    missing = "EVENTS_FR_PAC is missing: run `maillage provision`"
    found = list(flowing("directory", {"status": "degraded", "problems": [lost, missing, "NATS is away"]}))
    assert [each.level for each in found] == [Level.WARNING] * 3
    assert "stream repair" in found[0].advice
    assert "provision" in found[1].advice
    (well,) = flowing("directory", {"status": "ok"})
    assert (well.level, well.what) == (Level.FINE, "service directory : prêt")
