"""The channel under which a community's pairs get a room."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3b8e5d0a91c4"
down_revision: str | None = "5b8e13d7a940"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a column."""
    op.add_column("community", sa.Column("rooms_under", sa.String(length=64)))


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("community") as community:
        community.drop_column("rooms_under")
