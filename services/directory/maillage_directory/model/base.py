"""The directory's declarative base, apart so that every table module can import it."""

from maillage import clock
from maillage.db import ServiceBase, Versioned
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import flag_modified


class Base(ServiceBase, DeclarativeBase):
    """The directory's tables, with the kit's beside them."""


def touch(*rows: Versioned) -> None:
    """Gives the rows a new version at the next flush, also when only something that hangs on them changes."""
    for row in rows:
        row.updated_at = clock.now()
        flag_modified(row, "updated_at")
