"""A house answers to its own names, and to no other that was made to lead to it (DNS rebinding)."""

from pathlib import Path

import httpx
import pytest
from maillage_embedded.home import Home
from maillage_embedded.named import Named
from maillage_embedded.plan import Plan
from starlette.responses import PlainTextResponse


async def asked_for(host: str, path: Path) -> httpx.Response:
    house = Named(PlainTextResponse("a sign-in code"), Plan(Home(path), "127.0.0.1", 8000))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(house)) as client:
        return await client.get("http://x/boite-aux-lettres", headers={"Host": host})


@pytest.fixture(autouse=True)
def called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_PUBLIC_URL", "https://Maillage.exemple.fr:8443/")
    monkeypatch.setattr("socket.gethostname", lambda: "Bureau.exemple.fr")


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8000",
        "LOCALHOST.",
        "127.0.0.1",
        "192.0.2.7:8000",
        "[::1]:8000",
        "maillage.exemple.fr",
        "bureau.exemple.fr:8000",
        "bureau.local",
    ],
)
async def test_to_its_own_names_and_to_addresses_in_figures_it_answers(host: str, tmp_path: Path) -> None:
    assert (await asked_for(host, tmp_path)).text == "a sign-in code"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example/localhost",
        "0x7f000001",
        "2130706433.evil.example",
        "[::1",
        "",
    ],
)
async def test_to_another_sites_name_it_tells_nothing(host: str, tmp_path: Path) -> None:
    answer = await asked_for(host, tmp_path)
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown-host")
    assert "code" not in answer.text.replace('"code"', "")
    assert answer.headers["cache-control"] == "no-store"
