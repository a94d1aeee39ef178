"""When something was last sent on each platform, and drafts, without a look through all rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "e6714b0c92fa"
down_revision: str | None = "91f3c5d07b2e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table and an index."""
    op.create_table(
        "platform_success",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("sent_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name="pk_platform_success"),
    )
    op.create_index(
        "ix_reflection_drafts",
        "reflection",
        ["last_said_at"],
        sqlite_where=sa.text("kept IS 0"),
        postgresql_where=sa.text("kept IS false"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_reflection_drafts", table_name="reflection")
    op.drop_table("platform_success")
