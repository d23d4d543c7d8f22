"""What the catalogue is told from outside, beside the settings common to all services."""

from __future__ import annotations

from maillage.settings import ServiceSettings
from pydantic import Field


class CatalogueSettings(ServiceSettings):
    """How often it looks, and where it may ask for documents that are not in its package."""

    catalogue_poll_seconds: float = Field(1.0, gt=0, description="How often the streams are looked at")
    catalogue_readers_seconds: float = Field(
        15.0, gt=0, description="How often the bus is asked who reads what, and how the links are"
    )
    catalogue_monitor_url: str = Field(
        "",
        description="The bus's monitoring, `http://…:8222`, of every server with commas: tells who copies us",
    )
    catalogue_documents: list[str] = Field(
        default_factory=list,
        description="Addresses of AsyncAPI documents to add: newer services, or another region's",
    )
    catalogue_documents_seconds: float = Field(
        600.0, gt=0, description="How often those documents are fetched again"
    )
    catalogue_heartbeat_seconds: float = Field(
        15.0, gt=0, description="Silence after which the live events say they live"
    )
