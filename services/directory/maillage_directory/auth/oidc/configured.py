"""The provider of the application that answers, when its settings name one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from maillage.http import settings_of

from maillage_directory.errors import NoProvider
from maillage_directory.oidc_settings import OidcSettings

if TYPE_CHECKING:
    from maillage_directory.auth.oidc.provider import Provider


def provider_of(request: Request) -> Provider:
    """The provider of the application that answers. Raises NoProvider."""
    settings: OidcSettings = settings_of(request)
    if not settings.oidc_on:
        raise NoProvider
    # Most installations have no provider: the libraries that speak with one are loaded for those that do.
    from maillage_directory.auth.oidc.provider import Provider

    state = request.app.state
    if not hasattr(state, "oidc"):
        state.oidc = Provider(settings)
    provider: Provider = state.oidc
    return provider
