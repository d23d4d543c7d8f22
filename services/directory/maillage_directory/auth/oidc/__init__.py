"""An OIDC provider beside the built-in issuer: its word on who somebody is, exchanged for our own session.

The portal starts and receives, the directory verifies: client secret, PKCE verifier and nonce never leave it.
"""

from maillage_directory.auth.oidc.claims import Identity, identity_of
from maillage_directory.auth.oidc.configured import provider_of
from maillage_directory.auth.oidc.flow import Flow, begin, resume, seal

__all__ = ["Flow", "Identity", "begin", "identity_of", "provider_of", "resume", "seal"]
