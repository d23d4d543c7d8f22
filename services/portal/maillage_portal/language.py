"""The language a browser has chosen, kept in a cookie of its own."""

from starlette.responses import Response

from maillage_portal.i18n import LOCALES
from maillage_portal.visit import Visit

_YEAR = 365 * 24 * 3600


async def adopt_language(visit: Visit, response: Response) -> None:
    """The account's language, unless this browser has already chosen one."""
    me = await visit.me()
    language = (me or {}).get("language")
    if visit.language_cookie not in visit.request.cookies and language in LOCALES:
        keep_language(visit, response, str(language))


def keep_language(visit: Visit, response: Response, language: str) -> None:
    """Keeps `language` in this browser for a year."""
    secure = visit.house.settings.secure
    response.set_cookie(visit.language_cookie, language, _YEAR, samesite="lax", httponly=True, secure=secure)
