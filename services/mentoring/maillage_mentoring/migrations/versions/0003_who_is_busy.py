"""who is busy: the mentorships and proposals of now, apart from those of all years."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    op.create_index("ix_mentorship_status_mentor_id", "mentorship", ["status", "mentor_id"])
    op.create_index("ix_proposal_status_mentor_id", "proposal", ["status", "mentor_id"])


def downgrade() -> None:
    op.drop_index("ix_proposal_status_mentor_id", "proposal")
    op.drop_index("ix_mentorship_status_mentor_id", "mentorship")
