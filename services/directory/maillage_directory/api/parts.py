"""What several routers ask of a request."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import BackgroundTasks, Depends, Query, Request
from maillage import clock
from maillage.auth import Maybe
from maillage.http import language_of, settings_of
from pydantic_core import to_json
from starlette.responses import Response

from maillage_directory.auth import Letter, mail_letter
from maillage_directory.queries.filters import DEFAULT_RADIUS_KM, Filters
from maillage_directory.reach import Viewer, viewer
from maillage_directory.settings import DirectorySettings
from maillage_directory.sheets import MEDIA_TYPES, Form, write_table

Stance = Literal["offers", "seeks", "working", "solved", "can_help"]


def looking(request: Request, caller: Maybe) -> Viewer:
    """Who is looking, for the reach policy."""
    return viewer(caller, settings_of(request).region)


def directory_settings(request: Request) -> DirectorySettings:
    """The directory's own settings."""
    settings: DirectorySettings = settings_of(request)
    return settings


Looking = Annotated[Viewer, Depends(looking)]
Settings = Annotated[DirectorySettings, Depends(directory_settings)]
Language = Annotated[str, Depends(language_of)]

Q = Annotated[str | None, Query(max_length=200, description="words of a name, commune or challenge")]
Slug = Annotated[str | None, Query(max_length=80)]
Department = Annotated[str | None, Query(pattern=r"^(\d{2,3}|2[AB])$")]
Near = Annotated[str | None, Query(max_length=60, description="INSEE code, or latitude,longitude")]
Radius = Annotated[float, Query(gt=0, le=1000)]


async def cpts_filters(
    q: Q = None,
    challenge: Slug = None,
    skill: Slug = None,
    stance: Stance | None = None,
    department: Department = None,
    territory_type: Slug = None,
    status: Slug = None,
    vacant: bool | None = None,
    near: Near = None,
    radius_km: Radius = DEFAULT_RADIUS_KM,
) -> Filters:
    """The filters of CPTS list and map."""
    return Filters(q, challenge, skill, stance, department, territory_type, status, vacant, near, radius_km)


async def coordinator_filters(
    q: Q = None,
    challenge: Slug = None,
    skill: Slug = None,
    stance: Stance | None = None,
    department: Department = None,
    territory_type: Slug = None,
    status: Literal["active", "left"] | None = None,
    near: Near = None,
    radius_km: Radius = DEFAULT_RADIUS_KM,
) -> Filters:
    """The filters of the list of coordinators."""
    return Filters(q, challenge, skill, stance, department, territory_type, status, None, near, radius_km)


CptsFilters = Annotated[Filters, Depends(cpts_filters)]
CoordinatorFilters = Annotated[Filters, Depends(coordinator_filters)]


def mail_after(
    after: BackgroundTasks, request: Request, settings: DirectorySettings, letters: Sequence[Letter]
) -> None:
    """Sends these mails once the answer is out, hence after the commit; a refused request sends none."""
    for letter in letters:
        after.add_task(mail_letter, request.app.state.service.mailer, letter, settings.public_url)


def json_with_tag(request: Request, document: Any, media_type: str, max_age: int = 0) -> Response:
    """A JSON answer tagged by its content, or 304 when the caller holds it already.

    What is shown depends on who asks, so a shared cache keeps none of it.
    """
    body = to_json(document)
    headers = private(f'"{hashlib.sha256(body).hexdigest()[:24]}"', max_age)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def private(tag: str, max_age: int = 0) -> dict[str, str]:
    """The headers of what depends on who asks, so that no shared cache keeps it."""
    return {
        "ETag": tag,
        "Cache-Control": f"private, max-age={max_age}" if max_age else "private, no-cache",
        "Vary": "Authorization, Accept-Language",
    }


async def table_file(name: str, form: Form, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Response:
    """A table as a file to keep, named by what it holds and the day; no cache keeps it."""
    content = await asyncio.to_thread(write_table, form, titles, rows, name)
    headers = {
        "Content-Disposition": f'attachment; filename="maillage-{name}-{clock.today().isoformat()}.{form}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
