"""Answers, each kept with the prompt that it answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.chat.incoming import MessageDeleted, MessageEdited, MessageSaid, Reacted
from bot.domain.delivery import DeliveryKind
from bot.domain.errors import UserError
from bot.domain.membership import MemberSettings, Membership
from bot.domain.practices import Practice
from bot.domain.prompts import Prompt, Room, choose_prompt
from bot.domain.reflection import ONE_REFLECTION, OPEN_FOR, Via
from bot.domain.wall_time import find_zone, to_instant, to_wall, wall_at
from bot.ports.deliveries import NewDelivery, PostedPrompt
from bot.ports.storage import UnitOfWork

MAX_MESSAGE = 40_000
"""The most characters of one message; no platform delivers more."""


class Typed(Enum):
    """What became of something typed in a direct conversation."""

    KEPT = auto()
    ADDED = auto()
    ASKED = auto()


@dataclass(frozen=True, slots=True)
class TypedAnswer:
    """Where typed words went: which reflection, and whether it is new, added to, or a draft."""

    typed: Typed
    reflection_id: int
    prompt_id: int | None


async def keep_typed(
    work: UnitOfWork, membership: Membership, said: MessageSaid
) -> TypedAnswer | None:
    """Keep what a member typed in the direct conversation; None if it was kept before.

    It belongs to the prompt that it replies to, else to the open one; messages less than ten
    minutes apart are one reflection; with no prompt open it is a draft until they say.
    """
    _check_length(said.text)
    if await _is_known(work, membership, said):
        return None
    prompt = await _answered_prompt(work, membership, said)
    delivery_id = prompt.delivery_id if prompt else None
    latest = await work.reflections.latest(
        membership.account_id, Via.DIRECT, _since(said.at), delivery_id
    )
    if latest:
        await work.reflections.append(
            membership.account_id, latest.id, text=said.text, at=said.at, message=said.message
        )
        return TypedAnswer(Typed.ADDED, latest.id, latest.prompt_id)
    prompt_id = prompt.prompt_id if prompt else None
    reflection_id = await work.reflections.add(
        membership.account_id,
        via=Via.DIRECT,
        text=said.text,
        at=said.at,
        delivery_id=delivery_id,
        prompt_id=prompt_id,
        message=said.message,
        kept=prompt is not None,
    )
    return TypedAnswer(Typed.KEPT if prompt else Typed.ASKED, reflection_id, prompt_id)


async def _answered_prompt(
    work: UnitOfWork, membership: Membership, said: MessageSaid
) -> PostedPrompt | None:
    if said.thread and (prompt := await work.deliveries.posted(said.thread)):
        return prompt
    if membership.direct_place_id is None:
        return None
    return await open_prompt(work, membership.direct_place_id, said.at)


async def open_prompt(work: UnitOfWork, place_id: int, at: datetime) -> PostedPrompt | None:
    """The prompt that typed words belong to: the last one, for 48 hours, unless it was closed."""
    prompt = await work.deliveries.latest_prompt(place_id, at - OPEN_FOR)
    return prompt if prompt and prompt.open else None


async def keep_thread_reply(
    work: UnitOfWork, membership: Membership | None, said: MessageSaid
) -> None:
    """Keep a reply in a prompt's thread; of people who have not joined, only count it."""
    prompt = said.thread and await work.deliveries.posted(said.thread)
    if not prompt:
        return
    if membership is None or membership.joined_at is None:
        await work.deliveries.count_others(prompt.delivery_id, replies=1)
        return
    if await _is_known(work, membership, said):
        return
    author, text = membership.account_id, said.text[:MAX_MESSAGE]
    latest = await work.reflections.latest(author, Via.THREAD, _since(said.at), prompt.delivery_id)
    if latest:
        await work.reflections.append(
            author, latest.id, text=text, at=said.at, message=said.message
        )
        return
    await work.reflections.add(
        author,
        via=Via.THREAD,
        text=text,
        at=said.at,
        delivery_id=prompt.delivery_id,
        prompt_id=prompt.prompt_id,
        message=said.message,
    )


async def _is_known(work: UnitOfWork, membership: Membership, said: MessageSaid) -> bool:
    """Whether it was kept before: after a long outage a platform's history is read again."""
    return await work.reflections.by_message(membership.account_id, said.message) is not None


def _since(at: datetime) -> datetime:
    # exactly ten minutes apart is not less than ten minutes apart
    return at - ONE_REFLECTION + timedelta(microseconds=1)


def _check_length(text: str) -> None:
    if len(text) > MAX_MESSAGE:
        raise UserError("reflection.too_long", limit=MAX_MESSAGE)


async def follow_edit(work: UnitOfWork, author_id: int, edited: MessageEdited) -> None:
    """Let a reflection read as its message does now."""
    await work.reflections.replace_message(
        author_id, edited.message, edited.text[:MAX_MESSAGE], edited.at
    )


async def follow_deletion(
    work: UnitOfWork, membership: Membership | None, deleted: MessageDeleted
) -> None:
    """Delete what was kept of a message, or count one reply less of people who did not join.

    Where the platform does not tell whose message it was, that is known here if it was kept; if it
    was not, nothing is counted.
    """
    if not deleted.actor.is_told:
        author_id = await work.reflections.author_of(deleted.message)
        if author_id is not None:
            await work.reflections.delete_message(author_id, deleted.message)
        return
    if membership and membership.joined_at:
        await work.reflections.delete_message(membership.account_id, deleted.message)
        return
    prompt = deleted.thread and await work.deliveries.posted(deleted.thread)
    if prompt:
        await work.deliveries.count_others(prompt.delivery_id, replies=-1)


async def follow_reaction(
    work: UnitOfWork, membership: Membership | None, reacted: Reacted
) -> None:
    """Keep a reaction to a prompt, or its taking back; of others, only count it."""
    prompt = await work.deliveries.posted(reacted.message)
    if prompt is None:
        return
    if membership is None or membership.joined_at is None:
        change = 1 if reacted.added else -1
        await work.deliveries.count_others(prompt.delivery_id, reactions=change)
    elif reacted.added:
        await work.reflections.react(
            membership.account_id, prompt.delivery_id, reacted.name, reacted.at
        )
    else:
        await work.reflections.unreact(membership.account_id, prompt.delivery_id, reacted.name)


async def asked_of(work: UnitOfWork, membership: Membership, delivery_id: int) -> PostedPrompt:
    """A prompt that this member was asked, alone or in a channel of their programme.

    Raises UserError for any other delivery.
    """
    prompt = await work.deliveries.posted_by_id(delivery_id)
    if prompt is None or prompt.programme_id != membership.programme_id:
        raise UserError("prompt.unknown")
    if prompt.kind is DeliveryKind.REFLECTION and prompt.membership_id != membership.id:
        raise UserError("prompt.unknown")
    return prompt


async def answer(
    work: UnitOfWork, membership: Membership, delivery_id: int, text: str, now: datetime
) -> TypedAnswer:
    """Keep an answer given by a form under a prompt."""
    prompt = await asked_of(work, membership, delivery_id)
    reflection_id = await work.reflections.add(
        membership.account_id,
        via=Via.FORM,
        text=text,
        at=now,
        delivery_id=prompt.delivery_id,
        prompt_id=prompt.prompt_id,
    )
    return TypedAnswer(Typed.KEPT, reflection_id, prompt.prompt_id)


async def write_down(
    work: UnitOfWork, membership: Membership, text: str, now: datetime
) -> TypedAnswer:
    """Keep words given with a command; they answer the open prompt if there is one."""
    prompt = None
    if membership.direct_place_id is not None:
        prompt = await open_prompt(work, membership.direct_place_id, now)
    prompt_id = prompt.prompt_id if prompt else None
    reflection_id = await work.reflections.add(
        membership.account_id,
        via=Via.COMMAND,
        text=text,
        at=now,
        delivery_id=prompt.delivery_id if prompt else None,
        prompt_id=prompt_id,
    )
    return TypedAnswer(Typed.KEPT, reflection_id, prompt_id)


async def rewrite(
    work: UnitOfWork, membership: Membership, reflection_id: int, text: str, now: datetime
) -> None:
    """Replace a member's reflection as a whole. Raises UserError if it is not theirs."""
    if not await work.reflections.replace(membership.account_id, reflection_id, text, now):
        raise UserError("reflection.gone")


async def snooze(
    work: UnitOfWork,
    membership: Membership,
    settings: MemberSettings,
    delivery_id: int,
    now: datetime,
) -> datetime:
    """Ask the same again on the member's next free working day, at their time; gives when.

    It takes the place of that day's own question. Raises UserError if it was snoozed before.
    """
    prompt = await asked_of(work, membership, delivery_id)
    if membership.direct_place_id is None:
        raise UserError("who.not_joined")
    zone = find_zone(settings.zone)
    day = to_wall(now, zone).date() + timedelta(days=1)
    taken = await work.deliveries.days_taken(membership.direct_place_id, day)
    while day.weekday() not in settings.days or day in taken:
        day += timedelta(days=1)
    due_at = to_instant(wall_at(day, settings.minute), zone)
    schedule = await work.schedules.reflections(membership.programme_id)
    added = await work.deliveries.add(
        NewDelivery(
            programme_id=membership.programme_id,
            place_id=membership.direct_place_id,
            kind=DeliveryKind.REFLECTION,
            slot=f"snooze:{delivery_id}",
            due_at=due_at,
            expires_at=due_at + schedule.grace,
            membership_id=membership.id,
            schedule_id=schedule.id,
            prompt_id=prompt.prompt_id,
            day=day,
        )
    )
    if added is None:
        raise UserError("prompt.snoozed_before")
    await skip(work, membership, prompt)
    return due_at


async def skip(work: UnitOfWork, membership: Membership, prompt: PostedPrompt) -> None:
    """Let a member's prompt rest; one in a channel stays open for the others."""
    if prompt.membership_id == membership.id:
        await work.deliveries.close_prompt(prompt.delivery_id)


async def choose_of_practice(
    work: UnitOfWork, membership: Membership, practice: Practice
) -> Prompt:
    """The question of one practice that this member was asked least recently.

    Raises UserError if there is none left.
    """
    if membership.direct_place_id is None:
        raise UserError("who.not_joined")
    pool = await work.prompts.pool(membership.programme_id, Room.DIRECT)
    rotations = await work.prompts.rotations([membership.direct_place_id])
    chosen = choose_prompt(
        [prompt for prompt in pool if prompt.practice is practice],
        rotations[membership.direct_place_id],
        membership.id,
    )
    if chosen is None:
        raise UserError("reflect.nothing_left", practice=practice.value)
    return chosen
