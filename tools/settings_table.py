"""Writes the tables of MAILLAGE_… settings into the pages, from the settings classes themselves.

docs/operate.md has all of them, docs/embedded.md those that `maillage up` does not decide itself.

python tools/settings_table.py           writes the tables between their two markers
python tools/settings_table.py --check   says whether the pages have them as they are now (status 1 when not)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
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

DOCS = Path(__file__).parent.parent / "docs"
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
    "catalogue_monitor_url",
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
PAGES: dict[str, tuple[frozenset[str], Mapping[str, str]]] = {
    "embedded.md": (LAUNCHER, OTHER_DEFAULT),
    "operate.md": (frozenset(), {}),
}
"""What each page leaves out, and the defaults that differ there."""


def table(left_out: frozenset[str], other_default: Mapping[str, str]) -> str:
    """The table, one line a setting: those common to all services first, then each reader's own."""
    lines = ["| variable | default | read by | what it is |", "|---|---|---|---|"]
    lines += [
        _line(name, field, readers, other_default)
        for name, field, readers in _settings()
        if name not in left_out
    ]
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


def _line(name: str, field: FieldInfo, readers: str, other_default: Mapping[str, str]) -> str:
    if not field.description:
        raise ValueError(f"the setting {name} has no description")
    said = " ".join(field.description.split()).replace("|", "\\|")
    choices = _choices(field)
    if choices:
        said = f"{said} ({choices})"
    return f"| `{PREFIX}{name.upper()}` | {_default(field, other_default.get(name))} | {readers} | {said} |"


def _choices(field: FieldInfo) -> str:
    if get_origin(field.annotation) is not Literal:
        return ""
    return ", ".join(f"`{each}`" for each in get_args(field.annotation))


def _default(field: FieldInfo, instead: str | None) -> str:
    value = instead or field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or value == "":
        return ""
    if value == {}:
        return "`{}`"
    if isinstance(value, list):
        return f"`{value!s}`".replace("'", '"')
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def with_table(page: Path) -> str:
    """The page with today's table between its markers. Raises ValueError when it has none."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no markers for the settings")
    return f"{before}{BEGIN}\n{table(*PAGES[page.name])}\n{END}{after}"


def main() -> int:
    """Write the pages, or with --check only compare them."""
    wanted = {DOCS / name: with_table(DOCS / name) for name in PAGES}
    if "--check" in sys.argv[1:]:
        return int(any(page.read_text(encoding="utf-8") != text for page, text in wanted.items()))
    for page, text in wanted.items():
        page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
