"""Private threads for pairs: an address that the core can keep, and the thread behind it.

The core has the address before there is a thread. Which thread it became stands in a record, so
that a process which dies in between, or another one, goes on with the same thread.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from typing import Literal

import discord

from adapters.discord import names
from adapters.discord.calls import Calls
from adapters.discord.names import PLATFORM
from adapters.discord.refusals import UNKNOWN_CHANNEL, DiscordRefusedError, as_unsent
from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef
from bot.ports.chat import ChatBusyError, ChatError
from bot.ports.clock import Clock
from bot.ports.installations import Installations

MOST_IN_ROOM = 8

_BETWEEN = "+"
_MAKING = timedelta(seconds=30)
_ASK_AGAIN = timedelta(seconds=5)
_ARCHIVED_AFTER: Literal[10080] = 10080
"""Minutes of silence, the most there is; whoever writes then opens the thread again."""


@dataclass(frozen=True, slots=True)
class Room:
    """An address taken apart: the channel above the thread, and who talks there."""

    under: int
    people: tuple[str, ...]


def address(
    people: Sequence[AccountRef], community: CommunityRef | None, under: PlaceRef | None
) -> PlaceRef | None:
    """Where these people can talk; None without a channel that was chosen for such rooms."""
    users = {one.native_id for one in people if one.platform == PLATFORM}
    if community is None or under is None or under.kind is not PlaceKind.CHANNEL:
        return None
    if community.platform != PLATFORM or under.community != community.native_id:
        return None
    if not 2 <= len(users) == len(people) <= MOST_IN_ROOM:
        return None
    native = _BETWEEN.join((under.native_id, *sorted(users)))
    return PlaceRef(PLATFORM, native, PlaceKind.THREAD, community.native_id)


def room_of(place: PlaceRef) -> Room | None:
    """What an address says; None for a place that is one of Discord's already."""
    under, *people = place.native_id.split(_BETWEEN)
    return Room(names.snowflake(under), tuple(people)) if people else None


class Rooms:
    """The threads of all pairs; each method raises `ChatError`, and no message is ever in doubt."""

    def __init__(self, calls: Calls, records: Installations, clock: Clock, name: str) -> None:
        """Make threads of this name through these calls, and keep which in these records."""
        self._calls = calls
        self._records = records
        self._clock = clock
        self._name = name

    async def thread(self, place: PlaceRef, room: Room) -> int:
        """The thread behind an address, made if there is none yet."""
        key = _key(place)
        found = await self._read(key)
        thread = found.thread or await self._make(key, room)
        if not found.is_whole:
            await self._gather(key, thread, room)
        return thread

    async def known(self, place: PlaceRef) -> int | None:
        """The thread behind an address, if there is one."""
        return (await self._read(_key(place))).thread

    async def forget(self, place: PlaceRef, error: ChatError) -> None:
        """Make another thread next time, if this error says that the old one is gone."""
        if isinstance(error, DiscordRefusedError) and error.code == UNKNOWN_CHANNEL:
            await self._records.delete(PLATFORM, _key(place))

    async def _read(self, key: str) -> "_Record":
        content = await self._records.find(PLATFORM, key)
        told = json.loads(content) if content else {}
        return _Record(told.get("thread"), bool(told.get("whole")))

    async def _make(self, key: str, room: Room) -> int:
        now = self._clock.now()
        if await self._records.find(PLATFORM, key) is None:
            await self._records.save(PLATFORM, key, b"")
        if not await self._records.lock(PLATFORM, key, now, now + _MAKING):
            raise ChatBusyError(_ASK_AGAIN)
        try:
            made = await self._calls.make(
                lambda: self._calls.http.start_thread_without_message(
                    room.under,
                    name=self._name,
                    type=discord.ChannelType.private_thread.value,
                    invitable=False,
                    auto_archive_duration=_ARCHIVED_AFTER,
                )
            )
        except ChatError as error:
            raise as_unsent(error) from error
        thread = int(made["id"])
        await self._save(key, _Record(thread, is_whole=False))
        return thread

    async def _gather(self, key: str, thread: int, room: Room) -> None:
        try:
            for user in room.people:
                async with self._calls.calling():
                    await self._calls.http.add_user_to_thread(thread, names.snowflake(user))
        except ChatError as error:
            raise as_unsent(error) from error
        await self._save(key, _Record(thread, is_whole=True))

    async def _save(self, key: str, record: "_Record") -> None:
        content = json.dumps({"thread": record.thread, "whole": record.is_whole})
        await self._records.save(PLATFORM, key, content.encode())


@dataclass(frozen=True, slots=True)
class _Record:
    """What is kept of a room: its thread, and whether everybody was brought there."""

    thread: int | None
    is_whole: bool


def _key(place: PlaceRef) -> str:
    return f"room:{blake2b(place.native_id.encode(), digest_size=16).hexdigest()}"
