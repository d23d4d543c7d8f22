"""What a house was asked to be. Loads no service: `maillage token` needs it and none of them."""

import os
from dataclasses import dataclass
from typing import Any

from maillage_embedded.home import Home


@dataclass(frozen=True)
class Plan:
    """What was asked for: the folder, where to listen, and how the house is called from outside."""

    home: Home
    host: str
    port: int

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the house."""
        return f"http://localhost:{self.port}"

    @property
    def public_url(self) -> str:
        """Where the outside finds it: MAILLAGE_PUBLIC_URL when a proxy stands in front."""
        return os.environ.get("MAILLAGE_PUBLIC_URL", self.url).rstrip("/")

    @property
    def proxied(self) -> bool:
        """Whether a proxy stands in front: nothing else makes another address than its own of the house."""
        return "MAILLAGE_PUBLIC_URL" in os.environ

    @property
    def environment(self) -> str:
        """MAILLAGE_ENVIRONMENT; an embedded house is a demo unless told otherwise."""
        return os.environ.get("MAILLAGE_ENVIRONMENT", "demo")

    def settings(self, service: str) -> dict[str, Any]:
        """What the launcher decides for one service; everything else is read from MAILLAGE_…."""
        elsewhere = (
            {} if "MAILLAGE_ERASURE_LOG" in os.environ else {"erasure_log": self.home.erasures.resolve()}
        )
        return {
            "environment": self.environment,
            "database_url": self.home.database_url(service),
            "data_dir": self.home.root.resolve(),
            "public_url": self.public_url,
            "mailbox_dir": self.home.mailbox.resolve(),
            **elsewhere,
        }
