"""A house backed up while it runs, lost with its folder, put back: who was erased since is erased again."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.house.test_erased_bytes import holding
from tests.journeys.house import House, eventually
from tests.journeys.test_arrival import a_newcomer
from tests.journeys.test_erasure import erase
from tests.support import warm
from tests.support.embedded import Embedded

NAME = "Oubliéeparfaite"


def run(*arguments: str, status: int = 0) -> str:
    done = warm.run(*arguments, folder="/")
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.timeout(600)
def test_a_lost_folder_is_put_back_and_erasures_since_are_repeated(
    embedded: Embedded, tmp_path: Path
) -> None:
    house, data, saved = embedded.house(), str(embedded.data), tmp_path / "maison.tar"
    stays, _, _ = a_newcomer(house, "Restante")
    leaves, _, _ = a_newcomer(house, NAME)
    eventually(lambda: house.inbox(house.as_person(stays["id"]), "welcome"), "she is welcomed")
    said = run("backup", str(saved), "--data", data)
    assert "5 bases" in said
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    receipt = erase(house, leaves)
    assert "arrêtez-le" in run("restore", str(saved), "--data", data, status=1)
    assert embedded.stop() == 0
    assert "--force" in run("restore", str(saved), "--data", data, status=1)
    assert "intacte" in run("restore", str(saved), "--check")

    kept = shutil.copyfile(embedded.data / "erasures.jsonl", tmp_path / "effacements.jsonl")
    shutil.rmtree(embedded.data)
    told = run("restore", str(saved), "--data", data, "--erasures", str(kept))
    assert "comptes vérifiés" in told
    assert holding(embedded.data, NAME), "the backup held her"
    assert "effacements à refaire" in told

    embedded.start()
    house = embedded.house()
    welcome = house.inbox(house.as_person(stays["id"]), "welcome")
    assert len(welcome) == 1, "she is not told twice"
    path = f"directory/v1/erasures/{receipt['id']}"
    again = eventually(lambda: receipt_at(house, path), "she is erased again")
    assert again["requested_at"] == receipt["requested_at"]
    eventually(lambda: not holding(embedded.data, NAME), "and no byte of her name is left")
    another, _, _ = a_newcomer(house, "Suivante")
    eventually(lambda: house.inbox(house.as_person(another["id"]), "welcome"), "life goes on")


def receipt_at(house: House, path: str) -> dict[str, Any] | None:
    """The receipt once it is complete. The backup did not know of it: the directory must come to it first."""
    answer = house.operator.client.get(f"/api/{path}")
    assert answer.status_code in (200, 404), answer.text
    return dict(answer.json()) if answer.is_success and answer.json()["status"] == "complete" else None


def test_a_stopped_house_is_backed_up_too_and_a_damaged_backup_is_refused(
    embedded: Embedded, tmp_path: Path
) -> None:
    folder, data = tmp_path / "dossier", str(embedded.data)
    embedded.stop()
    run("backup", str(folder), "--data", data)
    assert "existe déjà" in run("backup", str(folder), "--data", data, status=1)
    part = folder / "databases" / "events.sqlite"
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "events.sqlite a changé" in run("restore", str(folder), "--check", status=1)
    (folder / "manifest.json").unlink()
    assert "n'est pas une sauvegarde" in run("restore", str(folder), "--check", status=1)
