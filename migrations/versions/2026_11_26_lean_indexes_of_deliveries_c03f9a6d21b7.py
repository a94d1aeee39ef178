"""Indexes of what was sent leave out what was not, and due groups are read in one order."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c03f9a6d21b7"
down_revision: str | None = "e5d2906c7b1f"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_delivery_message": ["place_id", "message_id"],
    "ix_delivery_sent": ["place_id", "sent_at"],
    "ix_delivery_prompt_id": ["prompt_id"],
}


def upgrade() -> None:
    """Replace four indexes."""
    for name, columns in _INDEXES.items():
        is_told = sa.text(f"{columns[-1]} IS NOT NULL")
        op.drop_index(name, table_name="delivery")
        op.create_index(name, "delivery", columns, sqlite_where=is_told, postgresql_where=is_told)
    op.drop_index("ix_send_group_next_at", table_name="send_group")
    op.create_index("ix_send_group_next_at_next_slot", "send_group", ["next_at", "next_slot"])


def downgrade() -> None:
    """Bring the old ones back."""
    op.drop_index("ix_send_group_next_at_next_slot", table_name="send_group")
    op.create_index("ix_send_group_next_at", "send_group", ["next_at"])
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="delivery")
        op.create_index(name, "delivery", columns)
