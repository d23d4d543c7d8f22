"""The language a browser has chosen, kept in a cookie of its own."""

from starlette.responses import Response

from maillage_portal.i18n import LOCALES
from maillage_portal.visit import LANGUAGE_COOKIE, Visit

_YEAR = 365 * 24 * 3600


async def adopt_language(visit: Visit, response: Response) -> None:
    """The account's language, unless this browser has already chosen one."""
    me = await visit.me()
    language = (me or {}).get("language")
    if LANGUAGE_COOKIE not in visit.request.cookies and language in LOCALES:
        keep_language(visit, response, str(language))


def keep_language(visit: Visit, response: Response, language: str) -> None:
    """Keeps `language` in this browser for a year."""
    secure = visit.house.settings.secure
    response.set_cookie(LANGUAGE_COOKIE, language, _YEAR, samesite="lax", httponly=True, secure=secure)
