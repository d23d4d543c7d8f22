"""Where the house's log goes: files below DATA/log, so that the terminal shows progress and nothing else."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from maillage.telemetry import configure_logging

MEGABYTE = 1_000_000


def log_to(path: Path) -> None:
    """Send everything this process logs to `path`, kept to five files of five megabytes."""
    level = os.environ.get("MAILLAGE_LOG_LEVEL", "info").lower()
    configure_logging("json", level if level in ("debug", "info", "warning", "error") else "info")  # type: ignore[arg-type]  # checked
    root = logging.getLogger()
    formatter = root.handlers[0].formatter
    handler = RotatingFileHandler(path, maxBytes=5 * MEGABYTE, backupCount=4, encoding="utf-8")
    handler.setFormatter(formatter)
    root.handlers[:] = [handler]
