"""presences kept one by one, so that one can be withdrawn."""

import sqlalchemy as sa
from alembic import op
from maillage.db import Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    with op.batch_alter_table("seminar_seat", schema=None) as batch_op:
        batch_op.add_column(sa.Column("presences", Json, server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("seminar_seat", schema=None) as batch_op:
        batch_op.drop_column("presences")
