"""What every service is told from outside: environment variables `MAILLAGE_…`, or files for secrets.

A secret may come as a file in `MAILLAGE_SECRETS_DIR` (file name = variable name in lower case) or by a
variable ending in `_FILE` that names the file, as container platforms mount them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "MAILLAGE_"


class SecretFileSource(PydanticBaseSettingsSource):
    """Reads `MAILLAGE_<FIELD>_FILE`: the path of a file that holds the value."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        value = Path(path).read_text(encoding="utf-8").strip() if path else None
        return value, field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


class ServiceSettings(BaseSettings):
    """Settings common to all services; a service subclasses it to add its own."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", validate_default=True)

    environment: Literal["demo", "development", "production"] = "development"
    region: str = Field("fr-pac", pattern=r"^[a-z]{2}-[a-z0-9]{1,8}$")
    time_zone: str = "Europe/Paris"

    database_url: str = "sqlite:///maillage.db"
    migrate_on_start: bool = True
    data_dir: Path | None = None

    nats_url: str = ""
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_credentials: Path | None = None

    public_url: str = "http://localhost:8000"
    issuer: str = ""
    jwks_url: str = ""
    audience: str = "maillage"

    host: str = "127.0.0.1"
    port: int = 8080
    drain_seconds: float = Field(0.0, ge=0)
    graceful_timeout: float = Field(20.0, gt=0)
    max_body_bytes: int = Field(1_000_000, gt=0)
    trusted_proxies: str = "127.0.0.1"

    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str | None = None

    mail_transport: Literal["mailbox", "smtp"] = "mailbox"
    mail_from: str = "Maillage <bonjour@maillage.example>"
    mailbox_dir: Path = Path("mailbox")
    smtp_host: str = "localhost"
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["none", "starttls", "tls"] = "none"

    @model_validator(mode="after")
    def _derive_addresses(self) -> Self:
        # The issuer and its keys live in the directory unless an outside provider is named.
        self.__dict__["public_url"] = self.public_url.rstrip("/")
        if not self.issuer:
            self.__dict__["issuer"] = f"{self.public_url}/api/directory/v1"
        if not self.jwks_url:
            self.__dict__["jwks_url"] = f"{self.issuer}/auth/jwks.json"
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFileSource(settings_cls), file_secret_settings

    def __init__(self, **values: Any) -> None:
        secrets = os.environ.get(f"{PREFIX}SECRETS_DIR")
        if secrets and "_secrets_dir" not in values:
            values["_secrets_dir"] = secrets
        super().__init__(**values)
