"""The services installed in this environment, and where each keeps its committed contract."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from maillage.service import Service

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, Service] = {entry.name: entry.load() for entry in entry_points(group="maillage.services")}


def contract(name: str) -> Path:
    """The folder of a service's generated and released documents."""
    return ROOT / "services" / name / "contract"
