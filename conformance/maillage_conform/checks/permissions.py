"""What a region's user may not do: speak for another region, or read what was not exported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import nats
from maillage.events.names import events_stream
from maillage.ids import new_id
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoServersError

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.messages import Fact
from maillage_conform.peer import CONTACT, PRESENTED, Person
from maillage_conform.texts import Text

PUBLISH = Check(
    "permissions.publish",
    Text("Son compte ne parle que pour sa région", "Its user speaks for its region only"),
    Text(
        "Le serveur refuse à ce compte de publier hors de son préfixe",
        "The server refuses this user to publish outside its prefix",
    ),
    Text(
        "Limitez publish à <région>.> et aux appels JetStream nécessaires (voir docs/plug-in-a-region.md).",
        "Limit publish to <region>.> and the JetStream calls it needs (see docs/plug-in-a-region.md).",
    ),
)
READ = Check(
    "permissions.read",
    Text("Son compte ne lit que ce qui est exporté", "Its user reads only what is exported"),
    Text(
        "Ni directory.contact.* de la voisine, ni son flux d'origine, ne lui parviennent",
        "Neither the neighbour's directory.contact.* nor its original stream reach it",
    ),
    Text(
        "Un compte NATS par région ; n'exportez que les types publics (deploy/nats/public-types.json).",
        "One NATS account per region; export the public types only (deploy/nats/public-types.json).",
    ),
)
ATTEMPTS = Check(
    "permissions.attempts",
    Text("Le service n'essaie pas d'en faire plus", "The service does not try to do more"),
    Text(
        "Aucun refus de publier ou d'écouter dans le journal du serveur pour ce compte",
        "No refusal to publish or to listen in the server's log for this user",
    ),
    Text(
        "Publiez sous <région>. et lisez FEED_… seulement.", "Publish below <region>. and read FEED_… only."
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    _attempts(bench, verdicts)  # before the kit itself tries with the same user
    if not bench.plan.service_user.given:
        why = Text(
            "Donnez le compte du service : --service-user et --service-password, ou --service-credentials.",
            "Give the service's user: --service-user and --service-password, or --service-credentials.",
        )
        verdicts.not_checked(PUBLISH, why)
        verdicts.not_checked(READ, why)
        return
    refusals: list[str] = []
    try:
        async with _as_service(bench, refusals) as client:
            await _publish(bench, verdicts, client, refusals)
            await _read(bench, verdicts, client)
    except (Error, NoServersError, OSError, TimeoutError) as error:
        why = Text(f"ce compte n'entre pas ({error})", f"this user cannot sign in ({error})")
        verdicts.not_checked(PUBLISH, why)
        verdicts.not_checked(READ, why)


def _attempts(bench: Bench, verdicts: Verdicts) -> None:
    if bench.sandbox is None:
        why = Text(
            "Seul le journal du serveur le dit : lancez le service par --run.",
            "Only the server's log tells: start the service by --run.",
        )
        verdicts.not_checked(ATTEMPTS, why)
        return
    tried = bench.sandbox.violations(bench.plan.service_user.name or "")
    subjects = ", ".join(sorted(set(tried))[:3])
    refused = Text(f"refusé : {subjects}", f"refused: {subjects}") if tried else None
    verdicts.settle(ATTEMPTS, refused)


@asynccontextmanager
async def _as_service(bench: Bench, refusals: list[str]) -> AsyncIterator[Client]:
    async def note(error: Exception) -> None:
        refusals.append(str(error).lower())

    client = await nats.connect(
        bench.url,
        connect_timeout=bench.plan.arrival,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        error_cb=note,
        **bench.plan.service_user.options(),
    )
    try:
        yield client
    finally:
        await client.close()


async def _publish(bench: Bench, verdicts: Verdicts, client: Client, refusals: list[str]) -> None:
    person = Person()
    for region in (bench.plan.peer, "xx-none"):
        said = person.presented().said_in(region)
        refusals.clear()
        await client.publish(said.subject, said.data, headers=said.headers)
        await client.flush()
        for _ in range(20):
            if refusals:
                break
            await asyncio.sleep(0.05)
        if not any("publish" in refusal for refusal in refusals):
            verdicts.failed(
                PUBLISH, f"{region}.{PRESENTED} n'est pas refusé", f"{region}.{PRESENTED} is not refused"
            )
    verdicts.passed(PUBLISH)


async def _read(bench: Bench, verdicts: Verdicts, client: Client) -> None:
    """A private fact is published next door: whatever the service's user tries, it does not get it."""
    person = str(new_id())
    secret = Fact(CONTACT, person, {"coordinator_id": person, "email": f"{person}@example.org"})
    said = secret.said_in(bench.plan.peer)
    heard: list[Msg] = []

    async def hear(message: Msg) -> None:
        heard.append(message)

    await client.subscribe(f"{bench.plan.peer}.>", cb=hear)
    await client.flush()
    await bench.peer.publish(said.subject, said.data, headers=said.headers)
    await (
        bench.meet()
    )  # what may be read arrives, and what came before it by the same way has arrived by then
    await bench.quiet()
    if any(person.encode() in message.data for message in heard):
        verdicts.failed(READ, f"{said.subject} est entendu", f"{said.subject} is heard")
    if bench.feed.all(lambda seen: seen.entity_id == person):
        verdicts.failed(READ, f"{CONTACT} arrive dans FEED_…", f"{CONTACT} arrives in FEED_…")
    stream = events_stream(bench.plan.peer)
    for api in ("$JS.API", f"JS.{bench.plan.peer}", f"$JS.{bench.plan.peer}.API"):
        for call, body in ((f"STREAM.INFO.{stream}", b""), (f"STREAM.MSG.GET.{stream}", b'{"seq":1}')):
            with suppress(Error, TimeoutError):
                answer = await client.request(f"{api}.{call}", body, timeout=0.3)
                if b'"error"' not in answer.data:
                    verdicts.failed(READ, f"{api}.{call} répond", f"{api}.{call} answers")
    verdicts.passed(READ)


GROUP = Group("permissions", Text("Les permissions", "Permissions"), (ATTEMPTS, PUBLISH, READ), run)
