"""How a service says what it does with events: facts it keeps (`project`), effects it has (`react`)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.events.event import full_type, subject_of
from maillage.fit import Fit


class Consumed(Fit):
    """A consumer's own model of an event: the fields it needs, whatever else the publisher says.

    A body with a field that no database could keep is not read: it goes to the dead letters at once.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


class Permanent(Exception):
    """Raised by a handler when trying again cannot help: the event goes to the dead letters with this reason.

    The reason is stored and shown to operators: ids only, no name or address.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a handler is given beside the event. `session` is the transaction; it commits after the handler.

    `sequence` is the entity's version at the publisher: a handler that keeps a copy drops an older one.
    `region` is where the event comes from: this service's own region, or the peer whose feed it is from.
    `replayed` is true while this database is being rebuilt from the stream.
    """

    session: AsyncSession
    event_id: UUID
    type: str
    subject: str
    time: datetime
    sequence: int | None
    correlation_id: str | None
    causation_id: str | None
    region: str
    replayed: bool
    settings: Any


# A handler's event class is its own: the registry keeps the model beside it.
Handler = Callable[[Any, Context], Awaitable[None]]
Needs = Callable[[Any], Sequence[tuple[Any, Any]]]
"""Of an event: the mapped classes and the keys of the rows that its handler will look for."""
H = TypeVar("H", bound=Callable[..., Awaitable[None]])


@dataclass(frozen=True, slots=True)
class Registered:
    """One handler of one event type, with the model it reads the body into."""

    event_type: str
    model: type[BaseModel]
    run: Handler
    reacts: bool
    needs: Needs | None = None

    @property
    def name(self) -> str:
        """The function's name, for logs and metrics."""
        return getattr(self.run, "__name__", "handler")


class Consumer:
    """The handlers of one service. Its name is the durable's and the inbox's."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._handlers: dict[bool, dict[str, list[Registered]]] = {False: {}, True: {}}

    def project(
        self, event_type: str, *, abroad: bool = False, needs: Needs | None = None
    ) -> Callable[[H], H]:
        """Register a handler that keeps facts; it also runs when the database is rebuilt from the stream.

        `abroad`: it is for the events of other regions, and for those only; otherwise for our own only.
        `needs`: the rows it will `session.get`, so that those of a whole batch are read together.
        """
        return self._register(event_type, reacts=False, abroad=abroad, needs=needs)

    def react(self, event_type: str, *, abroad: bool = False) -> Callable[[H], H]:
        """Register a handler that has effects; it does not run for events replayed by a rebuild.

        `abroad`: it is for the events of other regions, and for those only; otherwise for our own only.
        """
        return self._register(event_type, reacts=True, abroad=abroad)

    def _register(
        self, event_type: str, *, reacts: bool, abroad: bool, needs: Needs | None = None
    ) -> Callable[[H], H]:
        def register(handler: H) -> H:
            kind = full_type(event_type)
            entry = Registered(kind, _model_of(handler), handler, reacts, needs)
            handlers = self._handlers[abroad].setdefault(kind, [])
            handlers.append(entry)
            handlers.sort(key=lambda each: each.reacts)
            return handler

        return register

    @property
    def types(self) -> list[str]:
        """The full types handled of our own region, sorted."""
        return sorted(self._handlers[False])

    @property
    def types_abroad(self) -> list[str]:
        """The full types handled of other regions, sorted."""
        return sorted(self._handlers[True])

    def handlers(self, event_type: str, *, replayed: bool = False, abroad: bool = False) -> list[Registered]:
        """The handlers of a type in the order they run: projections, then (unless replayed) reactions."""
        found = self._handlers[abroad].get(event_type, [])
        return [each for each in found if not (replayed and each.reacts)]

    def filter_subjects(self, region: str, *, abroad: bool = False) -> list[str]:
        """The subjects the durable is filtered on, in the region whose stream it reads."""
        types = self.types_abroad if abroad else self.types
        return [subject_of(region, event_type, "*") for event_type in types]


def _model_of(handler: Callable[..., Any]) -> type[BaseModel]:
    """The event class a handler is annotated with. Raises TypeError when it is not a pydantic model."""
    parameters = list(inspect.signature(handler).parameters)
    hints = get_type_hints(handler) if parameters else {}
    model = hints.get(parameters[0]) if parameters else None
    if not (inspect.isclass(model) and issubclass(model, BaseModel)) or len(parameters) != 2:
        name = getattr(handler, "__qualname__", handler)
        raise TypeError(f"{name}: a handler is `async def (event: SomeModel, ctx: Context)`")
    return model
