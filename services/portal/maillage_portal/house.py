"""What lives as long as the portal: settings, HTTP client, templates, and facts that hardly change."""

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from maillage_portal.atlas import Atlas, atlases
from maillage_portal.errors import ApiProblem
from maillage_portal.i18n import typographic
from maillage_portal.kept import Kept
from maillage_portal.listed import Listed, lists
from maillage_portal.metrics import PortalMetrics
from maillage_portal.people import Json
from maillage_portal.region import Ground
from maillage_portal.rendering import Renderer
from maillage_portal.session import SessionCookies
from maillage_portal.settings import PortalSettings

if TYPE_CHECKING:
    from maillage_portal.api import Api
    from maillage_portal.visit import Refresher

VOCABULARY_SECONDS = 300


@dataclass
class House:
    """Shared by all visits; kept on `app.state.house`."""

    settings: PortalSettings
    http: httpx.AsyncClient
    cookies: SessionCookies
    renderer: Renderer
    refresher: "Refresher"
    metrics: PortalMetrics
    atlases: Kept[Atlas] = field(default_factory=atlases)
    lists: Kept[Listed] = field(default_factory=lists)
    _grounds: dict[tuple[int, bool], tuple[Any, Ground]] = field(default_factory=dict)
    _vocabulary: "Vocabulary | None" = None
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict)

    async def vocabulary(self, api: "Api") -> "Vocabulary":
        """The field's terms, asked again every five minutes."""
        data = await self._keep(api, "/vocabulary")
        if self._vocabulary is None or not self._vocabulary.is_of(data):
            self._vocabulary = Vocabulary(data)
        return self._vocabulary

    async def listed(self, api: "Api", asked: Json) -> tuple[Listed, Atlas]:
        """The people of a list, and the map that the same visitor is shown: one call while that is held."""
        listed = await self.lists.ask(api, asked)
        return listed, self.atlases.held(listed.map_tag) or await self.atlases.ask(api, {})

    async def outline(self, api: "Api") -> Any:
        """The region's departments as GeoJSON."""
        return await self._keep(api, "/outline.geojson")

    async def country(self, api: "Api") -> Any:
        """The regions of the country as GeoJSON."""
        return await self._keep(api, "/outline.geojson", scope="national")

    async def ground(self, api: "Api", width: int, *, national: bool = False) -> Ground:
        """The same outlines as pictures have them, projected once."""
        outline = await (self.country if national else self.outline)(api)
        known = self._grounds.get((width, national))
        if known is None or known[0] is not outline:
            known = self._grounds[width, national] = outline, Ground.of(outline, width)
        return known[1]

    async def ways_in(self, api: "Api") -> dict[str, Any]:
        """How people may sign in; the code by e-mail while the directory does not say."""
        try:
            found: dict[str, Any] = await self._keep(api, "/auth/methods")
        except ApiProblem:
            return {"code": True, "provider": None}
        return found

    async def _keep(self, api: "Api", path: str, **params: str) -> Any:
        key = str(httpx.URL(path, params=params))
        known = self._kept.get(key)
        if known and known[0] > time.monotonic():
            return known[1]
        fresh = await api.get("directory", path, **params)
        self._kept[key] = (time.monotonic() + VOCABULARY_SECONDS, fresh)
        return fresh


class Vocabulary:
    """Labels of slugs, and lists for choices."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data
        self._written: dict[tuple[str, str], dict[str, str]] = {}
        self._by_slug = {
            kind: {term["slug"]: term for term in terms}
            for kind, terms in data.items()
            if isinstance(terms, list)
        }

    def is_of(self, data: dict[str, Any]) -> bool:
        """Whether these are the terms that it was made of."""
        return self._data is data

    def terms(self, kind: str) -> list[dict[str, Any]]:
        """The terms of `challenges`, `skills`, `tracks`, `territory_types`, `aci_missions` or `statuses`."""
        return list(self._data.get(kind, []))

    def label(self, kind: str, slug: str, locale: str) -> str:
        """The term in the visitor's language; the slug itself when it is unknown here."""
        return self._labels(kind, locale).get(slug, slug)

    def options(self, kind: str, locale: str) -> list[tuple[str, str]]:
        """(slug, label) pairs of a kind, for a choice."""
        labels = self._labels(kind, locale)
        return [(term["slug"], labels[term["slug"]]) for term in self.terms(kind)]

    def _labels(self, kind: str, locale: str) -> dict[str, str]:
        if (kind, locale) not in self._written:
            known = self._by_slug.get(kind, {})
            self._written[kind, locale] = {slug: _words(term, locale) for slug, term in known.items()}
        return self._written[kind, locale]

    def definition(self, kind: str, slug: str, locale: str) -> str:
        """The term's definition, which the field has written in French only; empty in English."""
        term = self._by_slug.get(kind, {}).get(slug) or {}
        return typographic(str(term.get("definition") or "")) if locale == "fr" else ""


def _words(term: dict[str, Any], locale: str) -> str:
    words = str(term.get(locale) or term["fr"])
    return typographic(words) if locale == "fr" else words
