"""who was erased lately."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_index(op.f("ix_erasure_confirmation_erased_at"), "erasure_confirmation", ["erased_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasure_confirmation_erased_at"), "erasure_confirmation")
