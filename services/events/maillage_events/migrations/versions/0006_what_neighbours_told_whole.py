"""the latest word on the facts of another region's seminar, apart from that of its end.

Of one that has facts it is taken to be the latest word of all.
"""

import sqlalchemy as sa
from alembic import op
from maillage.db.types import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.add_column("neighbour_seminar", sa.Column("whole_told", sa.BigInteger(), nullable=True))
    op.add_column("neighbour_seminar", sa.Column("whole_told_at", UTCDateTime(), nullable=True))
    op.execute("UPDATE neighbour_seminar SET whole_told = told, whole_told_at = told_at WHERE title <> ''")


def downgrade() -> None:
    op.drop_column("neighbour_seminar", "whole_told_at")
    op.drop_column("neighbour_seminar", "whole_told")
