"""People, places and prompts that many tests start from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.chat.identity import AccountRef, CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.domain.delivery import DeliveryKind
from bot.domain.membership import MemberSettings, Membership, Programme
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import Schedule
from bot.ports.deliveries import NewDelivery, Ready, WasSent
from bot.ports.storage import UnitOfWork

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""A Monday."""

TOWN = CommunityRef("console", "town")

SETTINGS = MemberSettings(
    zone="Europe/Berlin",
    minute=9 * 60,
    days=Weekdays.of(range(5)),
    quiet=QuietHours(20 * 60, 8 * 60),
)

LIBRARY = (
    LibraryPrompt("vision.a", Practice.VISION, Room.DIRECT, "Where to?"),
    LibraryPrompt("values.b", Practice.VALUES, Room.DIRECT, "What for?"),
    LibraryPrompt("values.c", Practice.VALUES, Room.CHANNEL, "What counts here?"),
)


def person(name: str) -> Person:
    """Someone on the console, whose native id is their name."""
    return Person(AccountRef("console", name), name)


def direct(name: str) -> PlaceRef:
    """Someone's own conversation."""
    return PlaceRef("console", f"dm-{name}", PlaceKind.DIRECT)


def channel(name: str) -> PlaceRef:
    """A channel of the town."""
    return PlaceRef("console", name, PlaceKind.CHANNEL, TOWN.native_id)


def message(name: str, native_id: str) -> MessageRef:
    """A message in someone's own conversation."""
    return MessageRef(direct(name), native_id)


def occurrence(at: datetime) -> Occurrence:
    """An occurrence in UTC."""
    return Occurrence(at.replace(tzinfo=None), at)


async def found_programme(work: UnitOfWork, name: str = "Guild") -> Programme:
    """A programme with its schedule of reflections."""
    programme = await work.programmes.create(name, "en")
    await work.schedules.add_reflections(programme.id)
    return programme


async def found_town(work: UnitOfWork) -> Programme:
    """A programme that the town belongs to, and the library."""
    programme = await found_programme(work)
    await work.programmes.attach(TOWN, "Town", programme.id)
    await work.prompts.publish(LIBRARY, NOW)
    return programme


async def join(
    work: UnitOfWork, programme: Programme, name: str, settings: MemberSettings = SETTINGS
) -> Membership:
    """A member who joined, with settings and their own place."""
    account = await work.accounts.seen(person(name))
    membership = await work.memberships.ensure(account.id, programme.id)
    place_id = await work.places.ensure(direct(name), account.id)
    await work.memberships.save(replace(membership, joined_at=NOW, direct_place_id=place_id))
    schedule = await work.schedules.reflections(programme.id)
    first = occurrence(NOW + timedelta(days=1))
    group_id = await work.schedules.ensure_group(schedule.id, settings.zone, settings.minute, first)
    await work.memberships.set_settings(membership.id, settings, group_id)
    return await work.memberships.get(membership.id)


async def send_prompt_to(
    work: UnitOfWork, membership: Membership, prompt_id: int, slot: str = "asked"
) -> int:
    """A prompt that was sent to a member; gives the delivery's number."""
    assert membership.direct_place_id is not None
    new = NewDelivery(
        programme_id=membership.programme_id,
        place_id=membership.direct_place_id,
        kind=DeliveryKind.REFLECTION,
        slot=slot,
        due_at=NOW,
        membership_id=membership.id,
    )
    return await _send(work, new, prompt_id)


async def send_nudge(work: UnitOfWork, nudge: Schedule, prompt_id: int) -> int:
    """A nudge that was sent to its channel; gives the delivery's number."""
    assert nudge.place_id is not None
    new = NewDelivery(
        programme_id=nudge.programme_id,
        place_id=nudge.place_id,
        kind=DeliveryKind.NUDGE,
        slot="asked",
        due_at=NOW,
        schedule_id=nudge.id,
    )
    return await _send(work, new, prompt_id)


async def _send(work: UnitOfWork, new: NewDelivery, prompt_id: int) -> int:
    delivery_id = await work.deliveries.add(new)
    assert delivery_id is not None
    await work.deliveries.claim(["console"], "me", NOW, NOW + timedelta(minutes=1), 10)
    await work.deliveries.begin([Ready(delivery_id, prompt_id)], "me", NOW)
    sent = MessageRef(await work.places.get(new.place_id), f"m-{new.slot}")
    await work.deliveries.record([WasSent(delivery_id, sent, NOW)], "me", NOW)
    return delivery_id
