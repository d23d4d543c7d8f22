"""The provider as we speak to it: discovery, the way there, the code's exchange, the end of the session."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from maillage_directory.auth.oidc.claims import Claims, Identity, identity_of
from maillage_directory.auth.oidc.document import TIMEOUT, UNUSABLE, Document, fetched, trusted
from maillage_directory.auth.oidc.flow import Flow
from maillage_directory.auth.oidc.tokens import verify_id_token, verify_userinfo
from maillage_directory.errors import ProviderAway, SignInFailed
from maillage_directory.oidc_settings import OidcSettings

log = structlog.get_logger(__name__)


ADDRESSES = (
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "end_session_endpoint",
)
"""Where providers say what is where; they must have the first three."""


@dataclass(frozen=True)
class Metadata:
    """Where the provider does what (OpenID Connect Discovery)."""

    authorization: str
    token: str
    jwks: str
    userinfo: str | None
    end_session: str | None


class Provider:
    """The one provider of these settings; keeps its metadata and keys for some minutes."""

    def __init__(self, settings: OidcSettings, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        """`transport` leads to the provider; without it, the network does."""
        self._settings, self._transport = settings, transport
        self._metadata = Document(self._read_metadata, transport)
        self._keys = Document(lambda document: dict(_usable(document["keys"])), transport)

    async def authorization_url(self, flow: Flow, language: str) -> str:
        """Where the browser goes to begin `flow`. Raises ProviderAway."""
        settings, metadata = self._settings, await self._describe()
        wanted = {"nonce": flow.nonce, "ui_locales": language, **settings.oidc_extra}
        if settings.oidc_acr_values:
            wanted["acr_values"] = settings.oidc_acr_values
        url: str = prepare_grant_uri(
            metadata.authorization,
            settings.oidc_client_id,
            "code",
            redirect_uri=settings.oidc_redirect_uri,
            scope=settings.oidc_scopes,
            state=flow.state,
            code_challenge=_challenge(flow),
            code_challenge_method="S256",
            **wanted,
        )
        return url

    async def redeem(self, flow: Flow, code: str) -> tuple[Identity, str]:
        """Who the code was given for, and her id token. Raises SignInFailed, ProviderAway."""
        metadata = await self._describe()
        answer = await self._exchange(metadata, flow, code)
        id_token = answer.get("id_token")
        claims = await verify_id_token(self._settings, self, id_token, flow.nonce)
        documents: list[Claims] = [claims]
        if metadata.userinfo and self._settings.oidc_userinfo:
            documents.insert(0, await self._userinfo(metadata.userinfo, answer, claims["sub"]))
        return identity_of(self._settings, documents), str(id_token)

    async def end_session_url(self, id_token: str, state: str) -> str | None:
        """Where the browser goes to end the session there too; None when the provider has no such place."""
        try:
            metadata = await self._describe()
        except ProviderAway:
            return None
        if metadata.end_session is None:
            return None
        query = {
            "id_token_hint": id_token,
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": self._settings.oidc_after_logout,
            "state": state,
        }
        joint = "&" if urlsplit(metadata.end_session).query else "?"
        return f"{metadata.end_session}{joint}{urlencode(query)}"

    async def key(self, kid: str) -> Key | None:
        """The key of that id; an unknown one asks the provider again: it may have been rotated in."""
        url = (await self._describe()).jwks
        return (await self._keys.get(url)).get(kid) or (await self._keys.get(url, fresh=True)).get(kid)

    async def _describe(self) -> Metadata:
        return await self._metadata.get(self._settings.oidc_metadata_url)

    def _read_metadata(self, document: dict[str, Any]) -> Metadata:
        if document["issuer"] != self._settings.oidc_issuer:
            raise ValueError("the metadata is another issuer's")
        addresses = [document.get(name) for name in ADDRESSES]
        if not all(addresses[:3]) or not all(isinstance(each or "", str) for each in addresses):
            raise ValueError("an address of the provider is none")
        found = Metadata(
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            jwks=document["jwks_uri"],
            userinfo=document.get("userinfo_endpoint"),
            end_session=document.get("end_session_endpoint") if self._settings.oidc_logout else None,
        )
        safe = ("https",) if self._settings.oidc_issuer.startswith("https:") else ("https", "http")
        if any(url and urlsplit(url).scheme not in safe for url in vars(found).values()):
            raise ValueError("an address of the provider is not secured")
        return found

    def _client(self) -> AsyncOAuth2Client:
        settings = self._settings
        secret = settings.oidc_client_secret
        return AsyncOAuth2Client(
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            token_endpoint_auth_method=settings.oidc_client_auth if secret else "none",
            redirect_uri=settings.oidc_redirect_uri,
            timeout=TIMEOUT,
            transport=self._transport,
            verify=trusted(),
        )

    async def _exchange(self, metadata: Metadata, flow: Flow, code: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(TIMEOUT), self._client() as client:
                answer = await client.fetch_token(
                    metadata.token, grant_type="authorization_code", code=code, code_verifier=flow.verifier
                )
        except OAuthError as error:
            raise SignInFailed(reason=f"refused: {error.error}") from error
        except UNUSABLE as error:
            log.warning("oidc-exchange-failed", error=type(error).__name__)
            raise ProviderAway from error
        return dict(answer)

    async def _userinfo(self, url: str, tokens: dict[str, Any], subject: str) -> dict[str, Any]:
        try:
            bearer = {"Authorization": f"Bearer {tokens.get('access_token', '')}"}
            kind, content = await fetched(url, bearer, self._transport)
            claims = (
                await verify_userinfo(self._settings, self, content.decode("ascii").strip())
                if kind == "application/jwt"
                else json.loads(content)
            )
        except UNUSABLE as error:
            log.warning("oidc-userinfo-failed", error=type(error).__name__)
            raise ProviderAway from error
        if not isinstance(claims, dict) or claims.get("sub") != subject:
            raise SignInFailed(reason="userinfo of somebody else")
        return claims


def _challenge(flow: Flow) -> str:
    digest = hashlib.sha256(flow.verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _usable(keys: list[dict[str, Any]]) -> Iterable[tuple[str, Key]]:
    """The public signature keys by id; a key of a kind we do not know is passed over."""
    for entry in keys:
        if not isinstance(entry, dict):
            continue
        if entry.get("kty") not in ("RSA", "EC", "OKP") or entry.get("use", "sig") != "sig":
            continue
        try:
            yield str(entry.get("kid", "")), import_key(entry)
        except (JoseError, ValueError, TypeError, LookupError):
            log.warning("oidc-key-unusable", kty=entry["kty"])
