"""The pace of whole platforms, and an index of what is due outside of any community."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "5b8e13d7a940"
down_revision: str | None = "7d20c9f4e6a1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table and an index."""
    op.create_table(
        "platform_pace",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("paced_until", types.UtcDateTime()),
        sa.PrimaryKeyConstraint("platform", name="pk_platform_pace"),
    )
    due_apart = sa.text("state = 'due' AND community_id IS NULL")
    op.create_index(
        "ix_delivery_ready_apart",
        "delivery",
        ["programme_id", "act_at"],
        sqlite_where=due_apart,
        postgresql_where=due_apart,
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_delivery_ready_apart", table_name="delivery")
    op.drop_table("platform_pace")
