"""`maillage up` from outside: one per folder, stopped cleanly, killed without loss or orphan."""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.timeout(400)


def found_cpts(operator: httpx.Client, name: str) -> dict[str, Any]:
    body = {"name": name, "communes": [{"insee": "04112"}], "challenges": ["desertification-medicale"]}
    answer = operator.post("/directory/v1/cpts", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def names(operator: httpx.Client) -> set[str]:
    return {cpts["name"] for cpts in operator.get("/directory/v1/cpts?limit=200").json()["items"]}


def arrive(operator: httpx.Client, number: int) -> str:
    """Somebody takes up the post of a CPTS of her own; her id."""
    cpts = found_cpts(operator, f"CPTS n° {number}")
    person = {"first_name": "Odile", "last_name": "Inventée", "email": f"odile{number}@exemple.fr"}
    answer = operator.post(f"/directory/v1/cpts/{cpts['id']}/positions", json={"coordinator": person})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["coordinator_id"])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, make_house: Any) -> Iterator[Any]:
    """One house for the tests that leave it as it is."""
    made = make_house(tmp_path_factory.mktemp("running") / "data", installed=True)
    made.start()
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGTERM)


def test_a_second_house_on_the_same_folder_is_refused(running: Any, maillage: Any, eventually: Any) -> None:
    second = maillage("up", "--data", str(running.data), "--port", "0")
    assert second.returncode == 1
    assert f"localhost:{running.port}" in second.stderr
    assert str(running.process.pid) in second.stderr
    eventually(running.answers, "the first goes on")


def test_the_doctor_finds_a_running_house_well(running: Any, maillage: Any, eventually: Any) -> None:
    eventually(running.well, "each service says that it is")
    well = maillage("doctor", "--data", str(running.data))
    assert well.returncode == 0, well.stdout
    for said in ("service notifications : prêt", "bus : mentoring lit EVENTS_FR_PAC", "intacte"):
        assert said in well.stdout


def test_secrets_are_for_the_owner_only(running: Any) -> None:
    running.operator()
    keys, passwords = running.data / "keys", running.data / "secrets"
    secret = [*keys.iterdir(), *passwords.iterdir(), running.data / "nats" / "nats.conf"]
    assert len(secret) >= 4
    for path in secret:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_busy_port_is_said_before_anything_starts(running: Any, maillage: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    refused = maillage("up", "--data", str(other), "--port", str(running.port))
    assert refused.returncode == 1
    assert "port" in refused.stderr
    assert not (other / "nats" / "nats.conf").exists()
    sick = maillage("doctor", "--data", str(other), "--port", str(running.port))
    assert sick.returncode == 1
    assert f"✗ port {running.port}" in sick.stdout


def test_the_bus_comes_back_by_itself(running: Any, eventually: Any) -> None:
    operator = running.operator()
    (pid,) = running.nats_servers()
    os.kill(pid, signal.SIGKILL)
    person = arrive(operator, 1)
    eventually(lambda: running.nats_servers() not in ([], [pid]), "another nats-server runs")
    path = f"/mentoring/v1/pathways/{person}"
    eventually(lambda: operator.get(path).status_code == 200, "what was recorded meanwhile has arrived")


@pytest.mark.parametrize(("lose", "first"), [("lose_store", 11), ("delete_stream", 21)])
def test_what_is_lost_while_the_house_runs_is_given_back(
    running: Any, eventually: Any, lose: str, first: int
) -> None:
    operator = running.operator()
    before = arrive(operator, first)
    eventually(lambda: told(operator, before), "she was welcomed")
    getattr(running, lose)()
    after = arrive(operator, first + 1)
    eventually(lambda: told(operator, after), "events flow again by themselves, after those given back", 180)
    eventually(running.well, "and nothing is said to be in the way")


def test_stopped_or_killed_it_loses_nothing_and_leaves_no_orphan(house: Any, eventually: Any) -> None:
    house.start()
    operator = house.operator()
    found_cpts(operator, "CPTS d'avant")
    assert house.end(signal.SIGINT) == 0
    assert "Maillage est arrêté" in house.output
    assert house.nats_servers() == []
    assert not house.answers()

    house.start()
    assert names(operator) == {"CPTS d'avant"}, "and a token stays good over a restart"
    people = [arrive(operator, number) for number in range(5)]
    assert house.nats_servers()
    house.end(signal.SIGKILL)
    eventually(lambda: not house.nats_servers(), "the nats-server went with the house")

    house.start()
    for person in people:
        path = f"/mentoring/v1/pathways/{person}"
        eventually(lambda p=path: operator.get(p).status_code == 200, "mentoring heard of each arrival")
    assert house.end(signal.SIGTERM) == 0


def test_a_lost_stream_is_given_back_what_the_journals_know(house: Any, eventually: Any) -> None:
    house.start()
    operator = house.operator()
    before = arrive(operator, 1)
    eventually(lambda: told(operator, before), "she was welcomed")
    assert house.end(signal.SIGINT) == 0
    house.start()
    assert "remis dans le flux" not in house.output, "nothing was lost"
    first = told(operator, before)
    assert house.end(signal.SIGINT) == 0

    shutil.rmtree(house.data / "nats")
    house.start()
    assert "remis dans le flux" in house.output
    after = arrive(operator, 2)
    eventually(lambda: told(operator, after), "events flow again, after those that were given back")
    known = {message["event_id"] for message in first}
    again = [message for message in told(operator, before) if message["event_id"] in known]
    assert sorted(message["id"] for message in again) == sorted(message["id"] for message in first)


def told(operator: httpx.Client, person: str) -> list[dict[str, Any]]:
    """The messages to a person, once there is one."""
    answer = operator.get(f"/notifications/v1/messages?coordinator_id={person}&limit=200")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_a_stale_nats_server_is_ended(house: Any, tmp_path: Path) -> None:
    """As where the kernel cannot end children with their parent: one still serves the folder."""
    import asyncio

    from maillage_embedded.broker import Broker, end_stale
    from maillage_embedded.home import Home

    async def nothing(_broker: Broker) -> None:
        return

    async def leave_one_behind() -> int:
        home = Home(house.data)
        home.prepare()
        broker = Broker(home, nothing)
        await broker.start()
        process = broker.child.process
        assert process is not None
        broker.child._watch.cancel()  # type: ignore[union-attr]
        assert await end_stale(home)
        assert await asyncio.wait_for(process.wait(), 60) is not None
        assert not await end_stale(home)
        return process.pid

    pid = asyncio.run(leave_one_behind())
    assert not Path(f"/proc/{pid}").exists()


def test_a_token_needs_an_account_or_a_role(maillage: Any, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    refused = maillage("token", "personne@exemple.fr", "--data", data)
    assert refused.returncode == 1
    assert "--role" in refused.stderr
    made = maillage("token", "personne@exemple.fr", "--role", "animator", "--data", data)
    assert made.stdout.count(".") == 2
    again = maillage("token", "personne@exemple.fr", "--data", data)
    assert again.returncode == 0
