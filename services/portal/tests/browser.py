"""A browser without JavaScript: follows redirects, keeps cookies, fills in the forms it was shown."""

import re
from html.parser import HTMLParser
from typing import Any, Self

import httpx
from fake_sign_in import GOOD_CODE
from fastapi import FastAPI

ORIGIN = "http://portal.test"


class _Forms(HTMLParser):
    """The forms of a page, with their present values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, Any]]] = []
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        if tag == "form":
            self.forms.append((at.get("action") or "", {}))
        elif self.forms and at.get("name") and tag == "input":
            boxes = at.get("type") in ("checkbox", "radio")
            if not boxes or "checked" in at:
                self._add(str(at["name"]), at.get("value") or "", many=boxes)
        elif self.forms and tag == "textarea":
            self._area = at.get("name")
            self._add(str(self._area), "")
        elif tag == "select":
            self._select = at.get("name")
        elif tag == "option" and self._select and self.forms:
            values = self.forms[-1][1]
            values[self._select] = at.get("value") or "" if "selected" in at else values.get(self._select, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1][1][self._area] += data

    def _add(self, name: str, value: str, many: bool = False) -> None:
        values = self.forms[-1][1]
        if many and name in values:
            values[name] = [*(values[name] if isinstance(values[name], list) else [values[name]]), value]
        else:
            values[name] = value


class Browser:
    """See the module."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.last: httpx.Response | None = None

    @classmethod
    def on(cls, app: FastAPI) -> Self:
        return cls(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN, follow_redirects=True)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def get(self, path: str, **options: Any) -> httpx.Response:
        self.last = await self.client.get(path, **options)
        return self.last

    async def submit(self, action: str, **changes: Any) -> httpx.Response:
        """Sends the form of the last page whose action is `action`, with some values changed."""
        assert self.last is not None
        forms = _Forms()
        forms.feed(self.last.text)
        values = next(values for found, values in forms.forms if found == action)
        headers = {"Origin": ORIGIN}
        self.last = await self.client.post(action, data={**values, **changes}, headers=headers)
        return self.last

    async def sign_in(self, email: str) -> httpx.Response:
        """Both steps of the sign-in."""
        await self.get("/connexion")
        await self.submit("/connexion", email=email)
        return await self.submit("/connexion/code", code=GOOD_CODE)

    @property
    def text(self) -> str:
        """The words of the last page, tags removed."""
        assert self.last is not None
        bare = re.sub(r"<(script|style).*?</\1>", " ", self.last.text, flags=re.S)
        return " ".join(re.sub(r"<[^>]+>", " ", bare).replace("&nbsp;", " ").replace("&#39;", "’").split())
