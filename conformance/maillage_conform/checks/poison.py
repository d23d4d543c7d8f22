"""Messages that cannot be read: the service lives on, does not hammer at them, and goes on with the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from maillage.events.names import feed_stream
from maillage.ids import new_id
from nats.errors import Error
from nats.js.errors import APIError

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.messages import MSG_ID, Said
from maillage_conform.peer import Guest, Person
from maillage_conform.service import RestartFailed
from maillage_conform.texts import Text

HOT = 5.0
"""Deliveries of one message in a second from which on a service hammers."""

SURVIVES = Check(
    "poison.survives",
    Text("Un message illisible n'arrête pas le service", "An unreadable message does not end the service"),
    Text(
        "Le processus vit encore après chaque message illisible",
        "The process lives after each unreadable message",
    ),
    Text(
        "Entourez la lecture de chaque message : ce qui ne se lit pas est mis de côté (term) et journalisé.",
        "Guard the reading of each message: what cannot be read is put aside (term) and logged.",
    ),
)
GOES_ON = Check(
    "poison.goes-on",
    Text("Le suivant est traité", "The next one is handled"),
    Text(
        "Une bonne demande envoyée après un message illisible reçoit sa réponse dans le délai",
        "A good request sent after an unreadable message is answered within the deadline",
    ),
    Text(
        "Ne réessayez pas sur place un message illisible : terminez-le (term), puis prenez le suivant.",
        "Do not retry an unreadable message on the spot: terminate it (term), then take the next.",
    ),
)
COOL = Check(
    "poison.not-hot",
    Text(
        "Un message illisible n'est pas redemandé sans fin",
        "An unreadable message is not asked for in a loop",
    ),
    Text(
        f"Moins de {HOT:g} livraisons par seconde du même message",
        f"Fewer than {HOT:g} deliveries of the same message a second",
    ),
    Text(
        "Refusez avec un délai (nak avec delay), comptez les essais, puis terminez (term).",
        "Refuse with a delay (nak with delay), count the tries, then terminate (term).",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    if not await bench.pulse():
        why = Text("le service ne répond pas, même avant", "the service does not answer, even before")
        for check in GROUP.checks:
            verdicts.not_checked(check, why)
        return
    for kind, poison in poisons(bench):
        before = await _deliveries(bench)
        (said,) = await bench.say(poison)
        went_on = await bench.pulse()
        died = bench.service is not None and bench.service.alive is False
        if died:
            verdicts.failed(SURVIVES, f"arrêté par : {kind.fr}", f"ended by: {kind.en}")
        elif not went_on:
            verdicts.failed(GOES_ON, f"bloqué par : {kind.fr}", f"held up by: {kind.en}")
        elif before is not None:
            await _measure(bench, verdicts, before, kind)
        if verdicts.results:
            await _mend(bench, said)
            break
    await _conclude(bench, verdicts)


async def _conclude(bench: Bench, verdicts: Verdicts) -> None:
    if SURVIVES.id in verdicts.results:
        ended = Text("le service s'est arrêté", "the service had ended")
        verdicts.not_checked(GOES_ON, ended)
        verdicts.not_checked(COOL, ended)
    if bench.service is None or bench.service.alive is None:
        verdicts.not_checked(
            SURVIVES,
            Text(
                "Le processus n'est pas visible d'ici : lancez-le par --run.",
                "The process cannot be seen from here: start it by --run.",
            ),
        )
    if not await bench.consumers():
        verdicts.not_checked(
            COOL,
            Text(
                "Aucun consommateur du service sur FEED_… : lisez-le par un consommateur JetStream.",
                "No consumer of the service on FEED_…: read it through a JetStream consumer.",
            ),
        )
    for check in GROUP.checks:
        verdicts.passed(check)


async def _measure(bench: Bench, verdicts: Verdicts, before: int, kind: Text) -> None:
    """Deliveries in a quiet while, beyond the few that good messages take."""
    await bench.quiet()
    after = await _deliveries(bench)
    allowed = HOT * bench.plan.quiet + 10
    if after is not None and after - before > allowed:
        count = after - before
        verdicts.failed(
            COOL, f"{count} livraisons après : {kind.fr}", f"{count} deliveries after: {kind.en}"
        )  # fmt: skip


async def _deliveries(bench: Bench) -> int | None:
    found = await bench.consumers()
    return sum(each.delivered.consumer_seq for each in found if each.delivered) if found else None


async def _mend(bench: Bench, poison: Said) -> None:
    """Take the poison away and bring the service back, so that the other checks can be made."""
    wanted = poison.headers[MSG_ID]
    for seen in bench.feed.all(lambda seen: seen.message_id == wanted):
        with suppress(Error, APIError, TimeoutError):
            await bench.operator.delete_msg(feed_stream(bench.plan.peer), seen.place)
    if bench.service is not None:  # it may wait for the message still
        with suppress(RestartFailed):
            await bench.service.restart(_nothing)


async def _nothing() -> None:
    """There is nothing to do meanwhile."""


def poisons(bench: Bench) -> Iterator[tuple[Text, Said]]:
    """What may come over a wire some day, on subjects that the service listens to."""
    seminar = bench.seminar or {"seminar_id": str(new_id())}
    guest = bench.guest(Person(), seminar)
    plain = _asked(bench, guest)
    erasure = Person().erased(60).said_in(bench.plan.peer)
    yield (
        Text("un corps qui n'est pas du JSON", "a body that is not JSON"),
        replace(plain, data=b'{"guest_id": '),
    )
    yield Text("un effacement sans corps", "an erasure without a body"), replace(erasure, data=b"")
    yield (
        Text("un corps qui est une liste", "a body that is a list"),
        replace(_asked(bench, guest), data=b"[1, 2]"),
    )
    yield Text("un corps qui n'est pas de l'UTF-8", "a body that is not UTF-8"), replace(
        _asked(bench, guest), data=b"\xff\xfe\x00"
    )  # fmt: skip
    wrong: dict[str, Any] = {"guest_id": 42, "seminar_id": None, "host_region": ["x"], "coordinator_id": {}}
    yield Text("des champs du mauvais type", "fields of the wrong type"), replace(
        _asked(bench, guest), data=json.dumps(wrong).encode()
    )  # fmt: skip
    yield (
        Text("aucun en-tête ce-", "no ce- header"),
        _without(_asked(bench, guest), lambda name: name.startswith("ce-")),
    )
    odd = {"ce-id": "not-a-uuid", "ce-sequence": "many", "ce-time": "yesterday", "ce-specversion": "9.9"}
    bent = _asked(bench, guest)
    yield (
        Text("des en-têtes illisibles", "unreadable headers"),
        replace(bent, headers={**bent.headers, **odd}),
    )


def _asked(bench: Bench, guest: Guest) -> Said:
    return guest.requested().said_in(bench.plan.peer)


def _without(said: Said, drop: Callable[[str], bool]) -> Said:
    return replace(said, headers={name: value for name, value in said.headers.items() if not drop(name)})


GROUP = Group(
    "poison", Text("Les messages illisibles", "Unreadable messages"), (SURVIVES, GOES_ON, COOL), run
)
