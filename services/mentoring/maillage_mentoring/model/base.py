"""The declarative base of this service's tables."""

from maillage.db import ServiceBase
from sqlalchemy.orm import DeclarativeBase


class Base(ServiceBase, DeclarativeBase):
    """Mentoring's tables, beside the kit's own."""
