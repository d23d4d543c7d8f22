"""the version of what was told whole, apart from that of an end.

Who was heard of first by an end has been told nothing whole yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.add_column("person", sa.Column("whole_sequence", sa.BigInteger(), nullable=True))
    op.execute("UPDATE person SET whole_sequence = 0 WHERE status = 'left' AND first_name IS NULL")


def downgrade() -> None:
    op.drop_column("person", "whole_sequence")
