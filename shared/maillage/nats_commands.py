"""`maillage nats config`: the bus's configuration file, from the topology and a folder of passwords."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from maillage.events.topology import Topology
    from maillage.nats import Cluster, Tls

nats = typer.Typer(name="nats", help="Le serveur du bus.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    nats.callback()(lambda: None)  # `config` keeps its name while it is alone
    app.add_typer(nats)


@nats.command("config")
def config(
    region: Annotated[str, typer.Option(envvar="MAILLAGE_REGION", help="La région de ce bus")] = "fr-pac",
    topology_file: Annotated[
        Path | None, typer.Option("--topology", help="Fichier JSON (voir « maillage topology »)")
    ] = None,
    passwords: Annotated[
        Path | None,
        typer.Option(help="Dossier de fichiers bus-directory, bus-operator… (sinon : $MAILLAGE_BUS_…)"),
    ] = None,
    regions: Annotated[
        Path | None, typer.Option(envvar="MAILLAGE_REGIONS_DIR", help="Dossier de « maillage region »")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Fichier à écrire")] = None,
    name: Annotated[str, typer.Option(help="Nom de ce serveur")] = "maillage",
    listen: Annotated[str, typer.Option(help="Adresse des clients")] = "0.0.0.0:4222",
    monitor: Annotated[str, typer.Option(help="Adresse de surveillance")] = "0.0.0.0:8222",
    leaf_listen: Annotated[
        str, typer.Option(help="Adresse où l'on attend les autres régions, s'il y en a")
    ] = "0.0.0.0:7422",
    store: Annotated[str, typer.Option(help="Dossier des flux")] = "/data",
    max_file: Annotated[str, typer.Option(help="Place que les flux peuvent prendre")] = "10GB",
    tls_cert: Annotated[str, typer.Option(help="Certificat (PEM) pour clients et régions")] = "",
    tls_key: Annotated[str, typer.Option(help="Sa clé (PEM)")] = "",
    cluster: Annotated[str, typer.Option(help="Nom de la grappe, pour trois serveurs")] = "",
    cluster_listen: Annotated[str, typer.Option(help="Adresse des autres serveurs")] = "0.0.0.0:6222",
    route: Annotated[list[str] | None, typer.Option(help="hôte:port de chaque serveur de la grappe")] = None,
    environment: Annotated[
        str, typer.Option(envvar="MAILLAGE_ENVIRONMENT", help="« production » refuse les secrets de la démo")
    ] = "development",
) -> None:
    """Écrire la configuration de nats-server : un compte par région, un utilisateur par service."""
    from maillage.events.topology import Topology, topology
    from maillage.nats import Listeners, server_configuration
    from maillage.nats.folder import Folder, secret_name, write_text
    from maillage.secrecy import refuse_unsafe

    try:
        links = Folder(regions) if regions else None
        peers = links.read().regions if links else []
        wanted = Topology.from_file(topology_file) if topology_file else topology(region, peers=peers)
        secrets = _passwords(wanted, passwords, cluster)
        refuse_unsafe(environment, **{secret_name(user): value for user, value in secrets.items()})
        tls = _tls(tls_cert, tls_key)
        listeners = Listeners(
            name,
            client=listen,
            monitor=monitor,
            leaf=leaf_listen if peers else None,
            store=store,
            max_file=max_file,
            tls=tls,
            leaf_tls=tls,
            cluster=_cluster(cluster, cluster_listen, route or [], secrets) if cluster else None,
        )
        text = server_configuration(wanted, listeners, secrets, links.doors() if links else {})
    except (OSError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text(output, text)


def _passwords(wanted: Topology, folder: Path | None, cluster: str) -> dict[str, str]:
    from maillage.nats import users
    from maillage.nats.folder import read_passwords

    names = [user.name for user in users(wanted)] + ([CLUSTER_USER] if cluster else [])
    if folder is not None:
        return read_passwords(folder, names)
    return {name: f"$MAILLAGE_BUS_{name.upper().replace('-', '_')}" for name in names}


CLUSTER_USER = "cluster"


def _cluster(name: str, listen: str, routes: list[str], secrets: dict[str, str]) -> Cluster:
    from maillage.nats import Cluster

    if not routes:
        raise ValueError("Une grappe a des serveurs : donnez --route hôte:6222 pour chacun.")
    return Cluster(name, listen, routes, CLUSTER_USER, secrets[CLUSTER_USER])


def _tls(certificate: str, key: str) -> Tls | None:
    from maillage.nats import Tls

    if bool(certificate) != bool(key):
        raise ValueError("--tls-cert et --tls-key vont ensemble.")
    return Tls(certificate, key) if certificate else None
