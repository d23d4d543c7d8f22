"""One walk over everything the house shows, as each viewer; what it finds is judged by several tests."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
from maillage.trust import trusted

from tests.security.leaks.marks import Mark
from tests.security.leaks.reach import Viewer, leaked_traits, leaks, viewers
from tests.security.leaks.routes import api_routes, calls, page_routes, read
from tests.security.leaks.story import Story

PATIENT = httpx.Timeout(120)


@dataclass
class Seen:
    """One answer: who asked for what, and what of the story it shows."""

    viewer: Viewer
    template: str
    path: str
    status: int
    headers: httpx.Headers
    marks: set[Mark]
    leaks: list[str]
    calendar: list[str] = field(default_factory=list)

    @property
    def page(self) -> bool:
        """Whether it is a whole page of the portal."""
        return not self.template.startswith("/api/") and "text/html" in self.headers.get("content-type", "")


def crawl(story: Story) -> list[Seen]:
    """Ask every route as every viewer, for a few things of each kind."""
    chance = random.Random(story.seed)
    found = []
    for viewer in viewers(story):
        headers = {"Authorization": f"Bearer {viewer.token}"} if viewer.token else {}
        with httpx.Client(
            base_url=story.house.url, headers=headers, verify=trusted(), timeout=PATIENT
        ) as client:
            found += list(_asked(story, viewer, client, api_routes(story), chance))
        if viewer.pages:
            with story.house.browser(viewer.token) as client:
                found += list(_asked(story, viewer, client, page_routes(story), chance))
    return found


def _asked(
    story: Story, viewer: Viewer, client: httpx.Client, templates: list[str], chance: random.Random
) -> Iterator[Seen]:
    for template in templates:
        for path in calls(story, template, chance):
            status, headers, body = read(client, path)
            everything = f"{headers}\n{body}"
            wrong = leaks(everything, viewer, story) + leaked_traits(body, viewer, story)
            marks = story.marks.found_in(body)
            seen = Seen(viewer, template, path, status, headers, marks, wrong)
            if "text/calendar" in headers.get("content-type", ""):
                seen.calendar = [
                    line
                    for line in body.replace("\r\n ", "").split("\r\n")
                    if line.endswith(":VEVENT") and line.count(":") == 1
                ]
            yield seen
