"""Deliveries made into messages, at the moment when they are about to be sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat.outgoing import Block, Button, Buttons, Context, Message, Quote, Text
from bot.chat.wording import Wording, wording_for
from bot.domain.delivery import DeliveryKind, Notice, Reason
from bot.domain.membership import Membership, Programme
from bot.domain.mentoring import RequestState
from bot.domain.prompts import Prompt, Room, Rotation, choose_prompt
from bot.domain.wall_time import find_zone, to_wall
from bot.ports.composing import Prepared
from bot.ports.deliveries import Claimed, WasSkipped
from bot.ports.storage import UnitOfWork

_IS_LATE = timedelta(minutes=1)
"""Who joins just before their quiet hours is asked the first question all the same."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch of deliveries needs to know, read once for all of them."""

    work: UnitOfWork
    now: datetime
    members: Mapping[int, Membership]
    prompts: Mapping[int, Prompt]
    rotations: dict[int, Rotation]
    pools: dict[tuple[int, Room], tuple[Prompt, ...]] = field(default_factory=dict)
    programmes: dict[int, Programme] = field(default_factory=dict)
    queues: dict[int, list[Prompt]] = field(default_factory=dict)


class Composer:
    """Chooses prompts and writes messages."""

    async def prepare(
        self, work: UnitOfWork, claimed: Sequence[Claimed], now: datetime
    ) -> tuple[Prepared | WasSkipped, ...]:
        """Give each delivery its message, or the reason why it need not be sent any more."""
        batch = await _read_batch(work, claimed, now)
        return tuple([await _prepare(batch, delivery) for delivery in claimed])


async def _read_batch(work: UnitOfWork, claimed: Sequence[Claimed], now: datetime) -> _Batch:
    chosen = {d.prompt_id for d in claimed if d.prompt_id is not None}
    choosing = {d.place_id for d in claimed if d.kind.is_prompt and d.prompt_id is None}
    return _Batch(
        work,
        now,
        await work.memberships.many([d.membership_id for d in claimed if d.membership_id]),
        await work.prompts.many(sorted(chosen)) if chosen else {},
        dict(await work.prompts.rotations(sorted(choosing))) if choosing else {},
    )


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
    prompt = await _choose(batch, delivery)
    if prompt is None:
        return WasSkipped(delivery.id, Reason.NO_PROMPT)
    say = await _wording(batch, delivery, member)
    write = _nudge if delivery.kind is DeliveryKind.NUDGE else _reflection
    return Prepared(delivery, prompt.id, write(say, prompt, delivery.id))


def _is_untimely(delivery: Claimed, member: Membership, now: datetime) -> bool:
    """Whether a late question would come in quiet hours or on a day off that it was not due in."""
    settings = member.settings
    if delivery.day is None or settings is None or now - delivery.due_at < _IS_LATE:
        return False
    zone = find_zone(settings.zone)
    was_fit = settings.leaves_room_at(to_wall(delivery.due_at, zone))
    return was_fit and not settings.leaves_room_at(to_wall(now, zone))


async def _wording(batch: _Batch, delivery: Claimed, member: Membership | None) -> Wording:
    if member is not None and member.settings is not None:
        return wording_for(member.settings.language)
    if delivery.programme_id not in batch.programmes:
        programme = await batch.work.programmes.get(delivery.programme_id)
        batch.programmes[delivery.programme_id] = programme
    return wording_for(batch.programmes[delivery.programme_id].language)


async def _choose(batch: _Batch, delivery: Claimed) -> Prompt | None:
    if delivery.prompt_id is not None:
        return batch.prompts.get(delivery.prompt_id)
    room = Room.CHANNEL if delivery.kind is DeliveryKind.NUDGE else Room.DIRECT
    chosen = await _queued(batch, delivery) if room is Room.CHANNEL else None
    if chosen is None:
        key = (delivery.programme_id, room)
        if key not in batch.pools:
            batch.pools[key] = await batch.work.prompts.pool(*key)
        rotation = batch.rotations[delivery.place_id]
        recipient = delivery.membership_id or delivery.schedule_id or delivery.place_id
        chosen = choose_prompt(batch.pools[key], rotation, recipient)
    if chosen is not None:
        batch.rotations[delivery.place_id] = batch.rotations[delivery.place_id].after(chosen.id)
    return chosen


async def _queued(batch: _Batch, delivery: Claimed) -> Prompt | None:
    schedule_id = delivery.schedule_id
    if schedule_id is None:
        return None
    if schedule_id not in batch.queues:
        batch.queues[schedule_id] = list(await batch.work.prompts.queue(schedule_id))
    queue = batch.queues[schedule_id]
    if not queue:
        return None
    chosen = queue.pop(0)
    await batch.work.prompts.set_queue(schedule_id, [prompt.id for prompt in queue])
    return chosen


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
    say = await _wording(batch, delivery, member)
    if member is None:
        blocks = await _to_room(batch, say, delivery.programme_id, delivery.about)
    elif delivery.notice in (Notice.PAIR_INTRODUCED, Notice.PAIR_ENDED):
        blocks = await _about_pair(batch, say, member, delivery.notice, delivery.about)
    else:
        blocks = await _about_request(batch, say, member, delivery.notice, delivery.about)
    if not blocks:
        return WasSkipped(delivery.id, Reason.SETTLED)
    return Prepared(delivery, None, Message(blocks))


_TOLD_OF_LEAVING = (Notice.MENTOR_WITHDRAWN, Notice.REQUEST_DECLINED)


async def _about_pair(
    batch: _Batch, say: Wording, member: Membership, notice: Notice, pair_id: int
) -> tuple[Block, ...]:
    pair = await batch.work.mentoring.pair(member.programme_id, pair_id)
    if pair is None:
        # the other one has erased everything, their name too
        return (Text(say("pair.gone")),) if notice is Notice.PAIR_ENDED else ()
    if notice is Notice.PAIR_INTRODUCED and pair.ended_at is not None:
        return ()
    partner = pair.partner_name(member.id)
    if notice is Notice.PAIR_ENDED:
        return (Text(say("pair.ended", partner=partner)), Context(say("pair.ended_next")))
    role = "mentor" if member.id == pair.mentor_id else "mentee"
    return (
        Text(say(f"pair.introduced_{role}", partner=partner)),
        Text(say(f"pair.first_step_{role}", partner=partner)),
        Context(say("pair.end_any_time")),
    )


async def _to_room(
    batch: _Batch, say: Wording, programme_id: int, pair_id: int
) -> tuple[Block, ...]:
    pair = await batch.work.mentoring.pair(programme_id, pair_id)
    if pair is None or pair.ended_at is not None:
        return ()
    names = {"mentor": pair.mentor_name, "mentee": pair.mentee_name}
    return (
        Text(say("pair.introduced_room", **names)),
        Text(say("pair.first_step_room", **names)),
        Context(say("pair.room_privacy")),
        Context(say("pair.end_any_time")),
    )


async def _about_request(
    batch: _Batch, say: Wording, member: Membership, notice: Notice, request_id: int
) -> tuple[Block, ...]:
    request = await batch.work.mentoring.request(member.programme_id, request_id)
    if request is None:
        # the other one has erased everything, their name too
        return (Text(say(f"{notice}_by_leaving")),) if notice in _TOLD_OF_LEAVING else ()
    is_open = request.state is RequestState.OPEN
    number = (str(request.id),)
    match notice:
        case Notice.MENTOR_REQUESTED if is_open:
            note = (Quote(request.note),) if request.note else ()
            return (
                Text(say("request.asks_you", mentee=request.mentee_name)),
                *note,
                Buttons(
                    (
                        Button(say("request.yes"), "accept", number),
                        Button(say("request.not_now"), "decline", number),
                        Button(say("request.tell_me_more"), "tell_me_more", number),
                    )
                ),
                Context(say("request.no_reason_told", mentee=request.mentee_name)),
            )
        case Notice.MENTOR_WITHDRAWN:
            return (Text(say("request.withdrawn", mentee=request.mentee_name)),)
        case Notice.REQUEST_DECLINED:
            return (
                Text(say("request.declined", mentor=request.mentor_name)),
                Buttons((Button(say("request.find_another"), "mentor find"),)),
            )
        case Notice.REQUEST_QUESTIONED if is_open:
            return (
                Text(say("request.say_more", mentor=request.mentor_name)),
                Buttons((Button(say("request.write_more"), "say_more", number),)),
            )
        case Notice.REQUEST_WAITING if is_open:
            return (
                Text(say("request.still_waiting", mentor=request.mentor_name)),
                Buttons((Button(say("request.find_another"), "mentor find"),)),
            )
        case _:
            return ()
