"""Backed up under way, every volume destroyed, restored: the same people and inboxes, and it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.containers.composition import Composition
from tests.journeys.house import eventually
from tests.journeys.test_arrival import a_newcomer, pathway_of


def operator(composition: Composition, folder: Path, *words: str, may_fail: bool = False) -> Any:
    """A `maillage` command in the operator's container, with a folder of the host's."""
    mounted = ("--volume", f"{folder}:/sauvegardes")
    return composition.run(
        "run", "--rm", "--no-deps", "-T", *mounted, "operator", "maillage", *words, may_fail=may_fail
    )


def facts(composition: Composition, person: dict[str, Any]) -> dict[str, Any]:
    """What can be seen from outside and must be the same afterwards."""
    house = composition.house
    me = house.as_person(person["id"])
    return {
        "cpts": [(cpts["id"], cpts["name"]) for cpts in house.operator.items("directory/v1/cpts?limit=200")],
        "seminars": [each["id"] for each in house.operator.items("events/v1/seminars?limit=200")],
        "inbox": [(each["id"], each["topic"], each["title"]) for each in house.inbox(me, "welcome")],
        "pathway": house.operator.get(f"mentoring/v1/pathways/{person['id']}")["id"],
    }


@pytest.mark.timeout(900)
def test_destroyed_volumes_are_restored(composition: Composition, tmp_path: Path) -> None:
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    folder.chmod(0o777)  # the operator's container is another user
    house = composition.house
    person, _, _ = a_newcomer(house, "Gardée")
    me = house.as_person(person["id"])
    eventually(lambda: house.inbox(me, "welcome"), "she is welcomed")
    eventually(lambda: pathway_of(me), "her pathway")
    before = facts(composition, person)
    said = operator(composition, folder, "backup", "/sauvegardes/a.tar").stdout
    assert "5 bases" in said
    running = operator(composition, folder, "restore", "/sauvegardes/a.tar", "--force", may_fail=True)
    assert running.returncode == 1
    assert "arrêtez les services" in running.stderr

    composition.run("--profile", "*", "down", "--volumes", "--timeout", "20")
    composition.run("up", "--wait", "postgres", "nats")
    restored = operator(composition, folder, "restore", "/sauvegardes/a.tar").stdout
    assert "comptes vérifiés" in restored
    composition.run("up", "--wait")

    assert facts(composition, person) == before
    another, _, _ = a_newcomer(house, "Suivante")
    eventually(lambda: house.inbox(house.as_person(another["id"]), "welcome"), "life goes on")
    assert len(house.inbox(house.as_person(person["id"]), "welcome")) == 1
