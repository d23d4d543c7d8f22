"""The directory's declarative base, apart so that every table module can import it."""

from maillage.db import ServiceBase
from sqlalchemy.orm import DeclarativeBase


class Base(ServiceBase, DeclarativeBase):
    """The directory's tables, with the kit's beside them."""
