"""What the directory is told from outside, beside the settings common to all services."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from maillage_directory.oidc_settings import OidcSettings


class DirectorySettings(OidcSettings):
    """Environment variables `MAILLAGE_…`; replicas of the directory share `keys_dir`."""

    sends_mail = True

    keys_dir: Path | None = Field(
        None, description="Folder of the signing key; default: `keys` in the data folder"
    )
    code_lifetime_seconds: int = Field(600, gt=0, description="How long a sign-in code is good")
    code_tries: int = Field(5, gt=0, description="Wrong codes after which a code is void")
    codes_per_address: int = Field(5, gt=0, description="Codes an address may ask for in code_window_seconds")
    codes_per_ip: int = Field(30, gt=0, description="Codes one client address may ask for in that time")
    code_window_seconds: int = Field(900, gt=0, description="The time those two limits count in")
    session_days: int = Field(30, gt=0, description="A browser unused for so long must sign in again")
    refresh_grace_seconds: int = Field(
        0, ge=0, description="How long a refresh token just used is answered again; for portals in replicas"
    )
    token_exchange: bool | None = Field(
        None, description="Whether an admin may act for a person; unset: everywhere but in production"
    )
    api_scopes: list[str] = Field(
        default_factory=lambda: [
            "directory:read",
            "directory:write",
            "events:read",
            "events:write",
            "mentoring:read",
            "catalogue:read",
        ],
        description="Scopes an API key may be given",
    )
    api_key_days: int = Field(366, gt=0, description="The longest life of an API key, and the usual one")
    erasure_services: list[str] = Field(
        default_factory=lambda: ["directory", "events", "mentoring", "notifications"],
        description="Services that must confirm an erasure",
    )
    erasure_days: int = Field(7, gt=0, description="Days they have to confirm")
    erasure_log: Path | None = Field(
        None,
        description="File that notes each erasure, to be kept apart from backups: a restore repeats them",
    )

    import_most_lines: int = Field(500, gt=0, le=5000, description="Lines a file to import may have")
    import_days: int = Field(7, gt=0, description="Days after which the lines of an import are deleted")

    @property
    def may_exchange(self) -> bool:
        """Whether the issuer answers a token exchange."""
        return self.environment != "production" if self.token_exchange is None else self.token_exchange

    @property
    def keys_folder(self) -> Path:
        """Where the issuer's secrets are kept."""
        return self.keys_dir or (self.data_dir or Path()) / "keys"
