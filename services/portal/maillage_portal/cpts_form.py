"""The CPTS form read into what the directory takes, and a CPTS laid out as the form shows it."""

import re

from starlette.datastructures import FormData

from maillage_portal.forms import text, texts
from maillage_portal.people import Json
from maillage_portal.seminar_form import number

SHARED = "*"
"""Stands after the code of a commune that another CPTS shares, as in a region's own lists."""
CODES_A_LINE = 8
ENDED = ("fermee", "fusionnee")
"""States that closing gives; the form does not offer them."""


def communes_text(communes: list[Json]) -> str:
    """The communes as typed: `06088* 06149 …`, a few codes a line."""
    codes = [one["insee"] + (SHARED if one["shared"] else "") for one in communes]
    lines = [codes[at : at + CODES_A_LINE] for at in range(0, len(codes), CODES_A_LINE)]
    return "\n".join(" ".join(line) for line in lines)


def communes_of(form: FormData) -> list[Json]:
    """The codes as typed, each once: the mark of a code written twice counts from either."""
    found: dict[str, bool] = {}
    # A star apart from its code still belongs to it. Tried from the first blank only: else many blanks would
    # cost their number squared.
    typed = re.sub(r"(?<!\s)\s+\*", SHARED, text(form, "communes") or "")
    for word in re.split(r"[\s,;]+", typed):
        if code := word.rstrip(SHARED).upper():
            found[code] = found.get(code, False) or word.endswith(SHARED)
    return [{"insee": code, "shared": shared} for code, shared in found.items()]


def cpts_body(form: FormData, present: Json | None = None) -> Json:
    """The CPTS as typed; of one that is `present`, its number of inhabitants only when it was changed.

    The directory counts the inhabitants itself when the territory changes, unless it is told their number: it
    is told again where it could not count, among shared communes.
    Places outside the region keep the name that the directory has for them.
    """
    names = {one["insee"]: one["name"] for one in (present or {}).get("communes", [])}
    body: Json = {
        "name": text(form, "name") or "",
        "aliases": [line.strip() for line in (text(form, "aliases") or "").splitlines() if line.strip()],
        "status": text(form, "status"),
        "communes": [
            one | ({"name": names[one["insee"]]} if one["insee"] in names else {})
            for one in communes_of(form)
        ],
        "challenges": texts(form, "challenges"),
        "territory_types": _in_order(texts(form, "territory_types"), present),
    }
    people = number("".join((text(form, "population") or "").split()) or None)
    known = (present or {}).get("population")
    cannot_count = any(one["shared"] for one in body["communes"]) and _marks(body) != _marks(present or {})
    if people != known or (people is not None and cannot_count):
        body["population"] = people
    return body


def wrong_communes(pointers: list[str], body: Json) -> list[str]:
    """The codes that a refusal points at: `/communes/3/insee` is the fourth."""
    found = [re.search(r"/communes/(\d+)", pointer) for pointer in pointers]
    sent = body["communes"]
    wrong = [sent[at]["insee"] for hit in found if hit and (at := int(hit[1])) < len(sent)]
    return list(dict.fromkeys(wrong))


def _marks(cpts: Json) -> set[tuple[str, bool]]:
    return {(one["insee"], one["shared"]) for one in cpts.get("communes", [])}


def _in_order(ticked: list[str], present: Json | None) -> list[str]:
    """The principal type comes first and boxes have no order: what was there keeps its place."""
    kept = [slug for slug in (present or {}).get("territory_types", []) if slug in ticked]
    return kept + [slug for slug in ticked if slug not in kept]
