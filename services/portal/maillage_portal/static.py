"""Serves the built files, already compressed, under names that never change their content."""

import mimetypes

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from maillage_portal.assets import DIST

router = APIRouter()
_FOREVER = "public, max-age=31536000, immutable"
mimetypes.add_type("font/woff2", ".woff2")


@router.get("/static/{name}")
async def static_file(name: str, request: Request) -> Response:
    """A built file, in the best encoding the browser takes."""
    path = DIST / name
    if path.parent != DIST or name.startswith(".") or not path.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    accepted = request.headers.get("accept-encoding", "")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = DIST / (name + suffix)
        if coding in accepted and packed.is_file():
            return FileResponse(packed, media_type=kind, headers={**headers, "Content-Encoding": coding})
    return FileResponse(path, media_type=kind, headers=headers)


@router.get("/robots.txt")
async def robots() -> Response:
    """People's pages are not for search engines."""
    pages = ("/coordonnateurs/", "/annuaire", "/groupes/", "/connexion", "/animer")
    return PlainTextResponse("User-agent: *\n" + "".join(f"Disallow: {page}\n" for page in pages))
