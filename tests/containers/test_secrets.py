"""In production every part refuses the demo's secrets, and takes those that `maillage secrets` makes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.containers.composition import VERSION, Composition, docker

PARTS = (
    "postgres",
    "bus",
    "setup",
    "directory",
    "events",
    "mentoring",
    "notifications",
    "catalogue",
    "portal",
)

SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")


def start(house: Composition, part: str) -> tuple[int, str]:
    """Starts one part by itself, in production; its exit status and what it said."""
    ran = house.run("run", "--rm", "--no-deps", "-T", part, may_fail=True, MAILLAGE_ENVIRONMENT="production")
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture
def apart(composition: Composition) -> Composition:
    """The composition that runs, as one that starts single parts beside it."""
    return composition


def test_every_part_refuses_the_demos_secrets(apart: Composition) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = dict(zip(PARTS, pool.map(lambda part: start(apart, part), PARTS), strict=True))
    for part, (status, said) in answers.items():
        assert status == 1, f"{part} started with the demo's secrets\n{said}"
        assert "est celui de la démonstration (is the demo's" in said, f"{part}: {said}"
        assert "maillage secrets" in said, part
        assert "Traceback" not in said, part


def test_the_issuers_keys_and_empty_secrets_are_refused_too(apart: Composition, tmp_path: Path) -> None:
    own = made(tmp_path)
    demo = apart.folder / "deploy" / "demo-secrets"
    told = {"MAILLAGE_SECRETS": str(own)}
    key = own / "issuer" / "signing-0001.json"
    key.chmod(0o644)
    key.write_bytes((demo / "issuer" / "signing-0001.json").read_bytes())
    (own / "bus-events").chmod(0o644)
    (own / "bus-events").write_text("")
    for part, named in (("directory", "signing demo-"), ("bus", "bus-events est vide (is empty)")):
        ran = apart.run(
            "run", "--rm", "--no-deps", "-T", part, may_fail=True, MAILLAGE_ENVIRONMENT="production", **told
        )
        assert ran.returncode == 1, ran.stdout
        assert named in ran.stdout + ran.stderr


def test_production_takes_secrets_of_its_own(apart: Composition, tmp_path: Path) -> None:
    own = made(tmp_path)
    assert (own.stat().st_mode & 0o777) == 0o700
    told = {"MAILLAGE_SECRETS": str(own), "MAILLAGE_ENVIRONMENT": "production"}
    said = apart.run(
        "run",
        "--rm",
        "--no-deps",
        "-T",
        "bus",
        "maillage",
        "nats",
        "config",
        "--passwords=/run/secrets",
        **told,
    )
    assert 'user: "operator"' in said.stdout
    ready = "from maillage_directory.app import service; service.build(); print('built')"
    said = apart.run("run", "--rm", "--no-deps", "-T", "directory", "python", "-c", ready, **told)
    assert "built" in said.stdout
    before = (own / "bus-events").read_bytes()
    assert made(tmp_path) == own
    assert (own / "bus-events").read_bytes() == before, "what is there stays"


def test_every_part_starts_with_the_production_settings(apart: Composition, tmp_path: Path) -> None:
    own = made(tmp_path)
    (own / "smtp").chmod(0o644)
    (own / "smtp").write_text("a mail server's password")
    told = {
        "MAILLAGE_SECRETS": str(own),
        "MAILLAGE_ENVIRONMENT": "production",
        "MAILLAGE_SETTINGS": "deploy/production.env",
    }

    def build(part: str) -> tuple[int, str]:
        ready = f"from maillage_{part}.app import service; service.build(); print('built')"
        ran = apart.run("run", "--rm", "--no-deps", "-T", part, "python", "-c", ready, may_fail=True, **told)
        return ran.returncode, ran.stdout + ran.stderr

    with ThreadPoolExecutor(3) as pool:
        answers = dict(zip(SERVICES, pool.map(build, SERVICES), strict=True))
    assert all(status == 0 and "built" in said for status, said in answers.values()), answers
    told_all = "from maillage_directory.settings import DirectorySettings; DirectorySettings(); print('told')"
    ran = apart.run(
        "run", "--rm", "--no-deps", "-T", "operator", "python", "-c", told_all, may_fail=True, **told
    )
    assert "told" in ran.stdout, ran.stderr


def made(folder: Path) -> Path:
    """Secrets as the page says to make them."""
    own = folder / "secrets"
    own.mkdir(exist_ok=True)
    user = f"{own.stat().st_uid}:{own.stat().st_gid}"
    image = f"maillage-operator:{VERSION}"
    docker("run", "--rm", "--user", user, "-v", f"{own}:/secrets", image, "maillage", "secrets", "/secrets")
    return own
