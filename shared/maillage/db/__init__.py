"""The database of a service: base class and types of its tables, transactions, migrations."""

from maillage.db.at_once import AtOnce, NotAtOnce
from maillage.db.base import KitTables, ServiceBase, Versioned, make_base
from maillage.db.engine import Database
from maillage.db.in_one import ONE, FromGuard, Guard, Look, Values, not_at_it_elsewhere
from maillage.db.locks import lock_row
from maillage.db.many import among, inserting, listed
from maillage.db.migrate import drift, migrate
from maillage.db.refusals import refuses_value
from maillage.db.types import Json, UTCDateTime, Uuid

__all__ = [
    "ONE",
    "AtOnce",
    "Database",
    "FromGuard",
    "Guard",
    "Json",
    "KitTables",
    "Look",
    "NotAtOnce",
    "ServiceBase",
    "UTCDateTime",
    "Uuid",
    "Values",
    "Versioned",
    "among",
    "drift",
    "inserting",
    "listed",
    "lock_row",
    "make_base",
    "migrate",
    "not_at_it_elsewhere",
    "refuses_value",
]
