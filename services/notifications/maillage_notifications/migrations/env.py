"""Alembic's entry: the tables this service's migrations lead to."""

from maillage_notifications.model import Base

from maillage.db.migrate import run_env

run_env(Base.metadata)
