"""A service may be killed at any moment: what came meanwhile is done afterwards, nothing is done again."""

from __future__ import annotations

import asyncio
import json
from collections import Counter

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_RESTART, Check, Group, Verdicts
from maillage_conform.messages import Seen
from maillage_conform.peer import OPENED, PRESENTED, Guest, Person
from maillage_conform.service import RestartFailed
from maillage_conform.texts import Text

NO_LOSS = Check(
    "restart.no-loss",
    Text("Rien n'est perdu quand le service est tué", "Nothing is lost when the service is killed"),
    Text(
        "Les demandes reçues juste avant et pendant l'arrêt ont leur réponse après le redémarrage",
        "Requests that came just before and during the stop are answered after the restart",
    ),
    Text(
        "Acquittez un message après avoir écrit son effet sur le disque, et lisez par un consommateur "
        "durable.",
        "Acknowledge a message after its effect is on the disk, and read through a durable consumer.",
    ),
)
NO_REPEAT = Check(
    "restart.no-repeat",
    Text("Rien n'est refait après le redémarrage", "Nothing is done again after the restart"),
    Text(
        "Une réponse par demande, et aucun événement d'avant l'arrêt republié",
        "One answer to each request, and no event of before the stop published again",
    ),
    Text(
        "Écrivez l'événement à publier dans la transaction de son effet, avec son ce-id, et publiez-le de là "
        "(boîte d'envoi) ; au démarrage, ne republiez pas ce qui l'a été.",
        "Write the event to publish in its effect's transaction, with its ce-id, and publish it from there "
        "(outbox); at the start, do not publish again what was.",
    ),
)
STABLE = Check(
    "restart.stable-ids",
    Text("Les identifiants survivent au redémarrage", "Ids outlive the restart"),
    Text(
        "Les mêmes personnes et séminaires gardent leur identifiant",
        "The same people and seminars keep their id",
    ),
    Text(
        "Gardez les identifiants sur le disque, ne les tirez qu'une fois.",
        "Keep ids on the disk; draw them once.",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    if bench.service is None:
        for check in GROUP.checks:
            verdicts.not_checked(check, NO_RESTART)
        return
    before = bench.tape.mark
    known = list(bench.tape.seen)
    guests: list[Guest] = []
    gone = await bench.meet()

    async def ask(count: int) -> None:
        for _ in range(count if bench.seminar else 0):
            guests.append(bench.guest(await bench.meet(), bench.seminar or {}))
        await bench.say(*(guest.requested() for guest in guests[-count:]))

    async def meanwhile() -> None:
        await ask(2)
        await bench.erase(gone)

    await ask(3)
    await _in_hand(bench)
    try:
        await bench.service.restart(meanwhile)
    except RestartFailed as error:
        verdicts.failed(NO_LOSS, f"il ne revient pas : {error}", f"it does not come back: {error}")
    patience = bench.plan.deadline + 2 * bench.start_seconds + await _held_back(bench)
    lost = await bench.unanswered(guests, patience)
    receipt = await bench.confirmed(gone, patience)
    await bench.quiet()
    after = bench.tape.all(_any, before)
    verdicts.settle(NO_LOSS, _lost(len(lost), len(guests), receipt is not None))
    if len(lost) == len(guests) and receipt is None:
        verdicts.not_checked(NO_REPEAT, Text("il ne dit plus rien", "it says nothing any more"))
    verdicts.settle(NO_REPEAT, _repeated(bench, guests, gone) or _said_again(known, after))
    if not any(map(_is_own, known)):
        nothing = Text(
            "il n'a présenté ni personne ni séminaire", "it has presented no person and no seminar"
        )
        verdicts.not_checked(STABLE, nothing)
    verdicts.settle(STABLE, _renamed(known, after))


def _is_own(seen: Seen) -> bool:
    return seen.short in (PRESENTED, OPENED)


async def _in_hand(bench: Bench) -> None:
    """Wait for what was said last to be in the service's hands, some seconds: a kill hurts most then."""
    end = asyncio.get_running_loop().time() + min(bench.plan.deadline, 5.0)
    while asyncio.get_running_loop().time() < end:
        given = [each.delivered.stream_seq for each in await bench.consumers() if each.delivered]
        if not given or max(given) >= bench.feed.mark:
            return
        await asyncio.sleep(0.01)


async def _held_back(bench: Bench) -> float:
    """How long the server waits before it gives a message that died in someone's hands to anyone again."""
    return max((each.config.ack_wait or 0.0 for each in await bench.consumers()), default=0.0)


def _any(_: Seen) -> bool:
    return True


def _lost(lost: int, asked: int, confirmed: bool) -> Text | None:
    if lost:
        return Text(f"{lost} demandes sur {asked} sans réponse", f"{lost} of {asked} requests unanswered")
    if not confirmed:
        return Text("l'effacement demandé pendant l'arrêt", "the erasure demanded during the stop") + Text(
            "est resté sans reçu", "has no receipt"
        )
    return None


def _repeated(bench: Bench, guests: list[Guest], gone: Person) -> Text | None:
    for guest in guests:
        if (count := len(bench.answers(guest))) > 1:
            return Text(f"{count} réponses à une demande", f"{count} answers to one request")
    for service, count in Counter(seen.service for seen in bench.receipts(gone)).items():
        if count > 1:
            return Text(f"{count} reçus de {service}", f"{count} receipts of {service}")
    return None


def _said_again(before: list[Seen], after: list[Seen]) -> Text | None:
    said = {(seen.subject, seen.data) for seen in before}
    for seen in after:
        if (seen.subject, seen.data) in said:
            return Text(f"publié de nouveau : {seen.name}", f"published again: {seen.name}")
    return None


def _renamed(before: list[Seen], after: list[Seen]) -> Text | None:
    """A person or seminar that says the same as an earlier one but for its id."""
    known = {_nameless(seen): seen for seen in before if _is_own(seen)}
    ids = {seen.entity_id for seen in before}
    for seen in after:
        if _is_own(seen) and seen.entity_id not in ids and _nameless(seen) in known:
            other = known[_nameless(seen)].entity_id
            return Text(f"{other} est devenu {seen.entity_id}", f"{other} has become {seen.entity_id}")
    return None


def _nameless(seen: Seen) -> str:
    return json.dumps(seen.body, sort_keys=True).replace(seen.entity_id, "")


GROUP = Group("restart", Text("Le redémarrage", "Restart"), (NO_LOSS, NO_REPEAT, STABLE), run)
