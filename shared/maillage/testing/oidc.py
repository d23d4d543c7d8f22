"""A small OIDC provider on a real port, for tests: it signs in whoever it is told, and can misbehave.

`claims` are what it says of the person at the next sign-in. `faults` spoil an answer: see FAULTS.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from maillage import clock

CLIENT_ID, CLIENT_SECRET = "maillage-test", "a secret of the test"
FAULTS = (
    "forged",  # signed with a key that is not published
    "unsigned",  # alg none
    "symmetric",  # signed with the client secret
    "expired",
    "future",
    "other-issuer",
    "other-audience",
    "other-party",  # made for several clients, authorised for another
    "other-nonce",
    "other-person",  # userinfo of somebody else
    "other-metadata",  # the metadata names another issuer
    "away",
)


class Provider:
    """The state of the provider. Authorization codes are good for one use, with their PKCE verifier."""

    def __init__(self) -> None:
        self.url = ""
        self.claims: dict[str, Any] = {
            "sub": "person-1",
            "email": "camille@exemple.fr",
            "email_verified": True,
        }
        self.signed_userinfo = False
        self.faults: set[str] = set()
        self.keys = [_key()]
        # Made before anybody waits for an answer: that may take a busy machine seconds.
        self.unpublished = _key()
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.ended: list[dict[str, str]] = []
        self.app = FastAPI()
        self.app.middleware("http")(self._gate)
        for path, answer in (
            ("/.well-known/openid-configuration", self._metadata),
            ("/keys", self._keys),
            ("/authorize", self._authorize),
            ("/enter", self._enter),
            ("/userinfo", self._userinfo),
            ("/end", self._end),
        ):
            self.app.add_api_route(path, answer, methods=["GET"])
        self.app.add_api_route("/token", self._token, methods=["POST"])

    def rotate(self) -> None:
        """A new key signs from now on; the old one is published no more."""
        self.keys = [_key()]

    def authorize(self, query: dict[str, str]) -> dict[str, str]:
        """What a browser brings back after a sign-in that began with `query`."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    async def _gate(self, request: Request, call_next: Any) -> Response:
        if "away" in self.faults:
            return Response("bad gateway", 502)
        answer: Response = await call_next(request)
        return answer

    async def _metadata(self) -> Response:
        issuer = "https://another.example" if "other-metadata" in self.faults else self.url
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "end"}
        places = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()}
        return JSONResponse({"issuer": issuer, "jwks_uri": f"{self.url}/keys", **places})

    async def _keys(self) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        """A page with two links, as a person would see one: go on, or refuse."""
        query = dict(request.query_params)
        self.asked.append(query)
        denied = f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        return HTMLResponse(
            "<!doctype html><html lang='fr'><title>Fournisseur d’essai</title><h1>Fournisseur d’essai</h1>"
            f"<p><a id='enter' href='{escape(f'/enter?{urlencode(query)}')}'>Je m’identifie</a></p>"
            f"<p><a id='deny' href='{escape(denied)}'>Je refuse</a></p>"
        )

    async def _enter(self, request: Request) -> Response:
        query = dict(request.query_params)
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(self.authorize(query))}", 302)

    async def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        begun = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        if begun is None or begun["redirect_uri"] != form["redirect_uri"] or not _proved(begun, form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"access_token": "for-userinfo", "token_type": "Bearer", "expires_in": 60}
        return JSONResponse({**answer, "id_token": self.id_token(begun["nonce"])})

    def id_token(self, nonce: str) -> str:
        """An id token for the present person, spoiled as `faults` say."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": "https://another.example" if "other-issuer" in self.faults else self.url,
            "aud": "another" if "other-audience" in self.faults else CLIENT_ID,
            "iat": now + 3600 if "future" in self.faults else now,
            "exp": now - 3600 if "expired" in self.faults else now + 300,
            "nonce": "another" if "other-nonce" in self.faults else nonce,
            **self.claims,
        }
        if "other-party" in self.faults:
            claims |= {"aud": [CLIENT_ID, "another"], "azp": "another"}
        return self._sign(claims)

    def _sign(self, claims: dict[str, Any]) -> str:
        if "unsigned" in self.faults:
            return jwt.encode({"alg": "none"}, claims, OctKey.import_key("x" * 32), algorithms=["none"])
        if "symmetric" in self.faults:
            header = {"alg": "HS256", "kid": str(self.keys[0].kid)}
            return jwt.encode(header, claims, OctKey.import_key(CLIENT_SECRET + " " * 32))
        header = {"alg": "RS256", "kid": str(self.keys[0].kid)}
        key = self.unpublished if "forged" in self.faults else self.keys[0]
        return jwt.encode(header, claims, key, algorithms=["RS256"])

    async def _userinfo(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer for-userinfo":
            return Response(status_code=401)
        claims = {**self.claims, **({"sub": "another"} if "other-person" in self.faults else {})}
        if not self.signed_userinfo:
            return JSONResponse(claims)
        signed = self._sign({"iss": self.url, "aud": CLIENT_ID, **claims})
        return Response(signed, media_type="application/jwt")

    async def _end(self, request: Request) -> Response:
        query = dict(request.query_params)
        self.ended.append(query)
        return RedirectResponse(f"{query['post_logout_redirect_uri']}?state={query['state']}", 302)


def _key() -> RSAKey:
    key = RSAKey.generate_key(2048, private=True)
    return RSAKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig"})


def _proved(begun: dict[str, str], form: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == begun["code_challenge"]


@contextmanager
def running_provider() -> Iterator[Provider]:
    """The provider on a port of its own, in a thread of this process."""
    provider = Provider()
    server = uvicorn.Server(uvicorn.Config(provider.app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    provider.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield provider
    server.should_exit = True
    thread.join(10)
