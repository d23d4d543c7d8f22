"""A service is told what it needs by variables and files, and fills in what follows from them."""

import os
from pathlib import Path

import pytest
from maillage.settings import ServiceSettings, complaints
from pydantic import ValidationError


@pytest.fixture(autouse=True)
def _nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MAILLAGE_")]:
        monkeypatch.delenv(name)


def test_the_issuer_is_the_directory_of_the_house() -> None:
    settings = ServiceSettings(public_url="https://maillage.example/")
    assert settings.public_url == "https://maillage.example"
    assert settings.issuer == "https://maillage.example/api/directory/v1"
    assert settings.jwks_url == "https://maillage.example/api/directory/v1/auth/jwks.json"


def test_or_whoever_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_ISSUER", "https://id.example")
    assert ServiceSettings().jwks_url == "https://id.example/auth/jwks.json"
    monkeypatch.setenv("MAILLAGE_JWKS_URL", "https://id.example/keys")
    assert ServiceSettings().jwks_url == "https://id.example/keys"


def test_secrets_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "maillage_smtp_password").write_text("from the folder\n")
    monkeypatch.setenv("MAILLAGE_SECRETS_DIR", str(tmp_path))
    (tmp_path / "nats").write_text("from its own file\n")
    monkeypatch.setenv("MAILLAGE_NATS_PASSWORD_FILE", str(tmp_path / "nats"))
    settings = ServiceSettings()
    assert settings.smtp_password is not None
    assert settings.smtp_password.get_secret_value() == "from the folder"
    assert settings.nats_password is not None
    assert settings.nats_password.get_secret_value() == "from its own file"
    assert "from" not in repr(settings.nats_password)


def test_a_variable_goes_before_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///file.db")
    monkeypatch.setenv("MAILLAGE_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert ServiceSettings().database_url == "sqlite:///file.db"
    monkeypatch.setenv("MAILLAGE_DATABASE_URL", "sqlite:///variable.db")
    assert ServiceSettings().database_url == "sqlite:///variable.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGION", "PACA"),
        ("REGION", "fr.pac"),
        ("ENVIRONMENT", "staging"),
        ("LOG_FORMAT", "xml"),
        ("GRACEFUL_TIMEOUT", "0"),
        ("DATABASE_URL", "nowhere"),
    ],
)
def test_nonsense_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MAILLAGE_{name}", value)
    with pytest.raises(ValidationError):
        ServiceSettings()


def production(monkeypatch: pytest.MonkeyPatch, **told: str) -> str:
    """What is said against starting in production with these variables; nothing when it starts."""
    monkeypatch.setenv("MAILLAGE_ENVIRONMENT", "production")
    for name, value in told.items():
        monkeypatch.setenv(f"MAILLAGE_{name.upper()}", value)
    try:
        ServiceSettings()
    except ValidationError as error:
        return complaints(error)
    return ""


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"database_url": "postgresql://x:demo-database-x@db/x"}, "MAILLAGE_DATABASE_PASSWORD"),
        (
            {"database_url": "postgresql://x@db/x", "database_password": "demo-x"},
            "MAILLAGE_DATABASE_PASSWORD",
        ),
        ({"nats_user": "x", "nats_password": "demo-bus-x"}, "MAILLAGE_NATS_PASSWORD"),
        ({"nats_user": "x"}, "MAILLAGE_NATS_PASSWORD"),
        ({"smtp_user": "x", "smtp_password": "demo-smtp"}, "MAILLAGE_SMTP_PASSWORD"),
    ],
)
def test_production_refuses_the_demos_secrets_and_empty_ones(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, str], name: str
) -> None:
    said = production(monkeypatch, **told)
    assert said.startswith(name)
    assert ("enlevez MAILLAGE_SMTP_USER" if "SMTP" in name else "maillage secrets") in said
    assert not any(value in said for value in told.values() if value.startswith("demo"))
    monkeypatch.setenv("MAILLAGE_ENVIRONMENT", "demo")
    ServiceSettings()


def test_only_a_part_that_sends_mails_needs_the_mail_servers_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Postman(ServiceSettings):
        sends_mail = True

    told = {
        "database_url": "postgresql://x:own@db/x",  # pragma: allowlist secret
        "nats_user": "x",
        "nats_password": "own",  # pragma: allowlist secret
        "smtp_user": "x",
    }
    assert production(monkeypatch, **told) == ""
    with pytest.raises(ValidationError, match="enlevez MAILLAGE_SMTP_USER"):
        Postman()
    monkeypatch.setenv("MAILLAGE_SMTP_PASSWORD", "own")
    Postman()


def test_an_empty_secret_file_is_not_a_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "maillage_database_password").write_text("\n")
    told = {"database_url": "postgresql://x@db/x", "secrets_dir": str(tmp_path)}
    assert production(monkeypatch, **told).startswith("MAILLAGE_DATABASE_PASSWORD")


def test_production_starts_with_secrets_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "maillage_database_password").write_text("p@ss/word\n")
    told = {"database_url": "postgresql://x@db/x", "secrets_dir": str(tmp_path), "smtp_user": ""}
    assert production(monkeypatch, **told, nats_user="x", nats_password="q7") == ""
    assert ServiceSettings().database_url == "postgresql://x:p%40ss%2Fword@db/x"
