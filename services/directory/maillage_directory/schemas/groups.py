"""Groups by challenge, and peers with their reasons."""

from __future__ import annotations

from pydantic import BaseModel, Field

from maillage_directory.schemas.coordinator import CoordinatorOut
from maillage_directory.schemas.cpts import CptsOut
from maillage_directory.schemas.neighbours import NeighbourOut


class GroupSummary(BaseModel):
    """A challenge and how many share it, among those open to who is asking."""

    challenge: str
    label: str
    coordinators: int
    cpts: int
    neighbours: int = Field(description="people of other regions, beside `coordinators`")


class GroupList(BaseModel):
    """All groups, also those without a member yet."""

    items: list[GroupSummary]


class Group(BaseModel):
    """Who shares a challenge, those who can help first."""

    challenge: str
    label: str
    definition: str | None
    coordinators: list[CoordinatorOut]
    cpts: list[CptsOut]
    neighbours: list[NeighbourOut] = Field(description="people of other regions")


class Reason(BaseModel):
    """Why somebody is, or is not quite, in a similar situation; `weight` is its part of the score."""

    code: str
    text: str
    weight: float


class Peer(BaseModel):
    """A coordinator in a similar situation."""

    coordinator: CoordinatorOut
    cpts: CptsOut
    distance_km: int | None
    score: float = Field(description="sum of the weights of all reasons, for and against")
    reasons: list[Reason]
    against: list[Reason]


class PeerList(BaseModel):
    """Peers, the most similar first; nobody without a reason."""

    items: list[Peer]
