"""The declarative base of this service's tables."""

from maillage.db import ServiceBase
from sqlalchemy.orm import DeclarativeBase


class Base(ServiceBase, DeclarativeBase):
    """The tables of the events service, and the kit's beside them."""
