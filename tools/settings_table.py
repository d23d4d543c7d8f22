"""Writes the table of MAILLAGE_… settings into docs/embedded.md, from the settings classes themselves.

python tools/settings_table.py           writes the table between its two markers
python tools/settings_table.py --check   says whether the page has it as it is now (status 1 when not)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args, get_origin

from maillage.settings import PREFIX, ServiceSettings
from maillage_catalogue.settings import CatalogueSettings
from maillage_directory.settings import DirectorySettings
from maillage_events.settings import EventsSettings
from maillage_mentoring.settings import MentoringSettings
from maillage_notifications.settings import NotificationsSettings
from maillage_portal.settings import PortalSettings
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

PAGE = Path(__file__).parent.parent / "docs" / "embedded.md"
BEGIN = "<!-- settings: written by tools/settings_table.py -->"
END = "<!-- end of settings -->"

READERS: dict[str, type[BaseSettings]] = {
    "directory": DirectorySettings,
    "events": EventsSettings,
    "mentoring": MentoringSettings,
    "notifications": NotificationsSettings,
    "catalogue": CatalogueSettings,
    "portal": PortalSettings,
}
BUS = ("nats_url", "nats_ca", "nats_user", "nats_password", "nats_credentials")
PLACES = (
    "database_url",
    "database_password",
    "data_dir",
    "mailbox_dir",
    "keys_dir",
    "host",
    "port",
    "api_url",
)
ONLY_ALONE = ("mail_sink", "drain_seconds", "trusted_proxies", "audience", "log_format")
LAUNCHER = frozenset((*BUS, *PLACES, *ONLY_ALONE))
"""What `maillage up` decides itself: these are for containers."""
OTHER_DEFAULT = {"environment": "demo"}
"""Where `maillage up` has another default than a service by itself."""


def table() -> str:
    """The table, one line a setting: those common to all services first, then each reader's own."""
    lines = ["| variable | default | read by | what it is |", "|---|---|---|---|"]
    lines += [_line(name, field, readers) for name, field, readers in _settings() if name not in LAUNCHER]
    return "\n".join(lines)


def _settings() -> Iterator[tuple[str, FieldInfo, str]]:
    for name, field in ServiceSettings.model_fields.items():
        shared = name in PortalSettings.model_fields
        yield name, field, "services, portal" if shared else "services"
    seen = set(ServiceSettings.model_fields)
    for settings in READERS.values():
        for name, field in settings.model_fields.items():
            if name not in seen:
                seen.add(name)
                yield name, field, ", ".join(r for r, each in READERS.items() if name in each.model_fields)


def _line(name: str, field: FieldInfo, readers: str) -> str:
    if not field.description:
        raise ValueError(f"the setting {name} has no description")
    said = " ".join(field.description.split()).replace("|", "\\|")
    choices = _choices(field)
    if choices:
        said = f"{said} ({choices})"
    return f"| `{PREFIX}{name.upper()}` | {_default(name, field)} | {readers} | {said} |"


def _choices(field: FieldInfo) -> str:
    if get_origin(field.annotation) is not Literal:
        return ""
    return ", ".join(f"`{each}`" for each in get_args(field.annotation))


def _default(name: str, field: FieldInfo) -> str:
    value = OTHER_DEFAULT.get(name, field.get_default(call_default_factory=True))
    if value is PydanticUndefined or value is None or value == "":
        return ""
    if isinstance(value, list):
        return f"`{value!s}`".replace("'", '"')
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def with_table(page: str) -> str:
    """The page with today's table between its markers. Raises ValueError when it has none."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no markers for the settings")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> int:
    """Write the page, or with --check only compare it."""
    page = PAGE.read_text(encoding="utf-8")
    wanted = with_table(page)
    if "--check" in sys.argv[1:]:
        return int(page != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
