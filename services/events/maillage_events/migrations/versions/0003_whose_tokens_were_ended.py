"""whose tokens were ended."""

import sqlalchemy as sa
from alembic import op
from maillage.db import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_table(
        "ended_tokens",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_ended_tokens")),
    )
    op.create_index(op.f("ix_ended_tokens_ended_at"), "ended_tokens", ["ended_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ended_tokens_ended_at"), "ended_tokens")
    op.drop_table("ended_tokens")
