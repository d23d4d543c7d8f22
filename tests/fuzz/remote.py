"""What is fetched from elsewhere or brought by hand, a function each: keys, an OIDC provider's documents and
tokens, a mail server's answers, settings, archives to restore. As `inputs.py`, whose readers these join.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import random
import re
import tarfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import httpx2
from joserfc import jws
from maillage.auth import JwksKeys, StaticKeys, generate_key
from maillage.auth.tokens import InvalidToken, TokenVerifier
from maillage.backup import archive, manifest
from maillage.errors import Unavailable
from maillage.mail import Mailer
from maillage.mail.message import Mail, PermanentMailError, TemporaryMailError
from maillage.settings import ServiceSettings
from maillage.testing.tokens import ISSUER, TokenFactory
from maillage_directory.auth.oidc.flow import Flow
from maillage_directory.auth.oidc.provider import Provider
from maillage_directory.errors import ProviderAway, SignInFailed
from maillage_directory.settings import DirectorySettings
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from tests.contracts.installed import SERVICES
from tests.fuzz.values import NASTY_TEXTS, mutated, nasty

Chance = random.Random
PROVIDER = "https://provider.example"
KINDS = ("application/json", "application/jwt", "text/html", "", "application/json; charset=nonsense")
DEEP = b"[" * 100_000


@cache
def _runner() -> asyncio.Runner:
    return asyncio.Runner()


def document(value: Any, chance: Chance) -> bytes:
    """The value as JSON with something in it changed; now and then no JSON at all."""
    kind = chance.random()
    if kind < 0.1:
        return chance.choice((b"", b"null", b"<html>", b"{", b"\xff\xfe{", DEEP, b'{"keys":' + DEEP))
    value = json.loads(json.dumps(value))
    for _ in range(chance.randrange(3)):
        value = mutated(value, chance) if isinstance(value, dict | list) else value
    return json.dumps(value).encode("utf-8", "surrogatepass")[: None if kind < 0.95 else 30]


@cache
def _tokens() -> TokenFactory:
    return TokenFactory()


def read_jwks(chance: Chance) -> None:
    """Garbage in place of the keys is no outage for who has them, nor is one bad key for the others."""
    good, bad = _tokens().jwks(), {"keys": [*_tokens().jwks()["keys"], nasty(chance)]}
    given = [json.dumps(good).encode(), document(chance.choice((good, bad)), chance)]
    if chance.random() < 0.3:
        given = [json.dumps(bad).encode()]
    answers = httpx.MockTransport(lambda _: httpx.Response(200, content=given.pop(0)))
    source = JwksKeys("https://issuer.example/jwks", transport=answers, max_age=-1, cooldown=-1)

    async def ask() -> None:
        assert await source.key(str(_tokens().key.kid)), "a good key is not taken"
        while given:
            with suppress(Unavailable):
                await source.key("unknown")
        await source.aclose()

    _runner().run(ask())


def read_bearer(chance: Chance) -> None:
    """A token whose header and claims are anything, signed or not, is somebody's or is refused."""
    key = _tokens().key
    header = {"alg": "Ed25519", "typ": "at+jwt", "kid": key.kid}
    claims = json.loads(_payload(_tokens().token()))
    verifier = TokenVerifier(StaticKeys([key]), issuer=ISSUER, audience="maillage")
    given = signed(header, claims, key, chance)
    with suppress(InvalidToken):
        _runner().run(verifier.verify(given))


def _payload(token: str) -> bytes:
    return jws.extract_compact(token.encode()).payload


def signed(header: Any, claims: Any, key: Any, chance: Chance) -> str:
    """A compact token; its signature is good where the header allows one."""
    content = document(claims, chance)
    if chance.random() < 0.6:
        return jws.serialize_compact(header, content, key, algorithms=[header["alg"]])
    parts = [document(header, chance), content, chance.choice((b"", b"x" * 64))]
    encoded = ".".join(_base64(each) for each in parts)
    return encoded if chance.random() < 0.8 else encoded[: chance.randrange(len(encoded))]


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@cache
def _provider_settings() -> DirectorySettings:
    return DirectorySettings(
        environment="demo", oidc_issuer=PROVIDER, oidc_client_id="maillage", oidc_client_secret="s" * 32
    )


@cache
def _provider_key() -> Any:
    return generate_key()


def _answers(flow: Flow, chance: Chance) -> dict[str, Any]:
    """What a provider answers by path, all well but perhaps for the token that it signs."""
    key = _provider_key()
    described = {
        "issuer": PROVIDER,
        "authorization_endpoint": f"{PROVIDER}/authorize",
        "token_endpoint": f"{PROVIDER}/token",
        "jwks_uri": f"{PROVIDER}/keys",
        "userinfo_endpoint": f"{PROVIDER}/userinfo",
    }
    person = {"sub": "c-1", "email": "camille.roux@exemple.fr", "email_verified": True}
    now = {"iat": 1_700_000_000, "exp": 2**33}
    claims = {"iss": PROVIDER, "aud": "maillage", "nonce": flow.nonce, **now, **person}
    id_token = signed({"alg": "Ed25519", "kid": key.kid}, claims, key, chance)
    return {
        "/.well-known/openid-configuration": described,
        "/keys": {"keys": [{**key.as_dict(private=False), "use": "sig"}]},
        "/token": {"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": id_token},
        "/userinfo": person,
    }


def read_provider(chance: Chance) -> None:
    """A provider of which any answer may be garbage: somebody is signed in, refused, or told to wait."""
    flow = Flow(expires=2**33)
    answers = _answers(flow, chance)
    spoilt = chance.choice((*answers, ""))

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path != spoilt:
            return httpx2.Response(200, json=answers.get(path, {}))
        status = chance.choice((200, 200, 200, 200, 204, 302, 400, 401, 500))
        headers = {"content-type": chance.choice(KINDS)}
        return httpx2.Response(status, headers=headers, content=document(answers[path], chance))

    provider = Provider(_provider_settings(), httpx2.MockTransport(answer))

    async def sign_in() -> None:
        with suppress(SignInFailed, ProviderAway):
            assert await provider.authorization_url(flow, "fr")
            await provider.redeem(flow, "code")

    _runner().run(sign_in())


def read_settings(chance: Chance) -> None:
    """Any text in any setting is taken or refused, by name."""
    kind = chance.choice(sorted(SERVICES))
    settings = SERVICES[kind].settings
    name = chance.choice(sorted(settings.model_fields))
    text = chance.choice((*NASTY_TEXTS, str(nasty(chance))[:2000], json.dumps(nasty(chance))[:2000]))
    with_one = type("WithOne", (settings,), {"settings_customise_sources": _only({name: text})})
    with suppress(ValidationError, SettingsError):
        with_one()


def _only(values: dict[str, str]) -> Any:
    """Settings sources as of an environment that holds just these."""

    def sources(cls: Any, settings_cls: Any, **_: Any) -> tuple[Any, ...]:
        source = EnvSettingsSource(settings_cls)
        prefix = settings_cls.model_config["env_prefix"].lower()
        source.env_vars = {f"{prefix}{name}": text for name, text in values.items()}
        return (source,)

    return classmethod(sources)


@cache
def _backup() -> dict[str, bytes]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "events.db").write_bytes(b"rows" * 100)
        (root / "portal-session.key").write_bytes(b"key")
        database = {
            "service": "events",
            "dialect": "sqlite",
            "server": "3",
            "revision": "1",
            "rows": {"a": 1},
        }
        told = manifest.Manifest(
            region="fr-pac",
            version="1",
            started_at="2026-01-01T00:00:00Z",  # type: ignore[arg-type]  # as JSON has it
            taken_at="2026-01-01T00:00:01Z",  # type: ignore[arg-type]
            pause_seconds=1,
            databases=[manifest.DatabasePart(**database, **manifest.part_of(root, root / "events.db"))],
            streams=[],
            copies=[],
            keys=[manifest.Part(**manifest.part_of(root, root / "portal-session.key"))],
        )
        manifest.write(root, told)
        return {path.name: path.read_bytes() for path in root.iterdir()}


def read_backup(chance: Chance) -> None:
    """An archive that somebody has changed is whole, or is refused in words; nothing leaves its folder."""
    files = dict(_backup())
    if chance.random() < 0.7:
        files[manifest.NAME] = document(json.loads(files[manifest.NAME]), chance)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name if chance.random() < 0.9 else _odd_name(chance))
            entry.size = len(content)
            if chance.random() < 0.1:
                entry.type = chance.choice(
                    (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
                )
                entry.linkname, entry.size = _odd_name(chance), 0
            entry.mode = chance.choice((0o600, 0, 0o7777))
            tar.addfile(entry, io.BytesIO(content))
    content = bytearray(packed.getvalue())
    for _ in range(chance.choice((0, 0, 1, 20))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with TemporaryDirectory() as folder:
        source = Path(folder) / "backup.tar"
        source.write_bytes(content[: chance.choice((None, None, None, 700))])
        with suppress(manifest.NotWhole), archive.reading(source) as root:
            manifest.read(root)
        assert [path.name for path in Path(folder).iterdir()] == ["backup.tar"]


def _odd_name(chance: Chance) -> str:
    odd = ("../outside", "/etc/outside", "a/" * 300, "x" * 300, ".", "", "événement", "events.db/x", "\u202e")
    return chance.choice(odd)


REPLIES = (
    *(b"220 ready\r\n", b"250 ok\r\n", b"250-a\r\n250 b\r\n", b"354 go on\r\n", b"421 closing\r\n"),
    *(b"451 later\r\n", b"550 never\r\n", b"552 too large\r\n", b"999 what\r\n", b"abc\r\n", b"\r\n", b""),
    *(b"250\r\n", b"250-", b"\xff\xfe\r\n", b"250 " + b"x" * 70_000 + b"\r\n", b"220 \xe9\r\n"),
    *(b"250-SIZE x\r\n250 AUTH\r\n", b"-1 no\r\n", b"2500 ok\r\n"),
)
WHOLE = re.compile(rb"(\d{3}-[^\r]*\r\n)*\d{3} [^\r]*\r\n")
"""A reply after which it is the client's turn."""


def read_mail_server(chance: Chance) -> None:
    """A server that answers anything: the mail has gone, is for later, or never will."""
    well = [b"220 ready\r\n", *[b"250 ok\r\n"] * 3, b"354 go on\r\n", b"250 ok\r\n", b"221 bye\r\n"]
    script = well if chance.random() < 0.1 else [*well[: chance.randrange(6)], *chance.choices(REPLIES, k=4)]
    mail = Mail(to="camille.roux@exemple.fr", subject="Bonjour", text="Bonjour.", html="<p>Bonjour.</p>")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for reply in script:
                writer.write(reply)
                await writer.drain()
                if not WHOLE.fullmatch(reply) or not await reader.read(65536):
                    break  # of half a reply nobody could say whose turn it is
        writer.close()

    async def send() -> None:
        async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            settings = ServiceSettings(mail_transport="smtp", smtp_host="127.0.0.1", smtp_port=port)
            with suppress(TemporaryMailError, PermanentMailError):
                await Mailer(settings).send(mail)

    _runner().run(send())
