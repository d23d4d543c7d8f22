"""The data folder of an embedded house: where everything lies, and what must be secret in it."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """One data folder. Everything the house keeps is below `root`; nothing is kept elsewhere."""

    root: Path

    @property
    def nats(self) -> Path:
        """JetStream's store, the server's configuration and its pid."""
        return self.root / "nats"

    @property
    def keys(self) -> Path:
        """The issuer's signing key and the portal's cookie key."""
        return self.root / "keys"

    @property
    def secrets(self) -> Path:
        """Passwords made here."""
        return self.root / "secrets"

    @property
    def log(self) -> Path:
        """Log files: ids only, no personal data."""
        return self.root / "log"

    @property
    def mailbox(self) -> Path:
        """The mails that were sent, as files."""
        return self.root / "mailbox"

    @property
    def erasures(self) -> Path:
        """The erasures asked for, ids only; what a restore repeats of them."""
        return self.root / "erasures.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the `maillage up` that runs on this folder."""
        return self.root / "maillage.lock"

    @property
    def facts(self) -> Path:
        """Where and as whom the house last ran, for the other commands."""
        return self.root / "house.json"

    def database(self, service: str) -> Path:
        """The service's own SQLite file."""
        return self.root.resolve() / f"{service}.db"

    def database_url(self, service: str) -> str:
        """The service's own database, as its settings name it."""
        return f"sqlite:///{self.database(service)}"

    def prepare(self) -> None:
        """Make the folders, for their owner only: databases hold addresses and phone numbers.

        A folder that holds something already stays as open as it is; `maillage doctor` tells.
        """
        if not self.root.exists() or not any(self.root.iterdir()):
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
        for folder in (self.log, self.mailbox, self.nats, self.keys, self.secrets):
            folder.mkdir(exist_ok=True, mode=0o700)

    def secret(self, name: str) -> str:
        """The secret of that name, made at its first use (mode 0600)."""
        path = self.secrets / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        value = secrets.token_urlsafe(32)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(value)
        return value

    def remember(self, **facts: str) -> None:
        """Write down facts for `maillage token`, `demo` and `doctor`."""
        self.facts.write_text(json.dumps(facts, indent=1), encoding="utf-8")

    def recall(self) -> dict[str, str]:
        """The facts last written; empty when this house never ran."""
        try:
            facts: dict[str, str] = json.loads(self.facts.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return facts
