"""The bus's configuration in containers: every user has a password, and production has none of the demo's."""

from pathlib import Path

import pytest
from maillage.nats import Tls
from maillage.secrecy import UnsafeSecret
from maillage_operator.bus import configure
from maillage_operator.making import make_secrets

DEMO = Path(__file__).parents[2] / "demo-secrets"


def test_the_demos_passwords_are_for_the_demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILLAGE_ENVIRONMENT", "demo")
    text = configure(tmp_path, DEMO, None, None).read_text(encoding="utf-8")
    assert 'password: "demo-bus-events"' in text
    monkeypatch.setenv("MAILLAGE_ENVIRONMENT", "production")
    with pytest.raises(UnsafeSecret, match=r"bus-.*maillage secrets"):
        configure(tmp_path, DEMO, None, None)


def test_a_missing_password_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="bus-operator"):
        configure(tmp_path, tmp_path, None, None)


def test_with_secrets_of_its_own_and_tls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAILLAGE_ENVIRONMENT", "production")
    secrets = tmp_path / "secrets"
    assert all(made for _, made in make_secrets(secrets, "fr-pac"))
    assert not any(made for _, made in make_secrets(secrets, "fr-pac")), "what is there stays"
    path = configure(tmp_path, secrets, None, Tls("/run/tls/nats.crt", "/run/tls/nats.key"))
    assert 'cert_file: "/run/tls/nats.crt"' in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_secrets_are_what_the_demo_has(tmp_path: Path) -> None:
    """The Compose file names the same files for both."""
    made = {name for name, _ in make_secrets(tmp_path / "secrets", "fr-pac")}
    assert made == {str(path.relative_to(DEMO)) for path in DEMO.rglob("*") if path.is_file()}
