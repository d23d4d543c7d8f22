"""Imports httpx and structlog without `rich`, which they would load for colours that no service shows.

It comes with the operator's command line, and with it pygments and attrs: four megabytes of each process.
Our log lines are written without it (`telemetry.logs`). Who imports it by name afterwards has it as ever.
"""

from __future__ import annotations

import sys
from importlib import import_module


def _import_without_rich() -> None:
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # how Python notes that there is none
    try:
        for name in ("httpx", "structlog"):
            import_module(name)
    finally:
        del sys.modules["rich"]


_import_without_rich()
