"""The secrets that `maillage secrets` makes are those the Compose file names, and production takes them."""

from pathlib import Path

import pytest
from maillage.cli import build
from maillage_operator.making import make_secrets
from typer.testing import CliRunner

DEMO = Path(__file__).parents[2] / "demo-secrets"


def configure(secrets: Path, environment: str, target: Path) -> tuple[int, str]:
    """`maillage nats config` with these secrets: its status and what it said."""
    words = ["nats", "config", f"--passwords={secrets}", f"--environment={environment}", f"--output={target}"]
    done = CliRunner().invoke(build(), words)
    return done.exit_code, done.output


def test_the_demos_secrets_are_for_the_demo(tmp_path: Path) -> None:
    target = tmp_path / "nats.conf"
    assert configure(DEMO, "demo", target)[0] == 0
    assert 'password: "demo-bus-events"' in target.read_text(encoding="utf-8")
    status, said = configure(DEMO, "production", tmp_path / "other.conf")
    assert status == 1
    assert "maillage secrets" in said
    assert not (tmp_path / "other.conf").exists()


@pytest.mark.parametrize("again", [False, True])
def test_made_once_and_left_as_they_are(tmp_path: Path, again: bool) -> None:
    secrets = tmp_path / "secrets"
    assert all(made for _, made in make_secrets(secrets, "fr-pac"))
    if again:
        assert not any(made for _, made in make_secrets(secrets, "fr-pac"))
    assert configure(secrets, "production", tmp_path / "nats.conf")[0] == 0
    assert {name for name, _ in make_secrets(secrets, "fr-pac")} == {
        str(path.relative_to(DEMO)) for path in DEMO.rglob("*") if path.is_file()
    }
