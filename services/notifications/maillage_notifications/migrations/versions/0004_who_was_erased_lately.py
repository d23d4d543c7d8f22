"""who was erased lately."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_index(op.f("ix_erased_erased_at"), "erased", ["erased_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erased_erased_at"), "erased")
