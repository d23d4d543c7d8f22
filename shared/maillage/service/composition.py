"""What a service is made of, declared once in its app.py: `service = Service(name="directory", …)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from maillage.auth.ended import EndedSince, ErasedSince
from maillage.auth.keys import KeySource
from maillage.erasing import ErasureMemory
from maillage.events.consumer import Consumer
from maillage.events.event import Event
from maillage.settings import ServiceSettings
from maillage.timers import Timers

Background = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of one service.

    `package`: its Python package, with `migrations` inside. `base`: its declarative base.
    `published`: the event classes of its contract. `background`: functions taking the Running service, run as
    tasks of the leader as long as the service runs; one that returns is done, one that raises starts again.
    `keys`: makes the key source from the settings, for the issuer itself, which has no one to ask.
    `erased`: selects whom it has erased lately, so that their tokens end here too. `ended`: selects whose
    tokens from before a moment are good no more, as the issuer told (`ended_tokens`).
    `erasures`: how the service that answers for erasures keeps them through a restore.
    `description`: a sentence for the OpenAPI document.
    """

    name: str
    package: str
    base: Any
    routers: Sequence[APIRouter]
    settings: type[ServiceSettings] = ServiceSettings
    consumer: Consumer | None = None
    timers: Timers | None = None
    published: Sequence[type[Event]] = ()
    background: Sequence[Background] = field(default_factory=tuple)
    keys: Callable[[Any], KeySource] | None = None
    erased: ErasedSince | None = None
    ended: EndedSince | None = None
    erasures: ErasureMemory | None = None
    version: str = "1.0"
    description: str = ""

    @property
    def base_path(self) -> str:
        """Where the routes live, the same in every deployment."""
        return f"/api/{self.name}/v1"

    @property
    def migrations(self) -> str:
        """The package of its schema's history."""
        return f"{self.package}.migrations"

    def build(
        self,
        settings: ServiceSettings | None = None,
        *,
        workers: bool = True,
        keys: KeySource | None = None,
        jwks_transport: httpx.AsyncBaseTransport | None = None,
    ) -> FastAPI:
        """The application, not yet started: its lifespan opens and closes everything.

        `workers=False` leaves out relay, consumer, timers and background work (tests drive them by hand).
        `keys` replaces the issuer's published keys; `jwks_transport` is how they are fetched, for a launcher
        that has the issuer in the same process. `app.state.service` is the Running service.
        """
        from maillage.service.application import build_application

        return build_application(
            self, settings or self.settings(), workers=workers, keys=keys, jwks_transport=jwks_transport
        )
