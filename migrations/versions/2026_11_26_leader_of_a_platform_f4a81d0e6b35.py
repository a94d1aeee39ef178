"""Which process listens to a platform that one process at a time listens to."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "f4a81d0e6b35"
down_revision: str | None = "e6714b0c92fa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "leader",
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("until", types.UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("platform", name="pk_leader"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("leader")
