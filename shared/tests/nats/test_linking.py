"""Links kept in a folder for containers: made, repeated, taken away, and nothing else touched."""

from __future__ import annotations

from pathlib import Path

from maillage.cli import build
from maillage.nats.folder import Folder
from maillage.nats.monitoring import usual_monitor
from typer.testing import CliRunner


def run(folder: Path, *words: str, status: int = 0) -> str:
    result = CliRunner().invoke(build(), ["region", *words, "--regions", str(folder)])
    assert result.exit_code == status, result.output
    return result.output


def test_several_regions_are_linked_and_one_is_taken_away(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    run(tmp_path, "add", "fr-occ", "--url", "tls://maillage.example:7422", "--ca", "ca.pem")
    said = run(tmp_path, "add", "fr-cor", "--service", "events")
    assert "MAILLAGE_PEER_REGIONS=fr-cor,fr-occ" in said
    assert folder.peers_env.read_text() == "MAILLAGE_PEER_REGIONS=fr-cor,fr-occ\n"
    leaf = (folder.package("fr-occ") / "nats-leaf.conf").read_text()
    assert f"tls://fr-occ:{folder.password('fr-occ')}@maillage.example:7422" in leaf
    assert 'ca_file: "ca.pem"' in leaf
    assert folder.password("fr-occ") != folder.password("fr-cor")
    assert "tls://fr-cor" in (folder.package("fr-cor") / "nats-leaf.conf").read_text(), "one address for all"

    folder.password("operator")
    assert "n’était pas reliée" in run(tmp_path, "remove", "operator", "--keep-feed")
    assert folder.secret_file("operator").exists()
    assert "n’est plus reliée" in run(tmp_path, "remove", "fr-occ", "--keep-feed")
    assert folder.read().regions == ["fr-cor"]
    assert not folder.secret_file("fr-occ").exists()
    assert "n’était pas reliée" in run(tmp_path, "remove", "fr-occ", "--keep-feed")


def test_the_folder_must_be_named_and_readable(tmp_path: Path) -> None:
    assert "--data" in CliRunner().invoke(build(), ["region", "list"], env={"MAILLAGE_DATA": ""}).output
    (tmp_path / "regions.json").write_text('{"links": 3}')
    refused = CliRunner().invoke(build(), ["region", "add", "fr-occ", "--regions", str(tmp_path)])
    assert refused.exit_code == 1
    assert "not a list of regions" in refused.output
    assert usual_monitor("nats://nats:4222,nats://two:4222") == "http://nats:8222"
