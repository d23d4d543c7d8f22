"""who was erased lately."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_index(op.f("ix_erasure_erased_at"), "erasure", ["erased_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasure_erased_at"), "erasure")
