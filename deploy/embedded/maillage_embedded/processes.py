"""`maillage up --processes`: each service and the portal in a process of its own, behind a small proxy."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from socket import socket

import httpx
from maillage.ports import unasked
from maillage.safety import SafetyMiddleware, behind_tls
from maillage.service import Service
from maillage.trust import trusted
from starlette.types import ASGIApp

from maillage_embedded.broker import Broker
from maillage_embedded.children import Child
from maillage_embedded.house import services
from maillage_embedded.plan import Plan
from maillage_embedded.proxy import Proxy

PORTAL = "portal"


@asynccontextmanager
async def running_processes(
    plan: Plan, broker: Broker, told: Callable[[str], None]
) -> AsyncIterator[ASGIApp]:
    """The started processes behind their proxy; ended in the reverse order, each drained."""
    chosen = services()
    ports = dict(
        zip([*(service.name for service in chosen), PORTAL], free_ports(len(chosen) + 1), strict=True)
    )
    children = [service_child(plan, broker, service, ports) for service in chosen]
    children.append(portal_child(plan, ports))
    addresses = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    async with AsyncExitStack() as stack:
        # All at once: a process takes seconds to import what it needs, and they wait for nobody.
        told(f"{len(children)} processus")
        for child in children:
            stack.push_async_callback(child.stop)
        await started(children)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        timeout = httpx.Timeout(60, read=None)  # a stream of events may be silent for long
        client = httpx.AsyncClient(
            limits=limits, verify=trusted(), timeout=timeout, follow_redirects=False, trust_env=False
        )
        await stack.enter_async_context(client)
        services_only = {name: url for name, url in addresses.items() if name != PORTAL}
        door = Proxy(services_only, addresses[PORTAL], client)
        yield SafetyMiddleware(door, tls=behind_tls(plan.public_url))


async def started(children: Iterable[Child]) -> None:
    """Start them at the same time. Raises TimeoutError saying why one could not be, and begins no other."""
    try:
        async with asyncio.TaskGroup() as group:
            for child in children:
                group.create_task(child.start())
    except* TimeoutError as reasons:
        raise TimeoutError("; ".join(str(each) for each in reasons.exceptions)) from reasons


def service_child(plan: Plan, broker: Broker, service: Service, ports: dict[str, int]) -> Child:
    """`python -m maillage_<name> serve`, told everything by its environment as a container would be."""
    directory = f"http://127.0.0.1:{ports['directory']}/api/directory/v1"
    told = {
        **{name: str(value) for name, value in plan.settings(service.name).items()},
        "nats_url": broker.url,
        "nats_user": service.name,
        "catalogue_monitor_url": broker.monitor_url,
        "nats_password": broker.password_of(service.name),
        "peer_regions": ",".join(broker.peers),
        "issuer": os.environ.get("MAILLAGE_ISSUER", f"{plan.public_url}/api/directory/v1"),
        "jwks_url": os.environ.get("MAILLAGE_JWKS_URL", f"{directory}/auth/jwks.json"),
    }
    command = [sys.executable, "-m", service.package, "serve"]
    return _child(plan, service.name, command, told, ports[service.name], f"{service.base_path}/readyz")


def portal_child(plan: Plan, ports: dict[str, int]) -> Child:
    """The portal, which reaches the services through the proxy as any client does."""
    told = {
        "environment": plan.environment,
        "public_url": plan.public_url,
        "api_url": plan.url.replace("localhost", "127.0.0.1"),
        "keys_dir": str(plan.home.keys.resolve()),
    }
    command = [sys.executable, "-m", "maillage_portal"]
    return _child(plan, PORTAL, command, told, ports[PORTAL], "/readyz")


def _child(plan: Plan, name: str, command: list[str], told: dict[str, str], port: int, ready: str) -> Child:
    environment = {**os.environ, **{f"MAILLAGE_{key.upper()}": value for key, value in told.items()}}
    environment |= {"MAILLAGE_HOST": "127.0.0.1", "MAILLAGE_PORT": str(port)}

    async def answers(_pid: int) -> None:
        async with httpx.AsyncClient(verify=trusted(), timeout=5, trust_env=False) as client:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}{ready}")
            except httpx.TransportError as error:
                raise ConnectionError("not listening yet") from error
        if answer.status_code != 200:
            raise ConnectionError("not ready yet")

    return Child(name, lambda: command, plan.home.log / f"{name}.log", answers, environment)


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on, all different, where a child will listen seconds later.

    Where the kernel keeps such to itself: any connection may meanwhile be given one that it deals out.
    """
    chosen: list[int] = []
    candidates = random.SystemRandom().sample(ports := unasked(), len(ports))
    with ExitStack() as held:
        while len(chosen) < count:
            probe = held.enter_context(socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", candidates.pop() if candidates else 0))
                chosen.append(int(probe.getsockname()[1]))
    return chosen
