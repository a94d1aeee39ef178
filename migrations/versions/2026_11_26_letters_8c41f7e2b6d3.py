"""Letters between the two of a pair."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "8c41f7e2b6d3"
down_revision: str | None = "3b8e5d0a91c4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "letter",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("pair_id", types.Id),
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_letter_pair_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_letter_author_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_letter_pair_id", "letter", ["pair_id"])
    op.create_index("ix_letter_author_id", "letter", ["author_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("letter")
