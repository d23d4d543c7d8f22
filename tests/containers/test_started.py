"""From a clean clone to a house at work: soon, locked down, and with the journeys walked through it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from tests.containers.composition import ROOT, SERVICES, Composition, docker, inspect
from tests.journeys.house import eventually

TOGETHER = ("postgres", "nats", "proxy", *SERVICES)


def test_a_clean_clone_is_up_and_well(
    composition: Composition, started_in: dict[str, float], record_property: Callable[[str, object], None]
) -> None:
    record_property("seconds from `up --wait` to well", round(started_in["up"]))
    assert started_in["up"] < 120, f"{started_in['up']:.0f} s, two minutes are promised"
    # Asked every three seconds: on a busy machine one that is well may have been late with its last answer.
    eventually(lambda: not unwell(composition), "each of them is healthy")
    features = httpx.get(f"{composition.url}/api/directory/v1/map.geojson", timeout=60).json()["features"]
    assert len(features) > 50, "the demo region is loaded"


def unwell(composition: Composition) -> list[str]:
    """Those that are not healthy."""
    return [
        name
        for name in TOGETHER
        if inspect(composition.containers(name)[0])["State"]["Health"]["Status"] != "healthy"
    ]


def test_nothing_can_be_written_or_gained_in_a_container(composition: Composition) -> None:
    for name in TOGETHER:
        facts = inspect(composition.containers(name)[0])
        host = facts["HostConfig"]
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host["SecurityOpt"], name
        assert not host["Privileged"], name
    for name in (*SERVICES, "nats"):
        (container, *_) = composition.containers(name)
        status = docker("exec", container, "sh", "-c", "cat /proc/1/status")
        told = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        assert told["Uid"].split()[0] != "0", name
        assert int(told["CapEff"], 16) == 0, name


def test_only_the_proxy_is_reached_from_outside(composition: Composition) -> None:
    published = {
        name: [
            port
            for port in inspect(composition.containers(name)[0])["NetworkSettings"]["Ports"].values()
            if port
        ]
        for name in TOGETHER
    }
    assert [name for name, ports in published.items() if ports] == ["proxy"]
    assert {each["HostIp"] for ports in published["proxy"] for each in ports} == {"127.0.0.1"}


@pytest.mark.timeout(900)
def test_the_journeys_pass(composition: Composition) -> None:
    walked = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/journeys", "-q", "-p", "no:xdist", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={
            **os.environ,
            "MAILLAGE_URL": composition.url,
            "MAILLAGE_TOKEN": composition.house.operator_token,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert walked.returncode == 0, walked.stdout[-6000:] + composition.told_by()


@pytest.mark.parametrize(
    "command",
    [("provision",), ("topology",), ("dlq", "list"), ("stream", "repair"), ("setup",)],
    ids=" ".join,
)
def test_the_operators_commands_work(composition: Composition, command: tuple[str, ...]) -> None:
    composition.operator(*command)
