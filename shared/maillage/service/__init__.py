"""A service put together: what it is made of, the application built from it, and its command line."""

import maillage.colourless  # noqa: F401  (before anything that loads httpx or structlog)
from maillage.service.composition import Service
from maillage.service.runner import main
from maillage.service.running import Running

__all__ = ["Running", "Service", "main"]
