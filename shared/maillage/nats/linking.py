"""Adding a region to those a house is linked to, and taking it away again; checking a link."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import httpx
import nats
from nats.aio.client import Client
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from maillage import clock
from maillage.events.connection import reason, trust
from maillage.events.names import events_stream, external_api, feed_stream, public_stream
from maillage.events.topology import topology
from maillage.nats import feeds
from maillage.nats.folder import Folder, Link, Links
from maillage.nats.monitoring import Monitor
from maillage.nats.package import leaf_topology, write_package
from maillage.nats.server import Leaf

FORGED = "directory.region.checked.v1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at, in words for people; `advice` says what to do when it is not `fine`."""

    fine: bool
    what: str
    advice: str = ""


def add(
    folder: Folder,
    home: str,
    region: str,
    services: Sequence[str],
    *,
    listen: str | None = None,
    url: str | None = None,
    ca: str | None = None,
) -> tuple[bool, list[Path]]:
    """Link `region`: note it, make its password, write its people's files; whether it is new, and the files.

    Doing it again keeps every password. `listen` and `url` hold for all regions: where the hub awaits leaves,
    and how they find it. Raises ValueError for the house's own region.
    """
    if region == home:
        raise ValueError(f"{region} est la région de cette maison.")
    links = folder.read()
    known = links.find(region)
    since = known.since if known else clock.now().date().isoformat()
    others = [link for link in links.links if link.region != region]
    kept = Links(listen or links.listen, url or links.url, [*others, Link(region, since, sorted(services))])
    kept.links.sort(key=lambda link: link.region)
    folder.write(kept)
    leaf = Leaf(home, kept.url, folder.password(region), ca)
    hub = topology(home, peers=kept.regions)
    written = write_package(folder.package(region), leaf_topology(region, hub, services), leaf)
    return known is None, written


def remove(folder: Folder, region: str) -> bool:
    """Take the link away: the note, the password, the files; whether there was one."""
    links = folder.read()
    if links.find(region) is None:
        return False  # and no file of that name is touched: it may be another secret
    folder.secret_file(region).unlink(missing_ok=True)
    rmtree(folder.package(region), ignore_errors=True)
    links.links = [link for link in links.links if link.region != region]
    folder.write(links)
    return True


async def forget_feed(jetstream: JetStreamContext, region: str) -> bool:
    """Delete our copy of what the region said; whether there was one."""
    with suppress(NotFoundError):
        await jetstream.delete_stream(feed_stream(region))
        return True
    return False


async def check(
    jetstream: JetStreamContext,
    home: str,
    region: str,
    *,
    monitor: str = "",
    url: str = "",
    password: str = "",
    authority: Path | None = None,
) -> AsyncIterator[Finding]:
    """Look at a link from this side: connection, both directions, and what its password opens.

    `monitor`: the hub's monitoring address; `url` and `password`: where, and with what, to try the door;
    `authority`: the file that knows its certificate. What is not given is not looked at.
    """
    if monitor:
        async for found in _connection(Monitor(monitor), home, region):
            yield found
    yield await _incoming(jetstream, region)
    if url and password:
        async for found in _door(url, home, region, password, authority):
            yield found


async def _connection(monitor: Monitor, home: str, region: str) -> AsyncIterator[Finding]:
    try:
        delay = await monitor.leaf_delay(region)
        out = await monitor.outward(home, region)
    except httpx.HTTPError as error:
        yield Finding(
            False, f"surveillance : {type(error).__name__} sur {monitor.url}", "Vérifiez l'adresse."
        )
        return
    if delay is None:
        yield Finding(
            False,
            f"lien : {region} n'est pas connectée",
            "Là-bas, nats-server tourne-t-il avec nats-leaf.conf, et l'adresse du lien est-elle joignable ?",
        )
    else:
        yield Finding(True, f"lien : {region} est connectée (aller et retour {delay})")
    if not out.reading:
        yield Finding(
            False,
            f"départ : {region} ne lit pas nos {out.messages} événements publics",
            "Le flux qui nous copie existe-t-il là-bas (maillage provision --topology topology.json) ?",
        )
    else:
        waiting = "est à jour" if not out.behind else f"a encore {out.behind} événements à lire"
        yield Finding(True, f"départ : {region} {waiting} sur {out.messages}")


async def _incoming(jetstream: JetStreamContext, region: str) -> Finding:
    try:
        feed = await feeds.inward(jetstream, region)
    except NotFoundError:
        return Finding(
            False, f"arrivée : le flux {feed_stream(region)} manque", "Lancez « maillage provision »."
        )
    newest = f", le dernier du {feed.newest:%d/%m/%Y à %H:%M:%S} UTC" if feed.newest else ""
    if not feed.alive:
        since = "n'a encore rien dit" if feed.silent_for is None else f"se tait depuis {feed.silent_for}"
        return Finding(
            False,
            f"arrivée : {region} {since} ({feed.messages} événements reçus{newest})",
            "Après une coupure la reprise prend jusqu'à 40 secondes ; --renew redemande tout de suite.",
        )
    behind = "à jour" if not feed.behind else f"encore {feed.behind} événements à recevoir"
    return Finding(True, f"arrivée : {feed.messages} événements reçus, {behind}{newest}")


async def _door(
    url: str, home: str, region: str, password: str, authority: Path | None
) -> AsyncIterator[Finding]:
    """Come to the hub as the region's leaf would, and try what must not be possible."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        refused.append(str(error))

    try:
        client = await nats.connect(
            url,
            user=region,
            password=password,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            connect_timeout=5,
            error_cb=note,
            **trust(authority),
        )
    except (Error, OSError, TimeoutError) as error:
        what = f"droits : le mot de passe de {region} n'ouvre pas ({reason(error)})"
        yield Finding(False, what, "Redémarrez le bus : sa porte n'est peut-être pas encore dans nats.conf.")
        return
    try:
        for subject in (
            f"$JS.API.STREAM.INFO.{events_stream(home)}",
            f"{external_api(home)}.STREAM.INFO.{public_stream(home)}",
            f"{external_api(home)}.CONSUMER.CREATE.{events_stream(home)}.x.{home}.>",
        ):
            if await _answered(client, subject):
                yield Finding(False, f"droits : {region} obtient une réponse à {subject}", "Coupez ce lien.")
        await client.publish(f"{home}.{FORGED}", b"{}")
        await client.flush()
        for _ in range(20):
            if refused:
                break
            with suppress(NatsTimeoutError):
                await client.flush()
        if refused:
            yield Finding(True, f"droits : {region} ne peut ni publier ici ni lire ce qui n'est pas public")
        else:
            yield Finding(False, f"droits : {region} peut publier sous {home}", "Coupez ce lien.")
    finally:
        await client.close()


async def _answered(client: Client, subject: str) -> bool:
    try:
        await client.request(subject, b"{}", timeout=0.5)
    except (NoRespondersError, NatsTimeoutError):
        return False
    return True
