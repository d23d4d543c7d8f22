"""The bus of the composition by itself, changed by a Compose file of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.containers.composition import docker

CONFIGURATION = 'http: "127.0.0.1:8222", jetstream { store_dir: /bus/store, max_file_store: 1GB }'
"""Told how much it may store, as the composition tells it: by itself it looks how much room there is."""

Compose = Callable[..., str]
"""`docker compose` in a project of its own; what it prints."""


def bus_alone(checkout: Path, folder: Path, project: str, changes: str) -> Compose:
    """The bus with these changes, in which `./alone.conf` is its configuration, written into `folder`."""
    (folder / "alone.conf").write_text(CONFIGURATION, encoding="utf-8")
    own = changes.replace("./alone.conf", str(folder / "alone.conf"))
    (folder / "alone.yml").write_text(own, encoding="utf-8")
    files = ("-f", str(checkout / "docker-compose.yml"), "-f", str(folder / "alone.yml"))

    def call(*words: str) -> str:
        return docker("compose", "-p", f"{project}-{os.getpid()}", *files, *words)

    return call
