"""Every table. What people write is in columns that end in `_sealed`, encrypted with their key."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from adapters.storage.types import Id, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# Where a table has `sqlite_autoincrement`, a number may outlive its row, in a button or in
# `delivery.about`, and must never come to mean another row.


def _reference(
    name: str, target: str, *, nullable: bool = False, keep: bool = False
) -> Column[int]:
    """A foreign key that goes with its target, or with `keep` stays and forgets it."""
    return Column(
        name,
        Id,
        ForeignKey(target, ondelete="SET NULL" if keep else "CASCADE"),
        nullable=nullable or keep,
    )


programme = Table(
    "programme",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("language", String(16), nullable=False),
)

community = Table(
    "community",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    Column("platform", String(16), nullable=False),
    Column("native_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("removed_at", UtcDateTime),
    Column("wait_until", UtcDateTime),
    # when all that was taken to be sent there will have been, at the platform's pace
    Column("paced_until", UtcDateTime),
    # the native id of the channel under which pairs get a room
    Column("rooms_under", String(64)),
    UniqueConstraint("platform", "native_id"),
    Index(None, "programme_id"),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("native_id", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("zone", String(64)),
    Column("locale", String(16)),
    Column("wrapped_key", LargeBinary, nullable=False),
    UniqueConstraint("platform", "native_id"),
    sqlite_autoincrement=True,
)

place = Table(
    "place",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("account_id", "account.id", nullable=True),
    _reference("community_id", "community.id", nullable=True),
    Column("platform", String(16), nullable=False),
    Column("native_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("wait_until", UtcDateTime),
    Column("closed_reason", String(32)),
    # prompt numbers that this recipient was given, the latest first, parted by spaces
    Column("seen_prompts", Text, nullable=False, server_default=""),
    UniqueConstraint("platform", "native_id"),
    Index(None, "account_id"),
    Index(None, "community_id"),
    sqlite_autoincrement=True,
)

prompt = Table(
    "prompt",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id", nullable=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("practice", String(16), nullable=False),
    Column("room", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("retired_at", UtcDateTime),
    Index(None, "programme_id"),
    sqlite_autoincrement=True,
)

prompt_verdict = Table(
    "prompt_verdict",
    metadata,
    Column("place_id", Id, ForeignKey("place.id", ondelete="CASCADE"), primary_key=True),
    Column("prompt_id", Id, ForeignKey("prompt.id", ondelete="CASCADE"), primary_key=True),
    Column("verdict", String(16), nullable=False),
)

schedule = Table(
    "schedule",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    Column("kind", String(16), nullable=False),
    _reference("place_id", "place.id", nullable=True),
    Column("zone", String(64)),
    Column("recurrence", Text),
    Column("words", String(200), nullable=False, server_default=""),
    Column("holidays", String(8)),
    Column("grace_seconds", Integer, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
    Index(None, "programme_id"),
    Index(None, "place_id"),
    sqlite_autoincrement=True,
)

prompt_queue = Table(
    "prompt_queue",
    metadata,
    Column("schedule_id", Id, ForeignKey("schedule.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _reference("prompt_id", "prompt.id"),
)

send_group = Table(
    "send_group",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("schedule_id", "schedule.id"),
    Column("zone", String(64), nullable=False),
    # -1 for a nudge: a NULL would not be unique
    Column("minute", SmallInteger, nullable=False),
    # local date and nominal wall time, no offset
    Column("next_slot", String(16), nullable=False),
    # NULL while the schedule is paused or nobody is in the group
    Column("next_at", UtcDateTime),
    Column("cursor", Id, nullable=False, server_default="0"),
    UniqueConstraint("schedule_id", "zone", "minute"),
    Index(None, "next_at", "next_slot"),
)

membership = Table(
    "membership",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("account_id", "account.id"),
    _reference("programme_id", "programme.id"),
    Column("is_coordinator", Boolean, nullable=False, server_default=text("false")),
    Column("joined_at", UtcDateTime),
    Column("paused_until", UtcDateTime),
    Column("rests_until", UtcDateTime),
    _reference("direct_place_id", "place.id", keep=True),
    _reference("group_id", "send_group.id", keep=True),
    Column("zone", String(64)),
    Column("minute", SmallInteger),
    Column("days", SmallInteger),
    Column("quiet", String(16)),
    Column("cadence", String(16)),
    Column("language", String(16)),
    # what the planner filters by: a bit for each weekday (1 = Monday), and weeks between prompts
    Column("prompt_days", SmallInteger, nullable=False, server_default="0"),
    Column("weeks_between", SmallInteger, nullable=False, server_default="1"),
    UniqueConstraint("account_id", "programme_id"),
    Index(None, "programme_id"),
    Index(None, "group_id", "id"),
    Index(None, "direct_place_id"),
    sqlite_autoincrement=True,
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    _reference("community_id", "community.id", nullable=True),
    _reference("schedule_id", "schedule.id", keep=True),
    _reference("membership_id", "membership.id", nullable=True),
    _reference("place_id", "place.id"),
    _reference("prompt_id", "prompt.id", keep=True),
    Column("kind", String(16), nullable=False),
    Column("slot", String(32), nullable=False),
    Column("day", Date),
    Column("notice", String(32)),
    Column("about", Id),
    Column("state", String(8), nullable=False, server_default="due"),
    Column("reason", String(16)),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    # when something is to be done about it: send, take over a lease, look for it; once it is
    # closed, when that was
    Column("act_at", UtcDateTime, nullable=False),
    Column("owner", String(64)),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("began_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("message_id", String(64)),
    Column("closed", Boolean, nullable=False, server_default=text("false")),
    Column("other_replies", Integer, nullable=False, server_default="0"),
    Column("other_reactions", Integer, nullable=False, server_default="0"),
    CheckConstraint(
        "state IN ('due', 'leased', 'sending', 'unknown', 'sent', 'failed', 'skipped')",
        name="state",
    ),
    UniqueConstraint("schedule_id", "place_id", "slot"),
    Index("uq_delivery_place_id_day", "place_id", "day", unique=True),
    Index(
        "ix_delivery_ready",
        "community_id",
        "act_at",
        sqlite_where=text("state = 'due'"),
        postgresql_where=text("state = 'due'"),
    ),
    Index(
        "ix_delivery_ready_apart",
        "programme_id",
        "act_at",
        sqlite_where=text("state = 'due' AND community_id IS NULL"),
        postgresql_where=text("state = 'due' AND community_id IS NULL"),
    ),
    Index(
        "ix_delivery_under_way",
        "act_at",
        sqlite_where=text("state IN ('leased', 'sending', 'unknown')"),
        postgresql_where=text("state IN ('leased', 'sending', 'unknown')"),
    ),
    # of what was sent only: a wave is written to as few indexes as can be
    Index(
        "ix_delivery_message",
        "place_id",
        "message_id",
        sqlite_where=text("message_id IS NOT NULL"),
        postgresql_where=text("message_id IS NOT NULL"),
    ),
    Index(
        "ix_delivery_sent",
        "place_id",
        "sent_at",
        sqlite_where=text("sent_at IS NOT NULL"),
        postgresql_where=text("sent_at IS NOT NULL"),
    ),
    Index(
        "ix_delivery_prompt_id",
        "prompt_id",
        sqlite_where=text("prompt_id IS NOT NULL"),
        postgresql_where=text("prompt_id IS NOT NULL"),
    ),
    Index(None, "membership_id"),
    Index(None, "programme_id"),
    sqlite_autoincrement=True,
)

reflection = Table(
    "reflection",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("author_id", "account.id"),
    _reference("delivery_id", "delivery.id", keep=True),
    _reference("prompt_id", "prompt.id", keep=True),
    Column("via", String(16), nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("last_said_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Index(None, "author_id", "written_at"),
    Index(
        "ix_reflection_drafts",
        "last_said_at",
        sqlite_where=text("kept IS 0"),
        postgresql_where=text("kept IS false"),
    ),
    Index(None, "delivery_id"),
    Index(None, "prompt_id"),
    sqlite_autoincrement=True,
)

reflection_part = Table(
    "reflection_part",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("reflection_id", "reflection.id"),
    Column("platform", String(16)),
    Column("place_native_id", String(64)),
    Column("message_id", String(64)),
    Column("said_at", UtcDateTime, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    UniqueConstraint("platform", "place_native_id", "message_id"),
    Index(None, "reflection_id"),
)

reaction = Table(
    "reaction",
    metadata,
    Column("author_id", Id, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("delivery_id", Id, ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), primary_key=True),
    Column("reacted_at", UtcDateTime, nullable=False),
    Index(None, "delivery_id"),
)

why = Table(
    "why",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("author_id", "account.id"),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    Index(None, "author_id"),
)

vision = Table(
    "vision",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("author_id", "account.id"),
    Column("years", SmallInteger, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Column("replaced_at", UtcDateTime),
    Index(None, "author_id"),
    sqlite_autoincrement=True,
)

stone = Table(
    "stone",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("author_id", "account.id"),
    Column("kind", String(16), nullable=False),
    # NULL when the words are those of the reflection
    Column("text_sealed", LargeBinary),
    Column("reflection_id", Id, ForeignKey("reflection.id", ondelete="CASCADE"), unique=True),
    _reference("vision_id", "vision.id", keep=True),
    Column("link", String(200)),
    Column("laid_at", UtcDateTime, nullable=False),
    Index(None, "author_id"),
    Index(None, "vision_id"),
    sqlite_autoincrement=True,
)

mentor_offer = Table(
    "mentor_offer",
    metadata,
    Column("membership_id", Id, ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True),
    # one topic a line
    Column("topics", Text, nullable=False),
    Column("capacity", SmallInteger, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("offered_at", UtcDateTime, nullable=False),
)

mentor_search = Table(
    "mentor_search",
    metadata,
    Column("membership_id", Id, ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True),
    Column("topics", Text, nullable=False),
    Column("purpose_sealed", LargeBinary, nullable=False),
)

mentor_search_not_with = Table(
    "mentor_search_not_with",
    metadata,
    Column(
        "membership_id",
        Id,
        ForeignKey("mentor_search.membership_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("other_id", Id, ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "other_id"),
)

mentor_request = Table(
    "mentor_request",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    _reference("mentee_id", "membership.id"),
    _reference("mentor_id", "membership.id"),
    Column("note_sealed", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Index(None, "programme_id"),
    Index(None, "mentee_id", "state"),
    Index(None, "mentor_id", "state"),
    sqlite_autoincrement=True,
)

pair = Table(
    "pair",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    _reference("mentor_id", "membership.id"),
    _reference("mentee_id", "membership.id"),
    Column("since", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    _reference("ended_by", "membership.id", keep=True),
    Column("reason_sealed", LargeBinary),
    _reference("reason_author_id", "account.id", keep=True),
    Index(None, "programme_id"),
    Index(None, "mentor_id"),
    Index(None, "mentee_id"),
    Index(None, "ended_by"),
    Index(None, "reason_author_id"),
    sqlite_autoincrement=True,
)

letter = Table(
    "letter",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("pair_id", "pair.id", keep=True),
    _reference("author_id", "account.id"),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("written_at", UtcDateTime, nullable=False),
    Index(None, "pair_id"),
    Index(None, "author_id"),
    sqlite_autoincrement=True,
)

link = Table(
    "link",
    metadata,
    Column("id", Id, primary_key=True),
    _reference("programme_id", "programme.id"),
    _reference("made_by", "membership.id", keep=True),
    # NULL once it was entered: a code works once
    Column("code_hash", String(64), unique=True),
    Column("until", UtcDateTime, nullable=False),
    _reference("asking_id", "programme.id", nullable=True),
    _reference("asked_by", "membership.id", keep=True),
    UniqueConstraint("programme_id"),
    Index(None, "made_by"),
    Index(None, "asking_id"),
    Index(None, "asked_by"),
    sqlite_autoincrement=True,
)

installation = Table(
    "installation",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("community", String(64), primary_key=True),
    Column("content_sealed", LargeBinary, nullable=False),
    Column("locked_until", UtcDateTime),
)

call_wait = Table(
    "call_wait",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("community", String(64), primary_key=True),
    Column("method", String(64), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("listened_at", UtcDateTime, nullable=False),
)

platform_pace = Table(
    "platform_pace",
    metadata,
    Column("platform", String(16), primary_key=True),
    # as in `community`, for a platform that limits all communities together
    Column("paced_until", UtcDateTime),
)

platform_success = Table(
    "platform_success",
    metadata,
    Column("platform", String(16), primary_key=True),
    # give or take ten seconds
    Column("sent_at", UtcDateTime, nullable=False),
)

leader = Table(
    "leader",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("event_id", String(255), nullable=False),
    # hash of the person, so that one person's events are handled in order
    Column("lane", String(32), nullable=False),
    # new -> handled (answers wait) -> done
    Column("state", String(8), nullable=False, server_default="new"),
    Column("received_at", UtcDateTime, nullable=False),
    # a lease's end, or when to try again
    Column("act_at", UtcDateTime, nullable=False),
    Column("owner", String(64)),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("content_sealed", LargeBinary),
    Column("answers_sealed", LargeBinary),
    UniqueConstraint("platform", "event_id"),
    CheckConstraint("state IN ('new', 'handled', 'done')", name="state"),
    Index(
        "ix_inbox_ready",
        "act_at",
        sqlite_where=text("state IN ('new', 'handled')"),
        postgresql_where=text("state IN ('new', 'handled')"),
    ),
    Index(
        "ix_inbox_open",
        "lane",
        "id",
        sqlite_where=text("state IN ('new', 'handled')"),
        postgresql_where=text("state IN ('new', 'handled')"),
    ),
)
