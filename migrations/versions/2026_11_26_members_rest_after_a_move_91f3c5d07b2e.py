"""Members rest after a move."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "91f3c5d07b2e"
down_revision: str | None = "c03f9a6d21b7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a column."""
    op.add_column("membership", sa.Column("rests_until", types.UtcDateTime()))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("membership") as membership:
        membership.drop_column("rests_until")
