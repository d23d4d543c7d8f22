"""Write the public types' JSON Schemas into the conformance kit, which is installed without the services.

    python -m tools.public_schemas [FOLDER]

Part of `make contracts`; a test keeps the files equal to the declarations.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from maillage.events.event import Event
from maillage.events.streams import installed_services

FOLDER = Path(__file__).parents[1] / "conformance" / "maillage_conform" / "schemas"


def public_schemas() -> dict[str, str]:
    """The files' names and contents."""
    events: list[type[Event]] = [event for service in installed_services() for event in service.published]
    return {
        f"{event.type()}.json": json.dumps(event.json_schema(), indent=2, ensure_ascii=False, sort_keys=True)
        + "\n"
        for event in events
        if event.kind.public
    }


def write(folder: Path) -> None:
    """Make the folder hold exactly these files."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = public_schemas()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
