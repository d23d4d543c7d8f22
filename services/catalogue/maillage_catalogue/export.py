"""The catalogue as files: pages that need nothing from anywhere, the joint document, the schemas.

What is written is what is declared. Nothing observed is in it, so it may be handed to anyone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from maillage.events.event import schema_uri

from .declared import Declared, Document, declared, documents
from .examples import example
from .merged import merged

VISIBILITIES = {
    "public": "Public : il part vers les régions voisines.",
    "internal": "Interne : il ne quitte pas la région.",
    "private": "Privé : il ne doit jamais quitter la région.",
}


def export(folder: Path, region: str, sources: list[Document] | None = None) -> list[Path]:
    """Write the catalogue of `region` into `folder`, made if need be; the files written, sorted.

    Files that an earlier export wrote for types no longer declared are removed; others are left alone.
    Raises OSError when the folder cannot be written.
    """
    chosen = documents() if sources is None else sources
    kinds = [kind for kind in declared(chosen).values() if kind.published_by]
    pages = _pages(kinds, region)
    files = {
        **pages,
        "style.css": _template_text("style.css"),
        "asyncapi.json": _json(merged(chosen, region)),
        **{f"schemas/{kind.type}.json": _json(kind.schema) for kind in kinds},
    }
    _forget(folder, set(files))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(folder / name for name in files)


def _pages(kinds: list[Declared], region: str) -> dict[str, str]:
    env = Environment(
        loader=PackageLoader("maillage_catalogue"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(region=region, visibility=visibility, visibilities=VISIBILITIES, pretty=pretty)
    owners = sorted({kind.owner for kind in kinds})
    groups = [(owner, [kind for kind in kinds if kind.owner == owner]) for owner in owners]
    index = env.get_template("index.html").render(groups=groups, count=len(kinds))
    page = env.get_template("type.html")
    return {
        "index.html": index,
        **{
            f"types/{kind.short}.html": page.render(
                kind=kind, example=example(kind.schema or {}), dataschema=schema_uri(kind.type)
            )
            for kind in kinds
        },
    }


def _template_text(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def visibility(kind: Declared) -> str:
    """How far the type goes."""
    return "public" if kind.public else "private" if kind.private else "internal"


def pretty(value: Any) -> str:
    """JSON laid out to be read."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _json(value: Any) -> str:
    return pretty(value) + "\n"


def _forget(folder: Path, kept: set[str]) -> None:
    """Remove the pages and schemas of an earlier export that this one does not write."""
    for pattern in ("types/*.html", "schemas/fr.maillage.*.json"):
        for path in folder.glob(pattern):
            if path.relative_to(folder).as_posix() not in kept:
                path.unlink()
