"""A service put together: what it is made of, the application built from it, and its command line."""

from maillage.service.composition import Service
from maillage.service.runner import main
from maillage.service.running import Running

__all__ = ["Running", "Service", "main"]
