"""Loading the demo region as part of `maillage up`."""

from maillage_embedded.house import Plan
from maillage_embedded.progress import Progress


async def load_demo_once(plan: Plan, progress: Progress) -> None:
    """Load the demo region into the running house."""
