"""The rendered file is one that nats-server takes, whatever it is asked to hold."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from maillage.cli import build
from maillage.events.streams import topology
from maillage.events.topology import Topology
from maillage.nats import (
    Cluster,
    Leaf,
    Listeners,
    Tls,
    leaf_configuration,
    server_configuration,
    users,
)
from maillage.nats.codes import UnknownRegion, region_code
from maillage.testing.nats import find_server
from typer.testing import CliRunner

TOPOLOGY = Topology(
    "fr-pac", {"maker": ["maker.thing.made.v1"]}, services=["maker"], public=["maker.thing.made.v1"]
)


def accepted(path: Path, **environment: str) -> None:
    """Fail unless nats-server finds nothing wrong with the file."""
    checked = subprocess.run(
        [find_server(), "-t", "-c", str(path)], capture_output=True, text=True, env=environment or None
    )
    assert checked.returncode == 0, checked.stderr


def passwords(topology: Topology) -> dict[str, str]:
    return {user.name: 'difficult "$\\ pass' for user in users(topology)}


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    request = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return Tls(certificate, key, ca=certificate)


def test_several_regions_tls_and_a_cluster_at_once(tmp_path: Path, tls: Tls) -> None:
    linked = replace(TOPOLOGY, peers=["fr-cor", "fr-occ"])
    listeners = Listeners(
        "one",
        client="127.0.0.1:-1",
        leaf="127.0.0.1:-1",
        store=str(tmp_path / "store"),
        tls=tls,
        leaf_tls=tls,
        cluster=Cluster("pac", "127.0.0.1:-1", ["127.0.0.1:6222", "127.0.0.1:6223"], "cluster", "secret"),
    )
    doors = {"fr-occ": "a", "fr-cor": "b"}
    path = tmp_path / "nats.conf"
    path.write_text(server_configuration(linked, listeners, passwords(linked), doors))
    accepted(path)
    text = path.read_text()
    assert text.count("FR_COR {") == text.count("FR_OCC {") == 1
    assert 'stream: "deliver.fr-cor.fr-pac.>"' in text


def test_a_leaf(tmp_path: Path, tls: Tls) -> None:
    leaf = Leaf("fr-pac", "tls://maillage.example:7422", "secret", ca=tls.certificate)
    listeners = Listeners("fr-occ", client="127.0.0.1:-1", store=str(tmp_path / "store"))
    own = replace(TOPOLOGY, region="fr-occ", peers=["fr-pac"])
    path = tmp_path / "leaf.conf"
    path.write_text(leaf_configuration(own, listeners, passwords(own), leaf))
    accepted(path)
    assert "tls://fr-occ:secret@maillage.example:7422" in path.read_text()


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(build(), ["nats", "config", *words])
    assert result.exit_code == status, result.output
    return result.output


def test_the_command_takes_passwords_from_files_or_leaves_references(tmp_path: Path) -> None:
    names = [user.name for user in users(topology("fr-pac"))]
    path = tmp_path / "nats.conf"
    path.write_text(run("--store", str(tmp_path)))
    assert "password: $MAILLAGE_BUS_OPERATOR" in path.read_text()
    accepted(path, **{f"MAILLAGE_BUS_{name.upper()}": f"p-{name}" for name in names})
    refusal = run("--passwords", str(tmp_path), status=1)
    assert "il manque" in refusal
    assert "bus-operator" in refusal
    for name in [*names, "cluster"]:
        (tmp_path / f"bus-{name}").write_text(f"secret-of-{name}\n")
    routes = ["--cluster", "pac", "--route", "one:6222", "--route", "two:6222"]
    run("--passwords", str(tmp_path), "--store", str(tmp_path), *routes, "-o", str(path))
    assert 'password: "secret-of-operator"' in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    accepted(path)
    assert "--route" in run("--cluster", "pac", status=1)
    assert "vont ensemble" in run("--tls-cert", "cert.pem", status=1)


def test_region_codes_are_iso_codes() -> None:
    assert region_code(" FR-OCC ") == "fr-occ"
    assert region_code("be-wal") == "be-wal"
    for wrong in ("occitanie", "fr-xyz", "fr_occ", ""):
        with pytest.raises(UnknownRegion):
            region_code(wrong)
