"""Loading the demo region: as part of `maillage up`, or by `maillage demo` into a house that runs."""

import json

import httpx
from maillage import clock
from maillage.trust import trusted
from maillage_directory.settings import DirectorySettings

from maillage_embedded.demo.caller import Caller
from maillage_embedded.demo.load import Loader, Tell
from maillage_embedded.plan import Plan
from maillage_embedded.progress import Progress
from maillage_embedded.token import make_token, settings_of_house

OPERATOR = "admin@maillage.example"
MARK = "demo.json"


async def load_demo_once(plan: Plan, progress: Progress) -> None:
    """Load the demo region unless this folder has it, or was used without it."""
    mark = plan.home.root / MARK
    if mark.exists():
        return
    progress.starting("demo")
    await load_demo(settings_of_house(plan.home), plan.url, progress.detail)
    mark.write_text(json.dumps({"loaded_at": clock.now().isoformat()}), encoding="utf-8")


async def load_demo(settings: DirectorySettings, url: str, tell: Tell) -> None:
    """Load what is missing of the demo region into the house at `url`, as its operator.

    `settings`: the directory's, whose keys sign the operator's token.
    """
    token = await make_token(settings, OPERATOR, "admin")
    base = url.replace("localhost", "127.0.0.1")
    async with httpx.AsyncClient(base_url=base, verify=trusted(), timeout=30, trust_env=False) as client:
        await Loader(Caller(client, token), clock.today(), tell).run()
