"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from adapters.storage import types

revision: str = "c41a7e9b20d5"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:  # noqa: PLR0915 - a table each
    """Make all tables."""
    op.create_table(
        "account",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("native_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("locale", sa.String(length=16)),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("platform", "native_id", name="uq_account_platform_native_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("lane", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="new", nullable=False),
        sa.Column("received_at", types.UtcDateTime(), nullable=False),
        sa.Column("act_at", types.UtcDateTime(), nullable=False),
        sa.Column("owner", sa.String(length=64)),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content_sealed", sa.LargeBinary()),
        sa.Column("answers_sealed", sa.LargeBinary()),
        sa.CheckConstraint("state IN ('new', 'handled', 'done')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("platform", "event_id", name="uq_inbox_platform_event_id"),
    )
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["lane", "id"],
        sqlite_where=sa.text("state IN ('new', 'handled')"),
        postgresql_where=sa.text("state IN ('new', 'handled')"),
    )
    op.create_index(
        "ix_inbox_ready",
        "inbox",
        ["act_at"],
        sqlite_where=sa.text("state IN ('new', 'handled')"),
        postgresql_where=sa.text("state IN ('new', 'handled')"),
    )
    op.create_table(
        "programme",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme"),
    )
    op.create_table(
        "community",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("native_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("removed_at", types.UtcDateTime()),
        sa.Column("wait_until", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_community_programme_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_community"),
        sa.UniqueConstraint("platform", "native_id", name="uq_community_platform_native_id"),
    )
    op.create_index("ix_community_programme_id", "community", ["programme_id"])
    op.create_table(
        "prompt",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("practice", sa.String(length=16), nullable=False),
        sa.Column("room", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("retired_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_prompt_programme_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_prompt"),
        sa.UniqueConstraint("key", name="uq_prompt_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prompt_programme_id", "prompt", ["programme_id"])
    op.create_table(
        "vision",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("years", sa.SmallInteger(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("replaced_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_vision_author_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_vision"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vision_author_id", "vision", ["author_id"])
    op.create_table(
        "why",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("replaced_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_why_author_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_why"),
    )
    op.create_index("ix_why_author_id", "why", ["author_id"])
    op.create_table(
        "place",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("account_id", types.Id),
        sa.Column("community_id", types.Id),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("native_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("wait_until", types.UtcDateTime()),
        sa.Column("closed_reason", sa.String(length=32)),
        sa.Column("seen_prompts", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_place_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name="fk_place_community_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("platform", "native_id", name="uq_place_platform_native_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_place_account_id", "place", ["account_id"])
    op.create_index("ix_place_community_id", "place", ["community_id"])
    op.create_table(
        "prompt_verdict",
        sa.Column("place_id", types.Id, nullable=False),
        sa.Column("prompt_id", types.Id, nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_prompt_verdict_place_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name="fk_prompt_verdict_prompt_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place_id", "prompt_id", name="pk_prompt_verdict"),
    )
    op.create_table(
        "schedule",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("place_id", types.Id),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("recurrence", sa.Text()),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("holidays", sa.String(length=8)),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_schedule_place_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_schedule_programme_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_schedule_place_id", "schedule", ["place_id"])
    op.create_index("ix_schedule_programme_id", "schedule", ["programme_id"])
    op.create_table(
        "prompt_queue",
        sa.Column("schedule_id", types.Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("prompt_id", types.Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name="fk_prompt_queue_prompt_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_prompt_queue_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "position", name="pk_prompt_queue"),
    )
    op.create_table(
        "send_group",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("schedule_id", types.Id, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("minute", sa.SmallInteger(), nullable=False),
        sa.Column("next_slot", sa.String(length=16), nullable=False),
        sa.Column("next_at", types.UtcDateTime()),
        sa.Column("cursor", types.Id, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_send_group_schedule_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_send_group"),
        sa.UniqueConstraint(
            "schedule_id", "zone", "minute", name="uq_send_group_schedule_id_zone_minute"
        ),
    )
    op.create_index("ix_send_group_next_at", "send_group", ["next_at"])
    op.create_table(
        "membership",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("account_id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("is_coordinator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("joined_at", types.UtcDateTime()),
        sa.Column("paused_until", types.UtcDateTime()),
        sa.Column("direct_place_id", types.Id),
        sa.Column("group_id", types.Id),
        sa.Column("zone", sa.String(length=64)),
        sa.Column("minute", sa.SmallInteger()),
        sa.Column("days", sa.SmallInteger()),
        sa.Column("quiet", sa.String(length=16)),
        sa.Column("cadence", sa.String(length=16)),
        sa.Column("language", sa.String(length=16)),
        sa.Column("prompt_days", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("weeks_between", sa.SmallInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_membership_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["direct_place_id"],
            ["place.id"],
            name="fk_membership_direct_place_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["send_group.id"], name="fk_membership_group_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_membership_programme_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.UniqueConstraint(
            "account_id", "programme_id", name="uq_membership_account_id_programme_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_membership_direct_place_id", "membership", ["direct_place_id"])
    op.create_index("ix_membership_group_id_id", "membership", ["group_id", "id"])
    op.create_index("ix_membership_programme_id", "membership", ["programme_id"])
    op.create_table(
        "delivery",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("community_id", types.Id),
        sa.Column("schedule_id", types.Id),
        sa.Column("membership_id", types.Id),
        sa.Column("place_id", types.Id, nullable=False),
        sa.Column("prompt_id", types.Id),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("notice", sa.String(length=32)),
        sa.Column("about", types.Id),
        sa.Column("state", sa.String(length=8), server_default="due", nullable=False),
        sa.Column("reason", sa.String(length=16)),
        sa.Column("due_at", types.UtcDateTime(), nullable=False),
        sa.Column("expires_at", types.UtcDateTime()),
        sa.Column("act_at", types.UtcDateTime(), nullable=False),
        sa.Column("owner", sa.String(length=64)),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("began_at", types.UtcDateTime()),
        sa.Column("sent_at", types.UtcDateTime()),
        sa.Column("message_id", sa.String(length=64)),
        sa.Column("closed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("other_replies", sa.Integer(), server_default="0", nullable=False),
        sa.Column("other_reactions", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'leased', 'sending', 'unknown', 'sent', 'failed', 'skipped')",
            name=op.f("ck_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name="fk_delivery_community_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name="fk_delivery_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_delivery_place_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_delivery_programme_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name="fk_delivery_prompt_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name="fk_delivery_schedule_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint(
            "schedule_id", "place_id", "slot", name="uq_delivery_schedule_id_place_id_slot"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_membership_id", "delivery", ["membership_id"])
    op.create_index("ix_delivery_message", "delivery", ["place_id", "message_id"])
    op.create_index("ix_delivery_programme_id", "delivery", ["programme_id"])
    op.create_index("ix_delivery_prompt_id", "delivery", ["prompt_id"])
    op.create_index(
        "ix_delivery_ready",
        "delivery",
        ["community_id", "act_at"],
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("ix_delivery_sent", "delivery", ["place_id", "sent_at"])
    op.create_index(
        "ix_delivery_under_way",
        "delivery",
        ["act_at"],
        sqlite_where=sa.text("state IN ('leased', 'sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('leased', 'sending', 'unknown')"),
    )
    op.create_index("uq_delivery_place_id_day", "delivery", ["place_id", "day"], unique=True)
    op.create_table(
        "mentor_offer",
        sa.Column("membership_id", types.Id, nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("offered_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name="fk_mentor_offer_membership_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("membership_id", name="pk_mentor_offer"),
    )
    op.create_table(
        "mentor_request",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("mentee_id", types.Id, nullable=False),
        sa.Column("mentor_id", types.Id, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("answered_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["membership.id"], name="fk_mentor_request_mentee_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["membership.id"], name="fk_mentor_request_mentor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_mentor_request_programme_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentor_request"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mentor_request_mentee_id_state", "mentor_request", ["mentee_id", "state"])
    op.create_index("ix_mentor_request_mentor_id_state", "mentor_request", ["mentor_id", "state"])
    op.create_index("ix_mentor_request_programme_id", "mentor_request", ["programme_id"])
    op.create_table(
        "mentor_search",
        sa.Column("membership_id", types.Id, nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("purpose_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name="fk_mentor_search_membership_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("membership_id", name="pk_mentor_search"),
    )
    op.create_table(
        "pair",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("programme_id", types.Id, nullable=False),
        sa.Column("mentor_id", types.Id, nullable=False),
        sa.Column("mentee_id", types.Id, nullable=False),
        sa.Column("since", types.UtcDateTime(), nullable=False),
        sa.Column("ended_at", types.UtcDateTime()),
        sa.Column("ended_by", types.Id),
        sa.Column("reason_sealed", sa.LargeBinary()),
        sa.Column("reason_author_id", types.Id),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["membership.id"], name="fk_pair_ended_by", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["membership.id"], name="fk_pair_mentee_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["membership.id"], name="fk_pair_mentor_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_pair_programme_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reason_author_id"],
            ["account.id"],
            name="fk_pair_reason_author_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pair"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pair_ended_by", "pair", ["ended_by"])
    op.create_index("ix_pair_mentee_id", "pair", ["mentee_id"])
    op.create_index("ix_pair_mentor_id", "pair", ["mentor_id"])
    op.create_index("ix_pair_programme_id", "pair", ["programme_id"])
    op.create_index("ix_pair_reason_author_id", "pair", ["reason_author_id"])
    op.create_table(
        "mentor_search_not_with",
        sa.Column("membership_id", types.Id, nullable=False),
        sa.Column("other_id", types.Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["mentor_search.membership_id"],
            name="fk_mentor_search_not_with_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["membership.id"],
            name="fk_mentor_search_not_with_other_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("membership_id", "other_id", name="pk_mentor_search_not_with"),
    )
    op.create_index("ix_mentor_search_not_with_other_id", "mentor_search_not_with", ["other_id"])
    op.create_table(
        "reaction",
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("delivery_id", types.Id, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("reacted_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_reaction_author_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_reaction_delivery_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("author_id", "delivery_id", "name", name="pk_reaction"),
    )
    op.create_index("ix_reaction_delivery_id", "reaction", ["delivery_id"])
    op.create_table(
        "reflection",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("delivery_id", types.Id),
        sa.Column("prompt_id", types.Id),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("written_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_said_at", types.UtcDateTime(), nullable=False),
        sa.Column("edited_at", types.UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_reflection_author_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_reflection_delivery_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["prompt_id"], ["prompt.id"], name="fk_reflection_prompt_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reflection"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reflection_author_id_written_at", "reflection", ["author_id", "written_at"])
    op.create_index("ix_reflection_delivery_id", "reflection", ["delivery_id"])
    op.create_index("ix_reflection_prompt_id", "reflection", ["prompt_id"])
    op.create_table(
        "reflection_part",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("reflection_id", types.Id, nullable=False),
        sa.Column("platform", sa.String(length=16)),
        sa.Column("place_native_id", sa.String(length=64)),
        sa.Column("message_id", sa.String(length=64)),
        sa.Column("said_at", types.UtcDateTime(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reflection_id"],
            ["reflection.id"],
            name="fk_reflection_part_reflection_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reflection_part"),
        sa.UniqueConstraint(
            "platform",
            "place_native_id",
            "message_id",
            name="uq_reflection_part_platform_place_native_id_message_id",
        ),
    )
    op.create_index("ix_reflection_part_reflection_id", "reflection_part", ["reflection_id"])
    op.create_table(
        "stone",
        sa.Column("id", types.Id, nullable=False),
        sa.Column("author_id", types.Id, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary()),
        sa.Column("reflection_id", types.Id),
        sa.Column("vision_id", types.Id),
        sa.Column("link", sa.String(length=200)),
        sa.Column("laid_at", types.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name="fk_stone_author_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reflection_id"], ["reflection.id"], name="fk_stone_reflection_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["vision_id"], ["vision.id"], name="fk_stone_vision_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stone"),
        sa.UniqueConstraint("reflection_id", name="uq_stone_reflection_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stone_author_id", "stone", ["author_id"])
    op.create_index("ix_stone_vision_id", "stone", ["vision_id"])


def downgrade() -> None:
    """Drop all tables."""
    op.drop_table("stone")
    op.drop_table("reflection_part")
    op.drop_table("reflection")
    op.drop_table("reaction")
    op.drop_table("mentor_search_not_with")
    op.drop_table("pair")
    op.drop_table("mentor_search")
    op.drop_table("mentor_request")
    op.drop_table("mentor_offer")
    op.drop_table("delivery")
    op.drop_table("membership")
    op.drop_table("send_group")
    op.drop_table("prompt_queue")
    op.drop_table("schedule")
    op.drop_table("prompt_verdict")
    op.drop_table("place")
    op.drop_table("why")
    op.drop_table("vision")
    op.drop_table("prompt")
    op.drop_table("community")
    op.drop_table("programme")
    op.drop_table("inbox")
    op.drop_table("account")
