"""What `maillage up` says while it works: one line per step, in French."""

import time

from rich.console import Console
from rich.status import Status

WORDS = {
    "nats-server": "nats-server, le bus des événements",
    "repair": "réparation du flux d'après les journaux",
    "directory": "annuaire",
    "events": "séminaires",
    "mentoring": "mentorat",
    "notifications": "notifications",
    "catalogue": "catalogue des événements",
    "portal": "portail",
    "demo": "région de démonstration",
}


class Progress:
    """Shows the step under way and, once the next begins, that it is done and how long it took."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._status: Status | None = None
        self._step: str | None = None
        self._since = 0.0

    def starting(self, step: str) -> None:
        """A step begins; the one before is done."""
        self.done()
        self._step, self._since = WORDS.get(step, step), time.monotonic()
        self._status = self.console.status(f"{self._step} …")
        self._status.start()

    def detail(self, text: str) -> None:
        """How far the step is."""
        if self._status is not None:
            self._status.update(f"{self._step} : {text}")

    def done(self) -> None:
        """The step under way is done."""
        if self._status is None:
            return
        self._status.stop()
        self.console.print(f"  [green]✓[/] {self._step} [dim]({time.monotonic() - self._since:.1f} s)[/]")
        self._status = self._step = None

    def failed(self) -> None:
        """The step under way came to nothing."""
        if self._status is not None:
            self._status.stop()
            self.console.print(f"  [red]✗[/] {self._step}")
        self._status = self._step = None

    def say(self, text: str) -> None:
        """A line of its own."""
        self.done()
        self.console.print(text)
