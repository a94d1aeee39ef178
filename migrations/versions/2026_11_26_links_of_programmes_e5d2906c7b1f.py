"""Codes and questions of programmes that become one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "e5d2906c7b1f"
down_revision: str | None = "8c41f7e2b6d3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add a table."""
    op.create_table(
        "link",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("made_by", types.Id),
        sa.Column("code_hash", sa.String(length=64)),
        sa.Column("until", types.UtcDateTime(), nullable=False),
        sa.Column("asking_id", types.Id),
        sa.Column("asked_by", types.Id),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_link_programme_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["membership.id"], name="fk_link_made_by", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["asking_id"], ["programme.id"], name="fk_link_asking_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["membership.id"], name="fk_link_asked_by", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("programme_id", name="uq_link_programme_id"),
        sa.UniqueConstraint("code_hash", name="uq_link_code_hash"),
        sqlite_autoincrement=True,
    )
    for column in ("made_by", "asking_id", "asked_by"):
        op.create_index(f"ix_link_{column}", "link", [column])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("link")
