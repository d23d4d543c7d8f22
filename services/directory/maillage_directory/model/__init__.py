"""The directory's tables, with the rules that belong to them."""

from maillage_directory.model.account import (
    Account,
    CodeRequest,
    EmailChange,
    LinkedIdentity,
    SignInCode,
    SignInSession,
)
from maillage_directory.model.api_key import ApiKey, ApiKeySecret
from maillage_directory.model.base import Base
from maillage_directory.model.coordinator import Coordinator, CoordinatorChallenge, CoordinatorSkill
from maillage_directory.model.cpts import Cpts, CptsChallenge, CptsCommune, CptsDepartment, CptsTerritoryType
from maillage_directory.model.erasure import Erasure, ErasureAbroad, ErasureConfirmation
from maillage_directory.model.imports import ImportFile, ImportLine
from maillage_directory.model.neighbour import Neighbour, NeighbourErasure
from maillage_directory.model.position import Position
from maillage_directory.model.presentation import Presentation

__all__ = [
    "Account",
    "ApiKey",
    "ApiKeySecret",
    "Base",
    "CodeRequest",
    "Coordinator",
    "CoordinatorChallenge",
    "CoordinatorSkill",
    "Cpts",
    "CptsChallenge",
    "CptsCommune",
    "CptsDepartment",
    "CptsTerritoryType",
    "EmailChange",
    "Erasure",
    "ErasureAbroad",
    "ErasureConfirmation",
    "ImportFile",
    "ImportLine",
    "LinkedIdentity",
    "Neighbour",
    "NeighbourErasure",
    "Position",
    "Presentation",
    "SignInCode",
    "SignInSession",
]
