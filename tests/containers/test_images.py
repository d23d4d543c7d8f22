"""What an image holds: one per service, small, run as nobody, with nothing its service does not need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.containers.composition import SERVICES, VERSION, docker

BASE = "python:3.13-slim-trixie"
OFFICIAL_BASE = 125_000_000
"""The official base image's size, rounded up; the base at hand may be another packaging of the same."""
LIMIT = 250_000_000


def image(name: str) -> dict[str, Any]:
    return dict(json.loads(docker("image", "inspect", name))[0])


def image_of(service: str) -> dict[str, Any]:
    return image(f"maillage-{service}:{VERSION}")


@pytest.mark.usefixtures("built")
def test_each_image_is_small_and_shares_the_libraries() -> None:
    base = image(BASE)
    depth = len(base["RootFS"]["Layers"])
    shared = set()
    for service in SERVICES:
        mine = image_of(service)
        added = mine["Size"] - base["Size"]
        assert added + OFFICIAL_BASE < LIMIT, f"{service} adds {added / 1e6:.0f} MB to {BASE}"
        shared.add(tuple(mine["RootFS"]["Layers"][depth : depth + 3]))
    assert len(shared) == 1, "user, libraries and health check are the same layers in every image"


@pytest.mark.usefixtures("built")
def test_each_image_runs_as_nobody_and_is_asked_how_it_is() -> None:
    for service in SERVICES:
        told = image_of(service)["Config"]
        assert told["User"] == "10001:10001", service
        assert told["Healthcheck"]["Test"][-1] == "/app/healthy.py", service


def test_an_image_holds_its_own_service_and_no_bus(built: Path) -> None:
    listing = "ls /app/.venv/bin /app/.venv/lib/python3*/site-packages; id -u; touch /app/x 2>&1 || true"
    for service in ("events", "portal"):
        held = docker("run", "--rm", f"maillage-{service}:{VERSION}", "sh", "-c", listing)
        assert f"maillage_{service}\n" in held
        others = [each for each in SERVICES if each != service]
        assert not [each for each in others if f"maillage_{each}\n" in held]
        assert "nats-server" not in held
        assert "pytest" not in held
        assert "10001" in held
        assert "Permission denied" in held
    assets = "ls /app/.venv/lib/python3*/site-packages/maillage_portal/static/dist"
    assert "manifest.json" in docker("run", "--rm", f"maillage-portal:{VERSION}", "sh", "-c", assets)
