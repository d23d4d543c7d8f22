"""which sign-ins were closed lately."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
phase = "expand"  # adds only; one that takes away: "contract", with follows = "…" (docs/upgrade.md)


def upgrade() -> None:
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_session_revoked_at"), ["revoked_at"])


def downgrade() -> None:
    with op.batch_alter_table("sign_in_session") as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_session_revoked_at"))
