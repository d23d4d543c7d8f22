"""Signing in by code, and every way somebody might try to get in without one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from maillage.auth import TokenVerifier
from maillage.errors import Unauthorized
from maillage.ids import new_id
from maillage.mail import Mail, Mailbox
from maillage_directory.app import service
from maillage_directory.auth import operator_token
from maillage_directory.auth.keys import IssuerKeys, OwnKeys
from maillage_directory.model import SignInCode, SignInSession
from sqlalchemy import event, func, select

from .conftest import World
from .signing_in import CAMILLE, NOBODY, ask, mailed, redeem, refresh, sign_in


async def test_a_code_by_mail_opens_a_session(world: World) -> None:
    person = await world.person(email=CAMILLE)
    assert (await ask(world, "Camille.Roux@exemple.fr ")).status_code == 202
    (mail,) = Mailbox(world.harness.mailbox).list()
    assert (mail.to, mail.about) == (CAMILLE, frozenset({UUID(person["id"])}))
    assert "votre code de connexion" in mail.subject
    code = mailed(world)[0]
    answer = await redeem(world, CAMILLE, f"{code[:3]} {code[3:]}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    me = await world.get("/me", {"Authorization": f"Bearer {tokens['access_token']}"})
    assert (me["id"], me["roles"], me["region"]) == (person["id"], ["coordinator"], "fr-pac")
    assert me["coordinator"]["first_name"] == "Camille"


async def test_a_grant_is_known_by_its_fields_and_says_which_is_missing(world: World) -> None:
    await world.person(email=CAMILLE)
    await ask(world, CAMILLE)
    opened = await world.client.post("/auth/tokens", json={"email": CAMILLE, "code": mailed(world)[0]})
    assert opened.status_code == 200, opened.text
    refresh_token = opened.json()["refresh_token"]
    again = await world.client.post("/auth/tokens", json={"refresh_token": refresh_token})
    assert again.status_code == 200, again.text
    for body, pointers in (({"email": CAMILLE}, ["/code"]), ({"code": "123456"}, ["/email"])):
        refused = await world.client.post("/auth/tokens", json=body)
        assert refused.status_code == 422
        assert [one["pointer"] for one in refused.json()["errors"]] == pointers
    unknown = await world.client.post("/auth/tokens", json={"grant_type": "password"})
    assert "refresh_token" in unknown.json()["errors"][0]["detail"]


async def test_the_mail_speaks_her_language(world: World) -> None:
    await world.person(email=CAMILLE, language="en")
    await ask(world, CAMILLE)
    (mail,) = Mailbox(world.harness.mailbox).list()
    assert "your Maillage sign-in code" in mail.subject
    assert "good for 10 minutes" in mail.text


async def test_a_code_works_once_and_for_ten_minutes(world: World) -> None:
    await world.person(email=CAMILLE)
    await ask(world, CAMILLE)
    code = mailed(world)[0]
    assert (await redeem(world, CAMILLE, code)).status_code == 200
    again = await redeem(world, CAMILLE, code)
    assert (again.status_code, again.json()["code"]) == (401, "code-refused")
    await ask(world, CAMILLE)
    late = mailed(world)[0]
    world.harness.clock.advance(minutes=10)
    assert (await redeem(world, CAMILLE, late)).status_code == 401


async def test_five_wrong_tries_spend_a_code_also_side_by_side(world: World) -> None:
    await world.person(email=CAMILLE)
    await ask(world, CAMILLE)
    code = mailed(world)[0]
    wrong = [f"{(int(code) + step) % 1_000_000:06d}" for step in range(1, 6)]
    answers = await asyncio.gather(*(redeem(world, CAMILLE, guess) for guess in wrong))
    assert {one.status_code for one in answers} == {401}
    assert (await redeem(world, CAMILLE, code)).status_code == 401


async def test_a_newer_code_replaces_the_older_and_belongs_to_its_address(world: World) -> None:
    await world.person(email=CAMILLE)
    await world.person(email="autre@exemple.fr")
    await ask(world, CAMILLE)
    old = mailed(world)[0]
    world.harness.clock.advance(seconds=1)
    await ask(world, CAMILLE)
    new = mailed(world)[0]
    await ask(world, "autre@exemple.fr")
    if old != new:
        assert (await redeem(world, CAMILLE, old)).status_code == 401
    assert (await redeem(world, "autre@exemple.fr", new)).status_code == 401
    assert (await redeem(world, CAMILLE, new)).status_code == 200


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The SQL that runs inside."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = world.harness.db.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


async def test_an_unknown_address_cannot_be_told_from_a_known_one(world: World) -> None:
    await world.person(email=CAMILLE)
    with statements(world) as for_known:
        known = await ask(world, CAMILLE)
    with statements(world) as for_unknown:
        unknown = await ask(world, NOBODY)
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert known.headers.keys() == unknown.headers.keys()
    assert for_known == for_unknown
    with statements(world) as wrong_known:
        wrong = await redeem(world, CAMILLE, "000000" if mailed(world)[0] != "000000" else "111111")
    with statements(world) as wrong_unknown:
        nobody = await redeem(world, NOBODY, "000000")
    assert wrong_known == wrong_unknown
    bodies = [{**one.json(), "trace_id": ""} for one in (wrong, nobody)]
    assert bodies[0] == bodies[1]
    assert len(Mailbox(world.harness.mailbox).list()) == 1


async def test_the_answer_does_not_wait_for_the_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.person(email=CAMILLE)
    happened: list[str] = []

    async def send(_self: Any, mail: Mail) -> None:
        happened.append("mail")

    monkeypatch.setattr("maillage.mail.Mailer.send", send)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": f'{{"email": "{CAMILLE}"}}'.encode(), "more_body": False}

    async def answered(message: dict[str, Any]) -> None:
        happened.append(message["type"])

    headers = [(b"content-type", b"application/json")]
    path = "/api/directory/v1/auth/codes"
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": headers}
    scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "client": ("192.0.2.1", 1)}
    await world.harness.app({**scope, "server": ("localhost", 80)}, receive, answered)
    assert happened.index("http.response.body") < happened.index("mail")


async def test_a_refresh_token_changes_at_every_use_and_an_old_one_ends_the_session(world: World) -> None:
    first = (await sign_in(world))["refresh_token"]
    second = (await refresh(world, first)).json()["refresh_token"]
    third = (await refresh(world, second)).json()["refresh_token"]
    assert len({first, second, third}) == 3
    stolen = await refresh(world, first)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "refresh-refused")
    assert (await refresh(world, third)).status_code == 401


async def test_a_token_used_again_at_once_ends_the_session_too(world: World) -> None:
    first = (await sign_in(world))["refresh_token"]
    second = (await refresh(world, first)).json()["refresh_token"]
    assert (await refresh(world, first)).status_code == 401
    assert (await refresh(world, second)).status_code == 401


async def test_with_a_grace_requests_side_by_side_do_not_sign_a_browser_out(service_app: Any) -> None:
    async with service_app(service, refresh_grace_seconds=30) as harness:
        world = World(harness)
        first = (await sign_in(world))["refresh_token"]
        answers = await asyncio.gather(*(refresh(world, first) for _ in range(5)))
        assert {one.status_code for one in answers} == {200}
        (second,) = {one.json()["refresh_token"] for one in answers}
        world.harness.clock.advance(seconds=31)
        assert (await refresh(world, first)).status_code == 401
        assert (await refresh(world, second)).status_code == 401


async def test_a_session_ends_by_logout_by_age_and_by_forgery(world: World) -> None:
    token = (await sign_in(world))["refresh_token"]
    for forged in ("", "x", token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), "é" * 20, token[::-1]):
        assert (await refresh(world, forged)).status_code == 401
    gone = await world.client.post("/auth/logout", json={"refresh_token": token})
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await refresh(world, token)).status_code == 401
    again = await world.client.post("/auth/logout", json={"refresh_token": token})
    assert again.status_code == 204
    await ask(world, CAMILLE)
    aged = (await redeem(world, CAMILLE, mailed(world)[0])).json()["refresh_token"]
    world.harness.clock.advance(days=30)
    assert (await refresh(world, aged)).status_code == 401


async def test_the_database_holds_no_secret_and_no_address_of_who_asked(world: World) -> None:
    tokens = await sign_in(world)
    await ask(world, NOBODY)
    code = mailed(world)[0]
    async with world.harness.db.read() as session:
        rows = (await session.execute(select(SignInCode))).scalars().all()
        sessions = await session.scalar(select(func.count()).select_from(SignInSession))
    assert sessions == 1
    assert all(code.encode() not in row.code and len(row.code) == 32 for row in rows)
    path = world.harness.db.engine.url.database or ""
    if world.harness.db.dialect == "sqlite":
        held = b"".join(file.read_bytes() for file in Path(path).parent.glob(Path(path).name + "*"))
        assert tokens["refresh_token"].encode() not in held
        assert NOBODY.encode() not in held


async def test_an_answer_with_tokens_is_never_kept_for_a_key(world: World) -> None:
    await world.person(email=CAMILLE)
    await ask(world, CAMILLE)
    headers = {**world.admin, "Idempotency-Key": "jetons"}
    body = {"grant_type": "code", "email": CAMILLE, "code": mailed(world)[0]}
    first = await world.client.post("/auth/tokens", json=body, headers=headers)
    again = await world.client.post("/auth/tokens", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (200, 401)


async def test_tokens_are_verified_with_the_published_keys_only(world: World, tmp_path: Any) -> None:
    access = (await sign_in(world))["access_token"]
    published = (await world.get("/auth/jwks.json"))["keys"]
    assert all("d" not in key and key["alg"] == "Ed25519" for key in published)
    settings: Any = world.harness.settings
    verifier = TokenVerifier(OwnKeys(settings), issuer=settings.issuer, audience="maillage")
    assert (await verifier.verify(access)).region == "fr-pac"
    stranger = IssuerKeys(tmp_path / "ailleurs").signer(settings)
    with pytest.raises(Unauthorized):
        await verifier.verify(stranger.sign(new_id(), roles=["admin"], region="fr-pac"))


async def test_an_operators_token_makes_her_account_once(world: World) -> None:
    settings: Any = world.harness.settings
    for _ in range(2):
        token = await operator_token(settings, "Admin@maillage.example", "admin")
        me = await world.get("/me", {"Authorization": f"Bearer {token}"})
        assert (me["email"], me["roles"], me["coordinator"]) == ("admin@maillage.example", ["admin"], None)
    (contact,) = await world.harness.recorded("directory.contact.changed.v1")
    assert contact.data["roles"] == ["admin"]
    assert (await ask(world, "admin@maillage.example")).status_code == 202
    assert (await redeem(world, "admin@maillage.example", mailed(world)[0])).status_code == 200


def test_the_secrets_are_made_once_and_for_the_owner_only(tmp_path: Any) -> None:
    first, second = IssuerKeys(tmp_path / "keys"), IssuerKeys(tmp_path / "keys")
    assert first.signing[0].kid == second.signing[0].kid
    assert first.mac("code", b"a") == second.mac("code", b"a")
    assert first.mac("code", b"ab", b"c") != first.mac("code", b"a", b"bc")
    assert first.mac("code", b"a") != first.mac("address", b"a")
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "keys").iterdir()} == {0}
