"""The contract files of a service: what it answers, what it publishes and what it consumes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from maillage.events.asyncapi import document
from maillage.events.event import schemas
from maillage.service.composition import Service


def write_contract(service: Service, directory: Path) -> None:
    """Writes openapi.json, asyncapi.json and schemas/<type>.json; schemas no longer published are removed."""
    app = service.build(workers=False)
    _write(directory / "openapi.json", app.openapi())
    _write(directory / "asyncapi.json", asyncapi_document(service))
    known = schemas(service.published)
    for path in (directory / "schemas").glob("*.json"):
        if path.stem not in known:
            path.unlink()
    for name, schema in known.items():
        _write(directory / "schemas" / f"{name}.json", schema)


def asyncapi_document(service: Service) -> dict[str, Any]:
    """The AsyncAPI 3.0 document of the service's messages."""
    return document(service)


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )
