"""A list for import, sent, checked and confirmed over HTTP."""

from typing import Any

from .conftest import World

TITLES = "Prénom;Nom;Adresse électronique;Téléphone;CPTS;Communes (INSEE);Fonction;Depuis"
NADIA = (
    "Nadia;Benali;nadia.benali@exemple.fr;04 92 00 00 01;CPTS du Verdon d’essai;04112 | 04070*;;01/09/2025"
)
MARC = "Marc;Oddo;marc.oddo@exemple.fr;;CPTS du Verdon d’essai;;adjoint;15/01/2026"


def sheet(*lines: str) -> bytes:
    return "\r\n".join((TITLES, *lines, "")).encode("cp1252")


async def send(
    world: World, content: bytes, headers: dict[str, str] | None = None, name: str = "liste.csv"
) -> Any:
    files = {"file": (name, content, "text/csv")}
    return await world.client.post("/imports", files=files, headers=headers or world.animator)


async def check(world: World, *lines: str) -> dict[str, Any]:
    answer = await send(world, sheet(*lines))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def confirm(world: World, made: dict[str, Any]) -> Any:
    headers = {**world.animator, "If-Match": f'"{made["version"]}"'}
    return await world.client.post(f"/imports/{made['id']}/confirm", headers=headers)


async def lines(world: World, made: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    page = await world.get(f"/imports/{made['id']}/lines", world.animator, limit=200, **params)
    return list(page["items"])


async def codes(world: World, *sent: str) -> list[list[tuple[str | None, str]]]:
    """Of each line the columns and codes of its reasons."""
    found = await lines(world, await check(world, *sent))
    return [[(one["column"], one["code"]) for one in line["reasons"]] for line in found]


def count(made: dict[str, Any]) -> tuple[int, int, int, int]:
    counts = made["counts"]
    return counts["create"], counts["update"], counts["unchanged"], counts["refused"]


async def kinds(world: World) -> list[str]:
    return [one.type.removeprefix("fr.maillage.directory.") for one in await world.harness.recorded()]
