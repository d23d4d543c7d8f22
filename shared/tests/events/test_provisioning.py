"""Streams on a cluster whose servers have not all heard of each other yet."""

from __future__ import annotations

from typing import Any

import pytest
from maillage.events import streams
from maillage.events.streams import provision
from maillage.events.topology import Topology
from nats.js.errors import BadRequestError, NotFoundError

REFUSED = {"code": 400, "err_code": 10005, "description": "no suitable peers for placement, peer offline"}


class Cluster:
    """Refuses so many streams before it takes one, as nats-server does while a peer is missing."""

    def __init__(self, refusals: int, refused: dict[str, Any]) -> None:
        self.made: list[str] = []
        self._refusals, self._refused = refusals, refused

    async def stream_info(self, _name: str) -> None:
        raise NotFoundError

    async def add_stream(self, config: Any) -> None:
        if self._refusals:
            self._refusals -= 1
            raise BadRequestError(**self._refused)
        self.made.append(config.name)


async def test_it_waits_for_servers_that_are_not_yet_heard() -> None:
    cluster: Any = Cluster(2, REFUSED)
    await provision(cluster, Topology("fr-tst"))
    assert cluster.made[0] == "EVENTS_FR_TST"


@pytest.mark.parametrize(("refused", "patience"), [(REFUSED, 0.0), ({**REFUSED, "err_code": 10074}, 30.0)])
async def test_what_will_not_come_is_said(
    monkeypatch: pytest.MonkeyPatch, refused: dict[str, Any], patience: float
) -> None:
    monkeypatch.setattr(streams, "PEERS_PATIENCE", patience)
    cluster: Any = Cluster(100, refused)
    with pytest.raises(BadRequestError):
        await provision(cluster, Topology("fr-tst"))
    assert cluster.made == []
