"""what is unread, apart from all that was ever told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
phase = "expand"

UNREAD = sa.text("read_at IS NULL AND number IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_message_unread",
        "message",
        ["recipient_id", "read_at", "number"],
        sqlite_where=UNREAD,
        postgresql_where=UNREAD,
    )


def downgrade() -> None:
    op.drop_index("ix_message_unread", "message")
