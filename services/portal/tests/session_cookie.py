"""The cookie of a browser under test, read and written as the portal does it."""

from browser import Browser
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings

EMAIL = "camille.roux@exemple.fr"


def cookie_of(browser: Browser, settings: PortalSettings) -> Session | None:
    return SessionCookies(settings).read(dict(browser.client.cookies))


def put_session(browser: Browser, settings: PortalSettings, session: Session) -> None:
    value = SessionCookies(settings).write(session).split("=", 1)[1].split(";")[0]
    browser.client.cookies.set("maillage", value, domain="portal.test", path="/")
