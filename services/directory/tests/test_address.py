"""An address is a key to the account: one's own new one counts when a code mailed there has come back."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from maillage.mail import Mailbox, StoredMail
from maillage_directory.model import CodeRequest, EmailChange
from sqlalchemy import func, select

from .conftest import World
from .signing_in import ask, mailed, redeem, refresh

OLD, NEW = "camille.roux@exemple.fr", "camille@nouvelle.exemple.fr"


async def wish(world: World, person: dict[str, Any], email: str = NEW, caller: Any = None) -> Any:
    seen = await world.client.get(f"/coordinators/{person['id']}", headers=world.animator)
    headers = {**(caller or world.signed(person["id"])), "If-Match": seen.headers["etag"]}
    return await world.client.patch(f"/coordinators/{person['id']}", json={"email": email}, headers=headers)


async def confirm(world: World, person: dict[str, Any], code: str) -> Any:
    return await world.client.post(
        "/me/email/confirm", json={"code": code}, headers=world.signed(person["id"])
    )


def mails(world: World, to: str) -> list[StoredMail]:
    """To that address, newest first."""
    return [mail for mail in Mailbox(world.harness.mailbox).list() if mail.to == to]


def code_in(mail: StoredMail) -> str:
    found = re.search(r"\d{3} \d{3}", mail.text)
    assert found is not None
    return found[0]


def wrong(code: str) -> str:
    return f"{(int(code.replace(' ', '')) + 1) % 10**6:06d}"


async def test_her_new_address_counts_once_its_code_has_come_back(world: World) -> None:
    person = await world.person(email=OLD)
    before = len(await world.harness.recorded("directory.contact.changed.v1"))
    answer = await wish(world, person, f" {NEW.title()} ")
    assert (answer.status_code, answer.json()["email"]) == (200, OLD)
    me = await world.get("/me", world.signed(person["id"]))
    assert (me["email"], me["pending_email"]) == (OLD, NEW)
    told = await world.harness.recorded("directory.contact.changed.v1")
    assert {event.data["email"] for event in told[before:]} <= {OLD}

    (letter,), (warning,) = mails(world, NEW), mails(world, OLD)
    assert "confirmez votre nouvelle adresse" in letter.subject
    assert NEW not in warning.text
    assert "/mon-profil/adresse" in warning.text
    await ask(world, NEW)
    assert len(mails(world, NEW)) == 1, "nobody signs in with an address that is not confirmed"

    done = await confirm(world, person, code_in(letter))
    assert (done.status_code, done.json()["email"], done.json()["pending_email"]) == (200, NEW, None)
    *_, contact = await world.harness.recorded("directory.contact.changed.v1")
    assert (contact.data["email"], contact.data["coordinator_id"]) == (NEW, person["id"])
    assert "a changé" in mails(world, OLD)[0].subject
    await ask(world, NEW)
    assert (await redeem(world, NEW, code_in(mails(world, NEW)[0]))).status_code == 200
    await ask(world, OLD)
    assert "code de connexion" not in mails(world, OLD)[0].subject


async def test_a_code_sent_to_the_old_address_opens_nothing_after_the_change(world: World) -> None:
    person = await world.person(email=OLD)
    await ask(world, OLD)
    sign_in = mailed(world)[0]
    await wish(world, person)
    assert (await confirm(world, person, code_in(mails(world, NEW)[0]))).status_code == 200
    assert (await redeem(world, OLD, sign_in)).status_code == 401


async def test_five_wrong_tries_spend_the_code_also_side_by_side_and_it_is_over_in_time(world: World) -> None:
    person = await world.person(email=OLD)
    await wish(world, person)
    code = code_in(mails(world, NEW)[0])
    answers = await asyncio.gather(*(confirm(world, person, wrong(code)) for _ in range(5)))
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(422, "address-code-refused")}
    assert answers[0].json()["errors"][0]["pointer"] == "/code"
    assert (await confirm(world, person, code)).status_code == 422
    await wish(world, person)
    world.harness.clock.advance(minutes=11)
    assert (await confirm(world, person, code_in(mails(world, NEW)[0]))).status_code == 422
    assert (await world.get("/me", world.signed(person["id"])))["pending_email"] is None


async def test_a_code_is_for_the_account_and_the_address_it_was_asked_for(world: World) -> None:
    person, other = await world.person(email=OLD), await world.person()
    await wish(world, person)
    first = code_in(mails(world, NEW)[0])
    await wish(world, other, "autre@nouvelle.exemple.fr")
    assert (await confirm(world, other, first)).status_code == 422
    await wish(world, person, "encore@nouvelle.exemple.fr")
    assert (await confirm(world, person, first)).status_code == 422, "a newer wish replaces the older"


async def test_she_may_keep_the_address_she_has(world: World) -> None:
    person = await world.person(email=OLD)
    await wish(world, person)
    kept = await world.client.post("/me/email/cancel", headers=world.signed(person["id"]))
    assert (kept.status_code, kept.json()["pending_email"], kept.json()["email"]) == (200, None, OLD)
    assert (await confirm(world, person, code_in(mails(world, NEW)[0]))).status_code == 422


async def test_that_an_address_is_taken_is_told_to_who_reads_its_mail_only(world: World) -> None:
    """Else anybody signed in could ask for every address whether it has an account."""
    person, _ = await world.person(email=OLD), await world.person(email=NEW)
    free, taken = await wish(world, person, "libre@exemple.fr"), await wish(world, person, NEW)
    assert (free.status_code, taken.status_code) == (200, 200)
    assert free.json().keys() == taken.json().keys()
    answer = await confirm(world, person, code_in(mails(world, NEW)[0]))
    assert (answer.status_code, answer.json()["code"]) == (409, "email-taken")
    assert (await world.get("/me", world.signed(person["id"])))["email"] == OLD


async def test_nobody_can_have_strangers_mailed_without_end(world: World) -> None:
    person, other = await world.person(email=OLD), await world.person()
    for number in range(5):
        assert (await wish(world, person, f"inconnu{number}@exemple.fr")).status_code == 200
    refused = await wish(world, person, "inconnu9@exemple.fr")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-codes")
    assert not mails(world, "inconnu9@exemple.fr")
    for _ in range(4):
        assert (await wish(world, other, "inconnu0@exemple.fr")).status_code == 200
    assert (await wish(world, other, "inconnu0@exemple.fr")).status_code == 429, (
        "one address is asked five times"
    )


async def test_an_animator_vouches_for_an_address_and_gives_a_taken_account_back(world: World) -> None:
    person = await world.person(email=OLD)
    await ask(world, OLD)
    session = (await redeem(world, OLD, mailed(world)[0])).json()
    await wish(world, person, "voleur@exemple.fr")
    stolen = code_in(mails(world, "voleur@exemple.fr")[0])
    moved = await wish(world, person, NEW, world.animator)
    assert (moved.status_code, moved.json()["email"]) == (200, NEW)
    assert "a changé" in mails(world, OLD)[0].subject
    assert (await refresh(world, session["refresh_token"])).status_code == 401
    assert (await confirm(world, person, stolen)).status_code == 401, "her browser's token went with it"
    world.harness.clock.advance(seconds=10)
    assert (await confirm(world, person, stolen)).status_code == 422
    *_, contact = await world.harness.recorded("directory.contact.changed.v1")
    assert contact.data["email"] == NEW
    second = await world.person()
    taken = await wish(world, second, NEW, world.animator)
    assert (taken.status_code, taken.json()["code"]) == (409, "email-taken")


async def test_a_stale_change_mails_nobody(world: World) -> None:
    person = await world.person(email=OLD)
    headers = {**world.signed(person["id"]), "If-Match": '"99"'}
    stale = await world.client.patch(f"/coordinators/{person['id']}", json={"email": NEW}, headers=headers)
    assert stale.status_code == 412
    assert not mails(world, NEW)


async def test_what_waits_is_forgotten_with_her_and_with_time(world: World) -> None:
    person, other = await world.person(email=OLD), await world.person()
    await wish(world, person)
    await wish(world, other, "autre@nouvelle.exemple.fr")
    seen = await world.client.get(f"/coordinators/{person['id']}", headers=world.animator)
    gone = {**world.animator, "If-Match": seen.headers["etag"]}
    assert (await world.client.delete(f"/coordinators/{person['id']}", headers=gone)).status_code == 202
    db = world.harness.db
    async with db.read() as session:
        assert list(await session.scalars(select(EmailChange.email))) == ["autre@nouvelle.exemple.fr"]
    world.harness.clock.advance(hours=2)
    await ask(world, "quelquun@exemple.fr")
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(EmailChange)) == 0
        since = world.harness.clock.now() - timedelta(hours=1)
        old = select(func.count()).select_from(CodeRequest).where(CodeRequest.requested_at < since)
        assert await session.scalar(old) == 0
