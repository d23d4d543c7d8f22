"""The declarative base of this service: its tables and the kit's."""

from __future__ import annotations

from maillage.db import ServiceBase
from sqlalchemy.orm import DeclarativeBase


class Base(ServiceBase, DeclarativeBase):
    """The notifications' tables."""
