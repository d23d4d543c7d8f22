"""when the tokens of an account were ended."""

import sqlalchemy as sa
from alembic import op
from maillage.db import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
phase = "expand"  # adds only; one that takes away: "contract", with follows = "…" (docs/upgrade.md)


def upgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("tokens_ended_at", UTCDateTime(), nullable=True))
        batch_op.create_index(batch_op.f("ix_account_tokens_ended_at"), ["tokens_ended_at"])


def downgrade() -> None:
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_tokens_ended_at"))
        batch_op.drop_column("tokens_ended_at")
