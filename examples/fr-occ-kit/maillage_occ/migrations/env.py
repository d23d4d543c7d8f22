"""Alembic's entry: the tables this service's migrations lead to."""

from maillage.db.migrate import run_env

from maillage_occ.model import Base

run_env(Base.metadata)
