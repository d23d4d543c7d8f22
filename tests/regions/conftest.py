"""Provence and Occitanie as two real nats-servers, started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from maillage.events.topology import Topology

from tests.support.regions import Regions

PUBLIC = ["directory.cpts.created.v1", "directory.cpts.closed.v1", "directory.coordinator.erased.v1"]
INTERNAL = ["directory.contact.changed.v1", "mentoring.request.opened.v1", "notifications.message.failed.v1"]


def topology(region: str, *peers: str) -> Topology:
    """A region whose directory reads what others say, and whose mentoring only ever speaks at home."""
    return Topology(
        region,
        {"directory": ["directory.cpts.created.v1"]},
        services=["directory", "mentoring", "notifications"],
        public=sorted(PUBLIC),
        peers=list(peers),
        abroad={"directory": sorted(PUBLIC)},
        erasing=["directory"],
    )


@pytest.fixture(scope="package")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    """The hub of fr-pac with the leaf of fr-occ; a test that stops one starts it again."""
    started = Regions(tmp_path_factory.mktemp("regions"))
    started.start(topology("fr-pac"))
    try:
        started.add(topology("fr-occ", "fr-pac"))
        yield started
    finally:
        started.stop()
