"""The whole house as one application: every installed service and the portal, in this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI
from maillage.events.streams import installed_services
from maillage.safety import behind_tls
from maillage.service import Service
from maillage_portal.app import build as build_portal
from maillage_portal.settings import PortalSettings
from pydantic import SecretStr

from maillage_embedded.broker import Broker
from maillage_embedded.plan import Plan
from maillage_embedded.root import Root
from maillage_embedded.transport import InProcessTransport


def services() -> list[Service]:
    """The installed services, those that others wait for first."""
    order = ["directory", "events", "mentoring", "notifications", "catalogue"]
    found: list[Service] = installed_services()
    return sorted(
        found, key=lambda service: order.index(service.name) if service.name in order else len(order)
    )


@asynccontextmanager
async def running_house(
    plan: Plan, broker: Broker, told: Callable[[str], None], chosen: Iterable[Service] | None = None
) -> AsyncIterator[Root]:
    """The started house: services first, the portal last; closed in the reverse order, each drained."""
    loopback = InProcessTransport()
    async with AsyncExitStack() as stack:
        apps: dict[str, FastAPI] = {}
        for service in chosen or services():
            settings = service.settings(
                **plan.settings(service.name),
                nats_url=broker.url,
                nats_user=service.name,
                catalogue_monitor_url=broker.monitor_url,
                nats_password=SecretStr(broker.password_of(service.name)),
                peer_regions=broker.peers,
            )
            apps[service.name] = service.build(settings, jwks_transport=loopback)
        portal = build_portal(portal_settings(plan), transport=loopback)
        root = Root(apps, portal, tls=behind_tls(plan.public_url))
        loopback.app = root  # before the lifespans: a service may ask for the issuer's keys as it starts
        for name, app in apps.items():
            told(name)
            await stack.enter_async_context(app.router.lifespan_context(app))
        told("portal")
        await stack.enter_async_context(portal.router.lifespan_context(portal))
        async with httpx.AsyncClient(transport=loopback, base_url=plan.url) as client:
            await until_ready(client, apps)
        yield root


def portal_settings(plan: Plan, api_url: str | None = None) -> PortalSettings:
    """The portal's settings; in one process the address of the services only names them."""
    return PortalSettings(
        environment="production" if plan.environment == "production" else "demo",
        public_url=plan.public_url,
        api_url=api_url or plan.url,
        keys_dir=plan.home.keys.resolve(),
    )


async def until_ready(client: httpx.AsyncClient, names: Iterable[str], patience: float = 60) -> None:
    """Wait until every service says it may be sent requests. Raises TimeoutError naming those that do not."""
    waiting = list(names)
    deadline = time.monotonic() + patience
    while waiting:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not ready: {', '.join(waiting)}")
        answers = [await client.get(f"/api/{name}/v1/readyz") for name in waiting]
        pairs = zip(waiting, answers, strict=True)
        waiting = [name for name, answer in pairs if answer.status_code != 200]
        await asyncio.sleep(0.05)
