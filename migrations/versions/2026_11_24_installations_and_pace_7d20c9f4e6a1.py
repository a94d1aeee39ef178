"""Installations, waits, presence, and the pace of communities."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "7d20c9f4e6a1"
down_revision: str | None = "c41a7e9b20d5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add three tables and a column."""
    op.create_table(
        "installation",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("community", sa.String(length=64), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("locked_until", types.UtcDateTime()),
        sa.PrimaryKeyConstraint("platform", "community", name="pk_installation"),
    )
    op.create_table(
        "call_wait",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("community", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "community", "method", name="pk_call_wait"),
    )
    op.create_table(
        "presence",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("listened_at", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name="pk_presence"),
    )
    op.add_column("community", sa.Column("paced_until", types.UtcDateTime()))


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("community") as community:
        community.drop_column("paced_until")
    op.drop_table("presence")
    op.drop_table("call_wait")
    op.drop_table("installation")
