"""One AsyncAPI document for the whole region: every service's channels, messages and operations together.

Component names are only unique within a service, so each gets its service's name in front; a channel is the
same subject whoever uses it, and holds the messages of all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .declared import Document, service_of

_OWN = ("schemas", "messages")


def merged(sources: Iterable[Document], region: str) -> Document:
    """The region's document. References of each source are rewritten to the joint names."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {}
    names = []
    servers: dict[str, Any] = {}
    for source in sources:
        service = service_of(source)
        names.append(service)
        prefix = _key(service)
        document = _renamed(source, prefix)
        for name, channel in document.get("channels", {}).items():
            known = channels.setdefault(name, {**channel, "messages": {}})
            known["messages"] |= {
                f"{prefix}.{key}": each for key, each in channel.get("messages", {}).items()
            }
        operations |= {f"{prefix}.{key}": each for key, each in document.get("operations", {}).items()}
        for kind, found in document.get("components", {}).items():
            named = {f"{prefix}.{key}": each for key, each in found.items()} if kind in _OWN else found
            components.setdefault(kind, {}).update(named)
        servers = servers or document.get("servers", {})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Maillage: {region}",
            "version": "1.0",
            "description": f"Every event of the region {region}: who publishes and who reads. "
            f"Services: {', '.join(names)}.",
        },
        "defaultContentType": "application/json",
        "servers": servers,
        "channels": channels,
        "operations": operations,
        "components": components,
    }


def _key(service: str) -> str:
    """A service's name as the start of a component's name."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", service) or "service"


def _renamed(node: Any, prefix: str) -> Any:
    if isinstance(node, dict):
        return {
            name: _target(value, prefix)
            if name == "$ref" and isinstance(value, str)
            else _renamed(value, prefix)
            for name, value in node.items()
        }
    return [_renamed(each, prefix) for each in node] if isinstance(node, list) else node


def _target(reference: str, prefix: str) -> str:
    """Where a local reference leads in the joint document."""
    for kind in _OWN:
        start = f"#/components/{kind}/"
        if reference.startswith(start):
            return f"{start}{prefix}.{reference.removeprefix(start)}"
    found = re.fullmatch(r"(#/channels/[^/]+/messages/)([^/]+)", reference)
    return f"{found[1]}{prefix}.{found[2]}" if found else reference
