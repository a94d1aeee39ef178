"""Deliveries made into messages, at the moment when they are about to be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.chat.outgoing import Button, Buttons, Context, Message, Text
from bot.chat.wording import Wording, wording_for
from bot.domain.delivery import DeliveryKind, Notice, Reason
from bot.domain.membership import Membership, Programme
from bot.domain.prompts import Prompt, Room, Rotation, choose_prompt
from bot.domain.wall_time import find_zone, to_wall
from bot.ports.composing import Prepared
from bot.ports.deliveries import Claimed, WasSkipped
from bot.ports.storage import UnitOfWork
from bot.services import introducing, notices, writing

_IS_LATE = timedelta(minutes=1)
"""Who joins just before their quiet hours is asked the first question all the same."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch of deliveries needs to know, read once for all of them."""

    work: UnitOfWork
    now: datetime
    members: Mapping[int, Membership]
    programmes: Mapping[int, Programme]
    prompts: Mapping[int, Prompt]
    pools: Mapping[tuple[int, Room], tuple[Prompt, ...]]
    queues: dict[int, tuple[Prompt, ...]]
    rotations: Mapping[int, Rotation]


class Composer:
    """Chooses prompts and writes messages."""

    async def prepare(
        self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
    ) -> tuple[Prepared | WasSkipped, ...]:
        """Give each delivery its message, or the reason why it need not be sent any more."""
        batch = await _read_batch(work, claimed, now)
        return tuple([await _prepare(batch, delivery) for delivery in claimed])

    async def begun(self, work: UnitOfWork, prepared: Sequence[Prepared]) -> None:
        """Take prompts out of the queues that they come from."""
        for each in prepared:
            if each.is_from_queue and each.delivery.schedule_id and each.prompt_id:
                await work.prompts.take_from_queue(each.delivery.schedule_id, each.prompt_id)

    async def refused(self, work: UnitOfWork, delivery: Claimed, now: datetime) -> None:
        """Introduce a pair without a room, and tell the author of a letter."""
        match delivery.notice:
            case Notice.PAIR_INTRODUCED if delivery.membership_id is None:
                await introducing.room_refused(work, delivery, now)
            case Notice.LETTER:
                await writing.refused(work, delivery, now)
            case _:
                pass


async def _read_batch(work: UnitOfWork, claimed: Sequence[Claimed], now: datetime) -> _Batch:
    chosen = {d.prompt_id for d in claimed if d.prompt_id is not None}
    choosing = [d for d in claimed if d.kind.is_prompt and d.prompt_id is None]
    queued = {d.schedule_id for d in choosing if _room_of(d) is Room.CHANNEL and d.schedule_id}
    return _Batch(
        work,
        now,
        await work.memberships.many([d.membership_id for d in claimed if d.membership_id]),
        await work.programmes.many(sorted({d.programme_id for d in claimed})),
        await work.prompts.many(sorted(chosen)) if chosen else {},
        await _read_pools(work, choosing),
        dict(await work.prompts.queues(sorted(queued))) if queued else {},
        await work.prompts.rotations([d.place_id for d in choosing]) if choosing else {},
    )


async def _read_pools(
    work: UnitOfWork, choosing: Sequence[Claimed]
) -> dict[tuple[int, Room], tuple[Prompt, ...]]:
    pools = {}
    for room in Room:
        if programmes := {d.programme_id for d in choosing if _room_of(d) is room}:
            found = await work.prompts.pools(sorted(programmes), room)
            pools.update({(number, room): pool for number, pool in found.items()})
    return pools


def _room_of(delivery: Claimed) -> Room:
    return Room.CHANNEL if delivery.kind is DeliveryKind.NUDGE else Room.DIRECT


async def _prepare(batch: _Batch, delivery: Claimed) -> Prepared | WasSkipped:
    member = batch.members.get(delivery.membership_id) if delivery.membership_id else None
    if delivery.membership_id is not None and (member is None or member.joined_at is None):
        return WasSkipped(delivery.id, Reason.LEFT)
    if delivery.expires_at is not None and delivery.expires_at < batch.now:
        return WasSkipped(delivery.id, Reason.LATE)
    if not delivery.kind.is_prompt:
        return await _prepare_notice(batch, delivery, member)
    if member is not None and member.is_paused(batch.now):
        return WasSkipped(delivery.id, Reason.PAUSED)
    if member is not None and _is_untimely(delivery, member, batch.now):
        return WasSkipped(delivery.id, Reason.LATE)
    queued = _queued(batch, delivery)
    prompt = queued or _choose(batch, delivery)
    if prompt is None:
        return WasSkipped(delivery.id, Reason.NO_PROMPT)
    say = _wording(batch, delivery, member)
    write = _nudge if delivery.kind is DeliveryKind.NUDGE else _reflection
    message = write(say, prompt, delivery.id)
    return Prepared(delivery, prompt.id, message, is_from_queue=queued is not None)


def _is_untimely(delivery: Claimed, member: Membership, now: datetime) -> bool:
    """Whether a late question would come in quiet hours or on a day off that it was not due in."""
    settings = member.settings
    if delivery.day is None or settings is None or now - delivery.due_at < _IS_LATE:
        return False
    zone = find_zone(settings.zone)
    was_fit = settings.leaves_room_at(to_wall(delivery.due_at, zone))
    return was_fit and not settings.leaves_room_at(to_wall(now, zone))


def _wording(batch: _Batch, delivery: Claimed, member: Membership | None) -> Wording:
    if member is not None and member.settings is not None:
        return wording_for(member.settings.language)
    return wording_for(batch.programmes[delivery.programme_id].language)


def _choose(batch: _Batch, delivery: Claimed) -> Prompt | None:
    if delivery.prompt_id is not None:
        return batch.prompts.get(delivery.prompt_id)
    pool = batch.pools[delivery.programme_id, _room_of(delivery)]
    recipient = delivery.membership_id or delivery.schedule_id or delivery.place_id
    return choose_prompt(pool, batch.rotations[delivery.place_id], recipient)


def _queued(batch: _Batch, delivery: Claimed) -> Prompt | None:
    """The next prompt of its queue, if it has one and comes from no other choice."""
    if delivery.prompt_id is not None or delivery.schedule_id is None:
        return None
    queue = batch.queues.get(delivery.schedule_id)
    if not queue:
        return None
    batch.queues[delivery.schedule_id] = queue[1:]
    return queue[0]


def _nudge(say: Wording, prompt: Prompt, delivery_id: int) -> Message:
    return _prompt(say, prompt, delivery_id, "prompt.answer_privately", "prompt.read_by_channel")


def _reflection(say: Wording, prompt: Prompt, delivery_id: int) -> Message:
    return _prompt(say, prompt, delivery_id, "prompt.answer", "prompt.read_by_you")


def _prompt(say: Wording, prompt: Prompt, delivery_id: int, answer: str, read_by: str) -> Message:
    # the first button carries the delivery id: a platform is searched for it after a doubt
    number = (str(delivery_id),)
    return Message(
        (
            Text(prompt.text),
            Context(say(read_by)),
            Buttons(
                (
                    Button(say(answer), "answer", number),
                    Button(say("prompt.skip"), "skip", number),
                    Button(say("prompt.snooze"), "snooze", number),
                    Button(say("prompt.settings"), "settings"),
                )
            ),
        )
    )


async def _prepare_notice(
    batch: _Batch, delivery: Claimed, member: Membership | None
) -> Prepared | WasSkipped:
    if delivery.notice is None or delivery.about is None:
        return WasSkipped(delivery.id, Reason.SETTLED)
    say = _wording(batch, delivery, member)
    blocks = (
        await notices.to_room(batch.work, say, delivery, delivery.about)
        if member is None
        else await notices.to_member(batch.work, say, member, delivery.notice, delivery.about)
    )
    if not blocks:
        return WasSkipped(delivery.id, Reason.SETTLED)
    return Prepared(delivery, None, Message(blocks))
