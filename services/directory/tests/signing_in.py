"""Signing in by a code from the mailbox, step by step, as the tests of accounts do it."""

import re
from typing import Any

from maillage.mail import Mailbox

from .conftest import World

CAMILLE, NOBODY = "camille.roux@exemple.fr", "personne.inconnue@exemple.fr"


async def ask(world: World, email: str) -> Any:
    return await world.client.post("/auth/codes", json={"email": email})


def mailed(world: World) -> list[str]:
    """The codes in the mailbox, newest first."""
    mails = Mailbox(world.harness.mailbox).list()
    return [re.search(r"\d{3} \d{3}", mail.text)[0].replace(" ", "") for mail in mails]  # type: ignore[index]


async def redeem(world: World, email: str, code: str) -> Any:
    body = {"grant_type": "code", "email": email, "code": code}
    return await world.client.post("/auth/tokens", json=body)


async def refresh(world: World, token: str) -> Any:
    body = {"grant_type": "refresh_token", "refresh_token": token}
    return await world.client.post("/auth/tokens", json=body)


async def sign_in(world: World) -> dict[str, Any]:
    await world.person(email=CAMILLE)
    await ask(world, CAMILLE)
    return dict((await redeem(world, CAMILLE, mailed(world)[0])).json())
