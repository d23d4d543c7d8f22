"""Pages about the portal itself: accessibility, personal data, no patient data."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.visit import Anyone

router = APIRouter()


@router.get("/accessibilite")
async def accessibility(visit: Anyone) -> Response:
    """The accessibility statement."""
    return await visit.page("accessibility.html")


@router.get("/donnees-personnelles")
async def personal_data(visit: Anyone) -> Response:
    """What is kept about people, why, how long, and how to act on it."""
    return await visit.page("personal_data.html")


@router.get("/aucune-donnee-patient")
async def no_patient_data(visit: Anyone) -> Response:
    """Why no patient data may be written here."""
    return await visit.page("no_patient_data.html")
