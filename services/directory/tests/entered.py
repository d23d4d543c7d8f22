"""CPTS of the reference extract, entered over HTTP."""

from typing import Any

from maillage_directory.reference import cpts_payloads

from .conftest import World

REFERENCE = {body["slug"]: body for body in cpts_payloads(example_challenges=True)}


async def enter(world: World, *slugs: str) -> dict[str, dict[str, Any]]:
    return {slug: await world.cpts(**REFERENCE[slug]) for slug in slugs}


async def slugs(world: World, **params: Any) -> list[str]:
    return [one["slug"] for one in (await world.get("/cpts", limit=200, **params))["items"]]
