"""An OIDC provider beside the built-in issuer: its word on who somebody is, exchanged for our own session.

The portal starts and receives, the directory verifies: client secret, PKCE verifier and nonce never leave it.
"""

from maillage_directory.auth.oidc.claims import Identity, identity_of
from maillage_directory.auth.oidc.flow import Flow, begin, resume, seal
from maillage_directory.auth.oidc.provider import Provider, provider_of

__all__ = ["Flow", "Identity", "Provider", "begin", "identity_of", "provider_of", "resume", "seal"]
