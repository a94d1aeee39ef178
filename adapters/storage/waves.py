"""The planner's statements, each built once: that takes as long as to run it for 30 members."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Insert,
    Integer,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from adapters.storage.dialect import NUMBERS, is_one_of
from adapters.storage.schedules import NUDGE_MINUTE
from adapters.storage.tables import community, delivery, membership, place, schedule, send_group
from adapters.storage.types import Id, UtcDateTime
from adapters.storage.upserting import insert_for
from bot.domain.delivery import DeliveryKind

LAST = (1 << 63) - 1
"""As the last membership that is asked: everybody."""

_WRITTEN = (
    "programme_id",
    "community_id",
    "schedule_id",
    "membership_id",
    "place_id",
    "kind",
    "slot",
    "day",
    "state",
    "reason",
    "due_at",
    "expires_at",
    "act_at",
)
_NUMBERS: Any = bindparam("numbers", type_=NUMBERS)
_AT = bindparam("at", type_=UtcDateTime)


@cache
def standing_groups(dialect: str) -> Select[Any]:
    """Rows of send groups `numbers`, locked, with their members ahead, no more than `most`.

    One that another replica has locked is left out.
    """
    members = (
        select(membership.c.id)
        .where(membership.c.group_id == send_group.c.id, membership.c.id > send_group.c.cursor)
        .correlate(send_group)
        .limit(bindparam("most", type_=Integer))
    )
    return (
        select(
            send_group.c.id,
            send_group.c.next_slot,
            send_group.c.next_at,
            send_group.c.cursor,
            select(func.count()).select_from(members.subquery()).scalar_subquery(),
        )
        .join(schedule, schedule.c.id == send_group.c.schedule_id)
        .where(is_one_of(dialect, send_group.c.id, _NUMBERS), schedule.c.paused == false())
        .order_by(send_group.c.id)
        .with_for_update(of=send_group, key_share=True, skip_locked=True)
    )


@cache
def nudging(dialect: str) -> Insert:
    """Write a wave to the places of nudges, schedules `numbers`."""
    recipients = (
        select(*_columns(DeliveryKind.NUDGE, member=null(), day=null()))
        .join_from(schedule, place, place.c.id == schedule.c.place_id)
        .where(is_one_of(dialect, schedule.c.id, _NUMBERS), _is_reachable())
        .order_by(place.c.id)
    )
    return _writing(dialect, recipients)


@cache
def asking(dialect: str) -> Insert:
    """Write a wave to the members of send groups `numbers` up to membership `last`.

    `weekday` is the bit of the day, `week` the number of its week.
    """
    day = bindparam("day", type_=Date)
    recipients = (
        select(*_columns(DeliveryKind.REFLECTION, member=membership.c.id, day=day))
        .join_from(send_group, schedule, schedule.c.id == send_group.c.schedule_id)
        .join(membership, membership.c.group_id == send_group.c.id)
        .join(place, place.c.id == membership.c.direct_place_id)
        .where(
            is_one_of(dialect, send_group.c.id, _NUMBERS),
            membership.c.id > send_group.c.cursor,
            membership.c.id <= bindparam("last", type_=Id),
            membership.c.joined_at.is_not(None),
            membership.c.zone.is_not(None),
            _is_over(membership.c.paused_until),
            _is_over(membership.c.rests_until),
            membership.c.prompt_days.bitwise_and(bindparam("weekday", type_=Integer)) != 0,
            bindparam("week", type_=Integer) % membership.c.weeks_between == 0,
            _is_reachable(),
        )
        # the same order on every replica, so that none waits for another in a circle
        .order_by(send_group.c.id, membership.c.id)
    )
    return _writing(dialect, recipients)


@cache
def moving(dialect: str) -> Update:
    """Let send groups `numbers` stand at the start of slot `slot`, due `at`; empty ones park."""
    is_of_use = or_(
        send_group.c.minute == NUDGE_MINUTE,
        exists().where(membership.c.group_id == send_group.c.id),
    )
    return (
        update(send_group)
        .where(is_one_of(dialect, send_group.c.id, _NUMBERS))
        .values(
            next_slot=bindparam("slot", type_=String),
            next_at=case((is_of_use, _AT), else_=null()),
            cursor=0,
        )
    )


def _writing(dialect: str, recipients: Select[Any]) -> Insert:
    return insert_for(dialect, delivery).from_select(_WRITTEN, recipients).on_conflict_do_nothing()


def _columns(
    kind: DeliveryKind, *, member: ColumnElement[Any], day: ColumnElement[Any]
) -> tuple[ColumnElement[Any], ...]:
    return (
        schedule.c.programme_id,
        place.c.community_id,
        schedule.c.id,
        member,
        place.c.id,
        literal(kind.value, String),
        bindparam("slot", type_=String),
        day,
        bindparam("state", type_=String),
        bindparam("reason", type_=String),
        _AT,
        bindparam("expires_at", type_=UtcDateTime),
        _AT,
    )


def _is_over(until: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= _AT)


def _is_reachable() -> ColumnElement[bool]:
    is_removed = exists().where(
        community.c.id == place.c.community_id, community.c.removed_at.is_not(None)
    )
    return and_(place.c.closed_reason.is_(None), ~is_removed)
