"""The portal's metrics, at an address like each service's: proxies keep `/api/…/metrics` inside."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import APIRouter, Request
from maillage.telemetry import Metrics
from maillage.telemetry.middleware import METHODS
from starlette.responses import Response

PATH = "/api/portal/v1/metrics"
UNCOUNTED = ("/livez", "/readyz", PATH)
router = APIRouter()


class PortalMetrics:
    """How often and how fast pages are answered, by the template of their path."""

    def __init__(self, region: str) -> None:
        self._metrics = Metrics("portal", region)

    def answered(self, scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
        """Counts one answer; an address that is no page's is counted as `unknown`."""
        if scope["path"] in UNCOUNTED:
            return
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = str(getattr(scope.get("route"), "path", "unknown"))
        self._metrics.observe_request(method, route, status, seconds)

    def render(self) -> tuple[bytes, str]:
        """The exposition text and its media type."""
        return self._metrics.render()


@router.get(PATH)
async def metrics(request: Request) -> Response:
    """For Prometheus."""
    text, media_type = request.app.state.house.metrics.render()
    return Response(text, media_type=media_type)
