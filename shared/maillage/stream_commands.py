"""The operator's commands on streams: provision, topology, dlq, stream repair."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from maillage.command_access import refuse, with_access

# What the commands need is imported when one runs, so that --help stays quick.
if TYPE_CHECKING:
    from maillage.events.deadletters import DeadLetter
    from maillage.events.operator import Access
    from maillage.events.repair import Journal

Data = Annotated[
    Path | None,
    typer.Option(envvar="MAILLAGE_DATA", help="Dossier d'une maison embarquée (sinon MAILLAGE_NATS_URL…)"),
]
Of = Annotated[str | None, typer.Option("--consumer", "-c", help="Un seul consommateur")]
T = TypeVar("T")

dlq = typer.Typer(name="dlq", help="Les événements en quarantaine.", no_args_is_help=True)
stream = typer.Typer(name="stream", help="Le flux d'événements.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("provision")(provision)
    app.command("topology")(topology)
    app.add_typer(dlq)
    app.add_typer(stream)


def provision(
    data: Data = None,
    topology_file: Annotated[
        Path | None, typer.Option("--topology", help="Fichier JSON (voir « maillage topology »)")
    ] = None,
    replicas: Annotated[int, typer.Option(min=1, max=5, envvar="MAILLAGE_STREAM_REPLICAS")] = 1,
    max_bytes: Annotated[int, typer.Option(envvar="MAILLAGE_STREAM_MAX_BYTES", help="-1 : sans limite")] = -1,
) -> None:
    """Créer ou mettre à jour les flux et les consommateurs sur NATS (sans effet la deuxième fois)."""
    from maillage.events import streams

    async def run(here: Access) -> list[str]:
        mine = here.settings
        installed = streams.topology(mine.region, peers=mine.peer_regions)
        wanted = streams.Topology.from_file(topology_file) if topology_file else installed
        options = streams.StreamOptions(replicas=replicas, max_bytes=max_bytes)
        return await streams.provision(here.jetstream, wanted, options)

    for line in with_access(data, run):
        typer.echo(line)


def topology(
    region: Annotated[str, typer.Option(envvar="MAILLAGE_REGION")] = "fr-pac",
    peers: Annotated[
        str, typer.Option(envvar="MAILLAGE_PEER_REGIONS", help="Codes des régions suivies, avec des virgules")
    ] = "",
    only_public: Annotated[
        bool, typer.Option("--public", help="Seulement la liste de ce qui sort de la région")
    ] = False,
) -> None:
    """Écrire qui lit quoi : les consommateurs des services installés, en JSON."""
    from maillage.events import streams
    from maillage.settings import ServiceSettings

    followed = ServiceSettings(region=region, peer_regions=peers.split(",") if peers else []).peer_regions
    wanted = streams.topology(region, peers=followed)
    typer.echo(json.dumps({"public": wanted.public}, indent=2) if only_public else wanted.to_json())


@dlq.command("list")
def dlq_list(data: Data = None, consumer: Of = None) -> None:
    """Lister les événements en quarantaine, du plus ancien au plus récent."""
    from maillage.events import deadletters

    async def run(here: Access) -> list[DeadLetter]:
        return [letter async for letter in deadletters.letters(here.jetstream, consumer)]

    found = with_access(data, run)
    for letter in found:
        at = letter.at.isoformat(timespec="seconds") if letter.at else "-"
        kind = letter.event_type or letter.subject
        typer.echo(f"{letter.number}\t{at}\t{letter.consumer}\t{kind}\t{letter.reason}")
    typer.echo(f"{len(found)} en quarantaine", err=True)


@dlq.command("show")
def dlq_show(number: int, data: Data = None) -> None:
    """Montrer un événement en quarantaine : raison, en-têtes et corps (qui peut nommer quelqu'un)."""
    from maillage.events import deadletters

    letter = with_access(data, lambda here: deadletters.get(here.jetstream, number))
    shown = {
        "number": letter.number,
        "consumer": letter.consumer,
        "subject": letter.subject,
        "reason": letter.reason,
        "stream": letter.stream,
        "stream_sequence": letter.stream_sequence,
        "deliveries": letter.deliveries,
        "headers": letter.headers,
        "data": letter.data.decode("utf-8", "replace"),
    }
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))


@dlq.command("replay")
def dlq_replay(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numéros, selon « dlq list »")] = None,
    every: Annotated[bool, typer.Option("--all", help="Tous")] = False,
    data: Data = None,
    consumer: Of = None,
) -> None:
    """Remettre des événements dans leur flux : le consommateur qui a échoué les reprend, lui seul."""
    from maillage.events import deadletters

    _each(data, numbers, every, consumer, deadletters.replay, "remis dans le flux")


@dlq.command("discard")
def dlq_discard(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numéros, selon « dlq list »")] = None,
    every: Annotated[bool, typer.Option("--all", help="Tous")] = False,
    data: Data = None,
    consumer: Of = None,
) -> None:
    """Effacer définitivement des événements en quarantaine."""
    from maillage.events import deadletters

    _each(data, numbers, every, consumer, deadletters.discard, "effacé")


@stream.command("repair")
def stream_repair(
    data: Data = None,
    database: Annotated[
        list[str] | None,
        typer.Option(help="service=URL de sa base, autant de fois qu'il faut (ou MAILLAGE_DATABASE_URL)"),
    ] = None,
) -> None:
    """Republier ce que le flux a perdu, d'après les journaux des services, dans l'ordre d'origine."""
    from maillage.events.operator import journals
    from maillage.events.repair import repair

    async def run(here: Access) -> list[Journal]:
        async with AsyncExitStack() as stack:
            found = [await stack.enter_async_context(each) for each in journals(here, database or [])]
            await repair(here.client, here.jetstream, here.settings.region, found)
            return found

    for journal in with_access(data, run):
        typer.echo(
            f"{journal.service} : {journal.intact} intacts, {journal.corrected} replacés, "
            f"{journal.republished} republiés"
        )


def _each(
    data: Path | None,
    numbers: list[int] | None,
    every: bool,
    consumer: str | None,
    act: Callable[..., Awaitable[object]],
    done: str,
) -> None:
    from nats.js.errors import NotFoundError

    from maillage.events import deadletters

    if bool(numbers) == every:
        refuse("Donnez des numéros, ou --all.")

    async def run(here: Access) -> bool:
        chosen = list(numbers or [])
        if every:
            chosen = [letter.number async for letter in deadletters.letters(here.jetstream, consumer)]
        missing = False
        for number in chosen:
            try:
                await act(here.jetstream, number)
                typer.echo(f"{number} {done}")
            except NotFoundError:
                typer.echo(f"{number} n'est pas en quarantaine", err=True)
                missing = True
        return missing

    if with_access(data, run):
        raise typer.Exit(1)
