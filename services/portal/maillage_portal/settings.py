"""What an installation may set for the portal. Environment variables `MAILLAGE_…`, secrets also as files."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from maillage.secrecy import refuse_unsafe
from maillage.settings import SecretFileSource
from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class PortalSettings(BaseSettings):
    """The portal's settings; every one has a default that works on a developer's machine."""

    model_config = SettingsConfigDict(
        env_prefix="MAILLAGE_",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    region: str = "fr-pac"
    environment: Literal["demo", "development", "production"] = "development"
    public_url: str = "http://localhost:8000"
    """Where browsers find the portal. `https://` turns on Secure cookies and HSTS."""
    api_url: str = "http://localhost:8000"
    """Where the portal finds `/api/<service>/v1`; not used when a transport is handed to `build`."""
    keys_dir: Path = Path("data/keys")
    """Folder of the file that holds the key of the session cookie; the file is made when it is missing."""
    session_key: SecretStr | None = None
    """Key of the session cookie as 64 hexadecimal digits, for replicas that share no folder."""
    tile_url: str | None = None
    """Template of map tiles, e.g. `https://tiles.example/{z}/{x}/{y}.png`. Unset: the bundled outlines."""
    tile_attribution: str = ""
    """Whose tiles they are, shown on the map."""
    contact_email: str | None = None
    """Whom people write to when they cannot sign in. Unset: the pages name the collective's animators."""
    api_timeout: float = 10.0
    """Seconds the portal waits for a service before it says so."""

    @model_validator(mode="after")
    def _refuse_the_demos_key(self) -> Self:
        key = None if self.session_key is None else self.session_key.get_secret_value()
        refuse_unsafe(self.environment, MAILLAGE_SESSION_KEY=key)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        *sources: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """As pydantic's, with `MAILLAGE_<NAME>_FILE` after the environment."""
        return (*sources, *named.values(), SecretFileSource(settings_cls))

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal over TLS."""
        return self.public_url.startswith("https://")

    @property
    def tile_origin(self) -> str | None:
        """The origin that the content security policy must allow for tiles."""
        if not self.tile_url:
            return None
        parts = urlsplit(self.tile_url)
        return f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"
