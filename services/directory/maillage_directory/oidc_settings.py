"""What the directory is told about the OIDC provider beside the built-in issuer."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from maillage.settings import ServiceSettings
from pydantic import Field, SecretStr, model_validator

OURS = frozenset(
    (
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    )
)
"""Parameters of the request that no setting may replace: the flow's safety is in them."""


class OidcSettings(ServiceSettings):
    """`MAILLAGE_OIDC_…`; without an issuer there is no provider, and codes by e-mail are the only way in."""

    code_sign_in: bool = Field(True, description="Whether people may sign in with a code sent by e-mail")
    oidc_issuer: str = Field("", description="The OIDC provider's issuer; empty: none")
    oidc_discovery_url: str = Field(
        "", description="Its metadata; empty: `/.well-known/openid-configuration` of the issuer"
    )
    oidc_label: str = Field(
        "votre compte professionnel", max_length=60, description="Ends “Se connecter avec …” on the button"
    )
    oidc_client_id: str = Field("", description="Our name at the provider")
    oidc_client_secret: SecretStr | None = Field(None, description="Our secret there; unset: a public client")
    oidc_client_auth: Literal["client_secret_basic", "client_secret_post"] = Field(
        "client_secret_basic", description="How the secret is sent"
    )
    oidc_scopes: str = Field("openid email profile", description="Scopes asked for, with spaces")
    oidc_acr_values: str = Field(
        "", description="Assurance levels asked for, best first; an answer with none of them is refused"
    )
    oidc_extra: dict[str, str] = Field(
        default_factory=dict, description="More parameters of the request, as a JSON object"
    )
    oidc_userinfo: bool = Field(
        True, description="Whether the userinfo endpoint is asked too, plain or signed"
    )
    oidc_claim_subject: str = Field("sub", description="Claim that names the person for good")
    oidc_claim_email: str = Field("email", description="Claim of the e-mail address")
    oidc_claim_email_verified: str = Field(
        "email_verified", description="Claim that says that the address is hers"
    )
    oidc_email_trusted: bool = Field(
        False, description="Take every address of this provider as verified; only if it checks them all"
    )
    oidc_claim_given_name: str = Field("given_name", description="Claim of the given name")
    oidc_claim_family_name: str = Field("family_name", description="Claim of the family name")
    oidc_claim_roles: str = Field(
        "", description="Claim with roles or groups, dots for a path (`realm_access.roles`)"
    )
    oidc_roles: dict[str, Literal["animator", "admin"]] = Field(
        default_factory=dict,
        description="Its values and our role for each, as a JSON object; they then decide at each sign-in",
    )
    oidc_provision: bool = Field(False, description="Whether an unknown person with a verified address joins")
    oidc_leeway_seconds: int = Field(
        60, ge=0, le=300, description="How far the provider's clock may be from ours"
    )
    oidc_logout: bool = Field(True, description="Whether signing out here signs out at the provider too")

    @property
    def oidc_on(self) -> bool:
        """Whether there is a provider."""
        return bool(self.oidc_issuer)

    @property
    def oidc_metadata_url(self) -> str:
        """Where the provider describes itself."""
        return self.oidc_discovery_url or f"{self.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"

    @property
    def oidc_redirect_uri(self) -> str:
        """Where the provider sends browsers back to: a page of the portal, to be registered there."""
        return f"{self.public_url}/connexion/retour"

    @property
    def oidc_after_logout(self) -> str:
        """Where it sends them after the end of the session there; to be registered too."""
        return f"{self.public_url}/"

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        if not self.oidc_on:
            if not self.code_sign_in:
                raise ValueError(
                    "nobody could sign in: set MAILLAGE_OIDC_ISSUER or keep MAILLAGE_CODE_SIGN_IN"
                )
            return self
        if not self.oidc_client_id:
            raise ValueError("MAILLAGE_OIDC_ISSUER needs MAILLAGE_OIDC_CLIENT_ID")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError("MAILLAGE_OIDC_SCOPES must contain openid")
        if taken := OURS & self.oidc_extra.keys():
            raise ValueError(f"MAILLAGE_OIDC_EXTRA cannot set {', '.join(sorted(taken))}")
        if bool(self.oidc_roles) != bool(self.oidc_claim_roles):
            raise ValueError("MAILLAGE_OIDC_ROLES and MAILLAGE_OIDC_CLAIM_ROLES go together")
        if self.environment == "production" and not _secured(self.oidc_issuer, self.oidc_metadata_url):
            raise ValueError("in production the OIDC provider is reached over https")
        return self


def _secured(*urls: str) -> bool:
    return all(urlsplit(url).scheme == "https" for url in urls)
