"""What my region sends, to whom, since when; and what it receives. For administrators."""

from __future__ import annotations

from fastapi import Request
from maillage.auth import Admin
from maillage.http import Read, service_router

from .. import flows
from ..schemas import FlowsOut

router = service_router(tags=["flows"])


@router.get("/flows")
async def read_flows(request: Request, _: Admin, session: Read) -> FlowsOut:
    """The public types, the regions that copy them and since when, and what comes from whom."""
    return await flows.flows(session, request.app.state.service.settings)
