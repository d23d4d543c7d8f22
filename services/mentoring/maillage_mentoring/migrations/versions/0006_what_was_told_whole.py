"""the version of what was told whole, apart from that of an end.

Who was heard of first by an end has been told nothing whole yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.add_column("coordinator", sa.Column("whole_sequence", sa.BigInteger(), nullable=True))
    op.add_column("cpts", sa.Column("whole_sequence", sa.BigInteger(), nullable=True))
    op.execute("UPDATE coordinator SET whole_sequence = 0 WHERE status = 'left' AND first_name IS NULL")
    op.execute("UPDATE cpts SET whole_sequence = 0 WHERE status = 'closed' AND name = ''")


def downgrade() -> None:
    op.drop_column("cpts", "whole_sequence")
    op.drop_column("coordinator", "whole_sequence")
