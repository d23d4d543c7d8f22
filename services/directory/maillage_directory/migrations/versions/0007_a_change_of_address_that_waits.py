"""a change of address that waits for its code."""

import sqlalchemy as sa
from alembic import op
from maillage.db import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
phase = "expand"  # adds only; one that takes away: "contract", with follows = "…" (docs/upgrade.md)


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["account.id"], name=op.f("fk_email_change_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
    )


def downgrade() -> None:
    op.drop_table("email_change")
