"""Nudges: standing orders for prompts in a channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from bot.chat.identity import PlaceRef
from bot.domain.delivery import DeliveryKind
from bot.domain.errors import UserError
from bot.domain.prompts import Prompt, Room, choose_prompt
from bot.domain.recurrence import Occurrence, Recurrence, next_occurrence
from bot.domain.schedule import DEFAULT_GRACE, Schedule
from bot.domain.wall_time import find_zone, to_wall
from bot.domain.when import read_when
from bot.ports.calendar import Calendar
from bot.ports.deliveries import NewDelivery
from bot.ports.storage import UnitOfWork

DATES_SHOWN = 3
"""How many coming dates are shown before and after a nudge is saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A nudge that could be saved: `dates` are its next ones, aware, in UTC."""

    place: PlaceRef
    zone: str
    words: str
    recurrence: Recurrence
    holidays: str | None
    dates: tuple[Occurrence, ...]


def plan(
    place: PlaceRef,
    words: str,
    *,
    zone: str,
    holidays: str | None,
    now: datetime,
    calendar: Calendar,
) -> Plan:
    """Read what a coordinator wants. Raises UserError for what can't be read or never comes."""
    country = _country(holidays, calendar)
    recurrence = read_when(words, to_wall(now, find_zone(zone)).date())
    dates: list[Occurrence] = []
    after: Occurrence | datetime = now
    for _ in range(DATES_SHOWN):
        after = next_occurrence(recurrence, find_zone(zone), after, _days_off(country, calendar))
        dates.append(after)
    return Plan(
        place=place,
        zone=zone,
        words=words,
        recurrence=recurrence,
        holidays=country,
        dates=tuple(dates),
    )


def _country(holidays: str | None, calendar: Calendar) -> str | None:
    if holidays is None or holidays.casefold() in ("none", "off"):
        return None
    country = holidays.upper()
    if not calendar.knows(country):
        raise UserError("holidays.unknown", country=holidays)
    return country


def _days_off(country: str | None, calendar: Calendar) -> Callable[[date], bool]:
    return lambda day: country is not None and calendar.is_holiday(country, day)


async def add(work: UnitOfWork, programme_id: int, wanted: Plan) -> Schedule:
    """Save a nudge."""
    return await work.schedules.add_nudge(
        programme_id=programme_id,
        place_id=await work.places.ensure(wanted.place),
        zone=wanted.zone,
        recurrence=wanted.recurrence,
        words=wanted.words,
        holidays=wanted.holidays,
        grace=DEFAULT_GRACE,
        first=wanted.dates[0],
    )


async def find(work: UnitOfWork, programme_id: int, number: int | None) -> Schedule:
    """The nudge with this number; without one, the only nudge that there is.

    Raises UserError if it is not this programme's, or which one is not clear.
    """
    if number is None:
        nudges = await work.schedules.nudges(programme_id)
        if len(nudges) == 1:
            return nudges[0]
        raise UserError("nudge.which" if nudges else "nudge.none")
    nudge = await work.schedules.nudge(programme_id, number)
    if nudge is None:
        raise UserError("nudge.unknown", nudge=number)
    return nudge


def following(nudge: Schedule, now: datetime, calendar: Calendar) -> Occurrence:
    """When a nudge comes next, were it not paused."""
    if nudge.recurrence is None or nudge.zone is None:
        message = f"schedule {nudge.id} is no nudge"
        raise TypeError(message)
    zone = find_zone(nudge.zone)
    return next_occurrence(nudge.recurrence, zone, now, _days_off(nudge.holidays, calendar))


async def set_paused(
    work: UnitOfWork, nudge: Schedule, *, paused: bool, now: datetime, calendar: Calendar
) -> None:
    """Stop a nudge, or let it go on with its next time from now."""
    await work.schedules.set_paused(
        nudge.id, paused=paused, following=following(nudge, now, calendar)
    )


async def post_now(work: UnitOfWork, nudge: Schedule, now: datetime, slot: str) -> None:
    """Post the nudge's next prompt at once, and once only for one `slot`."""
    if nudge.place_id is None:
        message = f"schedule {nudge.id} has no place"
        raise TypeError(message)
    await work.deliveries.add(
        NewDelivery(
            programme_id=nudge.programme_id,
            place_id=nudge.place_id,
            kind=DeliveryKind.NUDGE,
            slot=slot,
            due_at=now,
            expires_at=now + nudge.grace,
            schedule_id=nudge.id,
        )
    )


async def coming(work: UnitOfWork, nudge: Schedule, most: int) -> tuple[Prompt, ...]:
    """The prompts that a nudge will ask next, queued ones first, then as the rotation goes."""
    if nudge.place_id is None:
        return ()
    pool = await work.prompts.pool(nudge.programme_id, Room.CHANNEL)
    rotation = (await work.prompts.rotations([nudge.place_id]))[nudge.place_id]
    found = list(await work.prompts.queue(nudge.id))
    for prompt in found:
        rotation = rotation.after(prompt.id)
    while len(found) < most:
        chosen = choose_prompt(pool, rotation, nudge.id)
        if chosen is None:
            break
        found.append(chosen)
        rotation = rotation.after(chosen.id)
    return tuple(found[:most])


async def put_first(work: UnitOfWork, nudge: Schedule, key: str) -> Prompt:
    """Put a prompt at the head of a nudge's queue. Raises UserError for an unknown one."""
    prompt = await _channel_prompt(work, nudge, key)
    queue = await work.prompts.queue(nudge.id)
    others = [queued.id for queued in queue if queued.id != prompt.id]
    await work.prompts.set_queue(nudge.id, [prompt.id, *others])
    return prompt


async def pass_over(work: UnitOfWork, nudge: Schedule, key: str) -> Prompt:
    """Let a prompt wait until all others have had their turn. Raises UserError if unknown."""
    prompt = await _channel_prompt(work, nudge, key)
    queue = await work.prompts.queue(nudge.id)
    await work.prompts.set_queue(nudge.id, [q.id for q in queue if q.id != prompt.id])
    if nudge.place_id is not None:
        rotation = (await work.prompts.rotations([nudge.place_id]))[nudge.place_id]
        await work.prompts.set_rotation(nudge.place_id, rotation.after(prompt.id))
    return prompt


async def _channel_prompt(work: UnitOfWork, nudge: Schedule, key: str) -> Prompt:
    for prompt in await work.prompts.pool(nudge.programme_id, Room.CHANNEL):
        if prompt.key == key.casefold():
            return prompt
    raise UserError("nudge.prompt_unknown", prompt=key)
