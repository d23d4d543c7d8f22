"""The database of a service: base class and types of its tables, transactions, migrations."""

from maillage.db.base import KitTables, ServiceBase, Versioned, make_base
from maillage.db.engine import Database
from maillage.db.locks import lock_row
from maillage.db.migrate import drift, migrate
from maillage.db.types import Json, UTCDateTime, Uuid

__all__ = [
    "Database",
    "Json",
    "KitTables",
    "ServiceBase",
    "UTCDateTime",
    "Uuid",
    "Versioned",
    "drift",
    "lock_row",
    "make_base",
    "migrate",
]
