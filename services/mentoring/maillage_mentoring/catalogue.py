"""The data files of this service, read once: labels of the vocabulary, weights, steps of the pathway.

They are data because the field's missions, terms and habits change without a release of the software.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal

Language = Literal["fr", "en"]
Vocabulary = Literal["challenges", "skills", "territory_types"]


@dataclass(frozen=True)
class Step:
    """One step of the pathway. `day` counts from the first day in post; no `trigger` means done by hand."""

    slug: str
    day: int
    trigger: str | None
    title: dict[str, str]
    description: dict[str, str]

    @property
    def how(self) -> Literal["auto", "manual"]:
        return "auto" if self.trigger else "manual"


@dataclass(frozen=True)
class PathwayPlan:
    """The whole pathway, its steps in order."""

    total_days: int
    steps: tuple[Step, ...]

    def step(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)


@dataclass(frozen=True)
class Weights:
    """Points per criterion and the scales of the measures."""

    points: dict[str, float]
    scale: dict[str, float]

    @cached_property
    def best(self) -> float:
        """The best possible score: every point."""
        return sum(self.points.values())


def _text(name: str) -> str:
    return (files("maillage_mentoring") / "data" / name).read_text(encoding="utf-8")


@cache
def pathway_plan() -> PathwayPlan:
    """The steps of `data/pathway.toml`."""
    raw = tomllib.loads(_text("pathway.toml"))
    steps = tuple(
        Step(s["slug"], s["day"], s.get("trigger"), s["title"], s["description"]) for s in raw["step"]
    )
    return PathwayPlan(raw["total_days"], steps)


@cache
def weights() -> Weights:
    """The weights of `data/weights.toml`."""
    raw = tomllib.loads(_text("weights.toml"))
    return Weights(raw["points"], raw["scale"])


@cache
def _labels() -> dict[str, dict[str, dict[str, str]]]:
    loaded: dict[str, Any] = json.loads(_text("labels.json"))
    return loaded


def label(vocabulary: Vocabulary, slug: str, language: Language) -> str:
    """The words for a term, as they stand within a sentence; a term unknown here is shown from its slug."""
    entry = _labels()[vocabulary].get(slug)
    if entry is None:
        return slug.replace("-", " ")
    words = entry[language]
    acronym = len(words) > 1 and words[1].isupper()
    return words if acronym else words[:1].lower() + words[1:]
