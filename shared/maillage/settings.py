"""What every service is told from outside: environment variables `MAILLAGE_…`, or files for secrets.

A secret may come as a file in `MAILLAGE_SECRETS_DIR` (file name = variable name in lower case) or by a
variable ending in `_FILE` that names the file, as container platforms mount them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from maillage.origins import exact_origin
from maillage.secrecy import refuse_unsafe

PREFIX = "MAILLAGE_"
REGION_CODE = r"^[a-z]{2}-[a-z0-9]{1,8}$"
"""An ISO 3166-2 code in lower case, as subjects begin with it."""
RegionCode = Annotated[str, StringConstraints(pattern=REGION_CODE)]


RateLimit = Annotated[str, Field(pattern=r"^([1-9]\d{0,8}/(second|minute|hour))?$")]
"""How many requests in which time, e.g. `1200/minute`; empty: no limit."""


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

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # how a Compose file says "not set"
        extra="ignore",
        hide_input_in_errors=True,
        validate_default=True,
    )
    sends_mail: ClassVar[bool] = False
    """Whether this service hands mails over; the others are told of the mail server, not its password."""

    environment: Literal["demo", "development", "production"] = Field(
        "development", description="`production` closes what only a demo may have: the mailbox page, exchange"
    )
    region: RegionCode = Field("fr-pac", description="ISO 3166-2 code in lower case")
    peer_regions: Annotated[list[RegionCode], NoDecode] = Field(
        default_factory=list, description="The regions whose public events we read: codes with commas"
    )
    time_zone: str = Field("Europe/Paris", description="The zone of dates and of times in texts")

    database_url: str = Field("sqlite:///maillage.db", description="The service's own database")
    database_password: SecretStr | None = Field(None, description="Its password, when the address has none")
    migrate_on_start: bool = Field(True, description="Whether a service brings its tables up to date itself")
    data_dir: Path | None = Field(None, description="The data folder")

    nats_url: str = Field("", description="The bus; several addresses with commas; empty: none")
    nats_user: str | None = Field(None, description="User of the bus")
    nats_password: SecretStr | None = Field(None, description="Password of that user")
    nats_ca: Path | None = Field(
        None, description="Who signed the bus's certificate, for a `tls://` address: a PEM file"
    )
    nats_credentials: Path | None = Field(None, description="Credentials file, instead of user and password")

    public_url: str = Field("http://localhost:8000", description="The house as browsers and mails call it")
    issuer: str = Field("", description="Who signs tokens; empty: `/api/directory/v1` of the public address")
    jwks_url: str = Field("", description="The issuer's public keys; empty: `/auth/jwks.json` of the issuer")
    audience: str = Field("maillage", description="Whom tokens must be made for")

    host: str = Field("127.0.0.1", description="Where a service in a process of its own listens")
    port: int = Field(8080, description="On which port")
    drain_seconds: float = Field(0.0, ge=0, description="Wait between “not ready” and the stop")
    graceful_timeout: float = Field(20.0, gt=0, description="Seconds running requests are given at a stop")
    max_body_bytes: int = Field(1_000_000, gt=0, description="Larger request bodies are refused (413)")
    trusted_proxies: str = Field("127.0.0.1", description="Whose X-Forwarded headers are believed")

    rate_limit_person: RateLimit = Field("3000/minute", description="Requests of one person; empty: no limit")
    rate_limit_program: RateLimit = Field("3000/minute", description="Requests of one API key")
    rate_limit_anonymous: RateLimit = Field(
        "3000/minute", description="Requests without a token from one address"
    )
    rate_limit_sign_in: RateLimit = Field("120/minute", description="Tries to sign in from one address")
    live_streams_each: int = Field(
        20, ge=1, description="Live streams one caller may have open at once (429)"
    )
    cors_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Origins whose web pages may call, exact, with commas; empty: none"
    )

    log_format: Literal["json", "console"] = Field("json", description="For machines or for people")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="From which level on")
    otlp_endpoint: str | None = Field(None, description="Where traces are sent; unset: nowhere")

    mail_transport: Literal["mailbox", "smtp"] = Field(
        "mailbox", description="`mailbox` writes files and sends nothing; `smtp` sends"
    )
    mail_sink: bool = Field(
        False, description="Whether `smtp` leads to the demo's mail server, which keeps mails in the mailbox"
    )
    mail_from: str = Field("Maillage <bonjour@maillage.example>", description="The sender of every mail")
    mailbox_dir: Path = Field(Path("mailbox"), description="Folder of the local mailbox")
    smtp_host: str = Field("localhost", description="The mail server")
    smtp_port: int = Field(25, description="Its port, 465 with `tls` and 587 with `starttls` as a rule")
    smtp_user: str | None = Field(None, description="User at the mail server; unset: no sign-in")
    smtp_password: SecretStr | None = Field(None, description="Password of that user")
    smtp_tls: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is secured")

    @field_validator("peer_regions", mode="before")
    @classmethod
    def _split_codes(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        return list(dict.fromkeys(code.strip().lower() for code in given.split(",") if code.strip()))

    @model_validator(mode="after")
    def _refuse_own_region_as_peer(self) -> Self:
        if self.region in self.peer_regions:
            raise ValueError(f"{PREFIX}PEER_REGIONS: {self.region} is this house's own region")
        return self

    @property
    def has_mailbox(self) -> bool:
        """Whether mails end in the local mailbox, which must then forget whom it is told to."""
        return self.mail_transport == "mailbox" or self.mail_sink

    @model_validator(mode="after")
    def _know_the_secrets(self) -> Self:
        if self.database_password is not None:
            self.__dict__["database_url"] = with_password(
                self.database_url, self.database_password.get_secret_value()
            )
        refuse_unsafe(self.environment, **self._secrets_in_use())
        return self

    def _secrets_in_use(self) -> dict[str, str | None]:
        database = _revealed(self.database_password)
        return {
            f"{PREFIX}DATABASE_PASSWORD": password_in(self.database_url) if database is None else database,
            f"{PREFIX}NATS_PASSWORD": _revealed(self.nats_password, "") if self.nats_user else None,
            f"{PREFIX}SMTP_PASSWORD": _revealed(self.smtp_password, "" if self.sends_mail else None)
            if self.smtp_user
            else None,
        }

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return [exact_origin(one) for one in value]

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


def with_password(url: str, password: str) -> str:
    """The database's address with this password in it. Raises ValueError for what is none."""
    told: str = _database(url).set(password=password).render_as_string(hide_password=False)
    return told


def password_in(url: str) -> str | None:
    """The password that the database's address brings along. Raises ValueError for what is no address."""
    password: str | None = _database(url).password
    return password


def _database(url: str) -> Any:
    from sqlalchemy import make_url  # not above: the portal reads its settings here, and has no database
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(url)
    except ArgumentError:
        raise ValueError("not a database's address, such as postgresql://user@host/name") from None


def _revealed(secret: SecretStr | None, otherwise: str | None = None) -> str | None:
    return otherwise if secret is None else secret.get_secret_value()


def complaints(error: ValidationError) -> str:
    """What is wrong with the settings, a line each, for whoever starts a program; no value is repeated."""
    lines = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        said = each["msg"].removeprefix("Value error, ")
        lines.append(": ".join([*(f"{PREFIX}{place}".upper() for place in each["loc"]), said]))
    return "\n".join(lines)
