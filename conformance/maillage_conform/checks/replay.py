"""A stream can be read from its start again, after a restored backup for instance: nothing happens twice."""

from __future__ import annotations

from maillage.events.names import feed_stream
from nats.errors import Error
from nats.js.errors import APIError

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.messages import Said, Seen
from maillage_conform.peer import ANSWERED
from maillage_conform.texts import Text

QUIET = Check(
    "replay.quiet",
    Text("Le flux relu depuis le début n'a pas de nouvel effet", "The stream read again has no new effect"),
    Text(
        "Ni nouvelle réponse à une invitée, ni nouveau reçu, quand tout FEED_… est livré une deuxième fois",
        "No new answer to a guest and no new receipt when the whole of FEED_… is delivered again",
    ),
    Text(
        "Gardez les ce-id traités aussi longtemps que le flux garde ses messages, ou décidez d'après l'état "
        "(ce guest_id a sa réponse, cet erasure_id a son reçu).",
        "Keep the ce-ids you handled for as long as the stream keeps its messages, or decide by your state "
        "(this guest_id has its answer, this erasure_id its receipt).",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    if not any(map(_is_effect, bench.tape.seen)) and not await bench.pulse():
        none = Text("le service n'a encore eu aucun effet", "the service has had no effect yet")
        verdicts.not_checked(QUIET, none)
        return
    before = bench.tape.mark
    names = await _set_back(bench)
    if names:
        listed = ", ".join(names)
        how = Text(f"consommateurs remis au début : {listed}", f"consumers set back to the start: {listed}")
    else:
        await _say_again(bench)
        how = Text("tous les messages publiés de nouveau", "every message published again")
    await bench.caught_up(names)
    await bench.quiet()
    again = bench.tape.all(_is_effect, after=before)
    seen = Text(
        f"{len(again)} effets de plus, dont {again[0].name}", f"{len(again)} more effects, as {again[0].name}"
    ) if again else None  # fmt: skip
    verdicts.settle(QUIET, seen, how)


def _is_effect(seen: Seen) -> bool:
    return seen.short == ANSWERED or seen.short.endswith(".erasure.confirmed.v1")


async def _set_back(bench: Bench) -> list[str]:
    """Set the service's consumers back to the start; their names."""
    stream, names = feed_stream(bench.plan.peer), []
    for consumer in await bench.consumers():
        try:
            await bench.operator.reset_consumer(stream, consumer.name, seq=1)
            names.append(consumer.name)
        except (Error, APIError, TimeoutError):
            continue
    return names


async def _say_again(bench: Bench) -> None:
    """Publish everything again, where there are no consumers to set back."""
    for seen in list(bench.feed.seen):
        headers = {name: value for name, value in seen.headers.items() if not name.startswith("Nats-")}
        await bench.say(Said(seen.subject, headers, seen.data).again())


GROUP = Group("replay", Text("La relecture", "Replay"), (QUIET,), run)
