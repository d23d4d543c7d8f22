"""`maillage region`: the other regions this house is linked to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maillage.command_access import refuse, with_access

if TYPE_CHECKING:
    from maillage.nats.folder import Folder

region = typer.Typer(name="region", help="Les autres régions reliées à celle-ci.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code ISO 3166-2, par exemple fr-occ")]
Data = Annotated[
    Path | None, typer.Option(envvar="MAILLAGE_DATA", help="Dossier des données d'une maison embarquée")
]
Regions = Annotated[
    Path | None,
    typer.Option("--regions", envvar="MAILLAGE_REGIONS_DIR", help="Dossier des liens, pour les conteneurs"),
]
Home = Annotated[str, typer.Option("--home", envvar="MAILLAGE_REGION", help="La région de cette maison")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(region)


@region.command("add")
def add(
    code: Code,
    data: Data = None,
    regions: Regions = None,
    home: Home = "fr-pac",
    service: Annotated[
        list[str] | None, typer.Option(help="Qui publiera là-bas : directory, events… (défaut : directory)")
    ] = None,
    listen: Annotated[str | None, typer.Option(help="Adresse où ce bus attend les autres régions")] = None,
    url: Annotated[
        str | None, typer.Option(help="Comment elles la trouvent : nats-leaf://hôte:7422, ou tls://hôte:7422")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="Là-bas : fichier de l'autorité du certificat")] = None,
) -> None:
    """Relier une région : sa porte, son mot de passe, et les fichiers à remettre à ses équipes."""
    from maillage.nats import linking
    from maillage.nats.codes import name_of, region_code

    folder = _folder(data, regions)
    try:
        chosen = region_code(code)
        new, files = linking.add(
            folder, home, chosen, service or ["directory"], listen=listen, url=url, ca=ca
        )
    except (ValueError, OSError) as error:
        refuse(str(error))
    done = "est reliée" if new else "était déjà reliée ; ses fichiers sont refaits, ses mots de passe gardés"
    typer.echo(f"{name_of(chosen)} ({chosen}) {done}.")
    typer.echo(f"Fichiers pour ses équipes (secrets : par un canal sûr) : {folder.package(chosen)}")
    for path in files[:2]:
        typer.echo(f"  {path.relative_to(folder.package(chosen))}")
    typer.echo("  streams/ et consumers/ : les mêmes flux, pour tout client JetStream")
    typer.echo(_next_step(data, chosen, folder.read().regions))


def _next_step(data: Path | None, chosen: str, linked: list[str]) -> str:
    here = (
        f"redémarrez la maison (maillage up --data {data})"
        if data
        else f"écrivez MAILLAGE_PEER_REGIONS={','.join(linked)} dans le fichier de réglages, puis relancez "
        "le bus et les services (docker compose up -d, puis docker compose restart nats)"
    )
    return (
        f"Ensuite, ici : {here} ; nats-server ne sert une nouvelle porte qu'après un redémarrage.\n"
        "Là-bas : nats-server -c nats-leaf.conf, puis maillage provision --topology topology.json\n"
        "  (MAILLAGE_NATS_URL=nats://127.0.0.1:4222, MAILLAGE_NATS_USER=operator ; mots de passe :\n"
        "  passwords.json), ou les flux de streams/ et consumers/ par le client de leur choix.\n"
        f"Puis, ici : maillage region check {chosen}"
    )


@region.command("list")
def list_regions(data: Data = None, regions: Regions = None) -> None:
    """Lister les régions reliées."""
    from maillage.nats.codes import name_of

    links = _folder(data, regions).read()
    for link in links.links:
        typer.echo(
            f"{link.region}\t{name_of(link.region)}\tdepuis le {link.since}\t{', '.join(link.services)}"
        )
    typer.echo(f"{len(links.links)} région(s) reliée(s)", err=True)


@region.command("remove")
def remove(
    code: Code,
    data: Data = None,
    regions: Regions = None,
    delete_feed: Annotated[
        bool | None,
        typer.Option("--delete-feed/--keep-feed", help="Effacer ou garder ce que nous avons reçu d'elle"),
    ] = None,
) -> None:
    """Défaire le lien : la porte, le mot de passe, les fichiers ; le flux reçu, selon votre choix."""
    from maillage.nats import linking

    folder = _folder(data, regions)
    if delete_feed is None:
        refuse("Que devient ce que nous avons reçu d'elle ? Ajoutez --keep-feed ou --delete-feed.")
    if delete_feed:
        gone = with_access(data, lambda here: linking.forget_feed(here.jetstream, code.lower()))
        typer.echo("Le flux reçu est effacé." if gone else "Il n'y avait pas de flux reçu.")
    was = linking.remove(folder, code.lower())
    typer.echo(f"{code.lower()} {'n’est plus reliée' if was else 'n’était pas reliée'}.")
    if was:
        again = f"maillage up --data {data}" if data else "docker compose up -d ; docker compose restart nats"
        typer.echo(f"Ensuite : redémarrez le bus et les services ({again}) ; sa porte se ferme alors.")


@region.command("check")
def check(
    code: Annotated[str | None, typer.Argument(help="Une seule région ; sinon toutes")] = None,
    data: Data = None,
    regions: Regions = None,
    monitor: Annotated[
        str, typer.Option(envvar="MAILLAGE_NATS_MONITOR_URL", help="Surveillance du bus : http://nats:8222")
    ] = "",
    renew: Annotated[
        bool, typer.Option("--renew", help="Redemander tout de suite un flux qui se tait")
    ] = False,
) -> None:
    """Vérifier un lien : connexion, ce qui part, ce qui arrive, les droits de la porte."""
    from maillage.nats.codes import name_of

    folder = _folder(data, regions)
    chosen = [code.lower()] if code else folder.read().regions
    if not chosen:
        typer.echo("Aucune région reliée. Pour en relier une : maillage region add fr-occ")
        return
    sound = True
    for each in chosen:
        if folder.read().find(each) is None:
            refuse(f"{each} n'est pas reliée (maillage region list).")
        typer.echo(f"{name_of(each)} ({each})")
        sound = _check_one(folder, data, each, monitor, renew) and sound
    if not sound:
        raise typer.Exit(1)


def _check_one(folder: Folder, data: Path | None, code: str, monitor: str, renew: bool) -> bool:
    from maillage.events.operator import Access
    from maillage.nats import feeds, linking
    from maillage.nats.monitoring import embedded_monitor, usual_monitor

    async def look(here: Access) -> list[linking.Finding]:
        if renew:
            await feeds.pick_up(here.jetstream, code)
            await asyncio.sleep(1)
        found = linking.check(
            here.jetstream,
            here.settings.region,
            code,
            monitor=monitor or (embedded_monitor(data) if data else usual_monitor(here.settings.nats_url)),
            url=here.settings.nats_url.split(",")[0],
            password=folder.password(code),
            authority=here.settings.nats_ca,
        )
        return [each async for each in found]

    sound = True
    for found in with_access(data, look):
        typer.echo(f"  {'bien' if found.fine else 'À VOIR'} : {found.what}")
        if not found.fine:
            typer.echo(f"      {found.advice}")
        sound = sound and found.fine
    return sound


def _folder(data: Path | None, regions: Path | None) -> Folder:
    from maillage.nats.folder import Folder

    chosen = data or regions
    if chosen is None:
        refuse("Où sont les liens ? Donnez --data (maison embarquée) ou --regions (conteneurs).")
    return Folder(chosen)
