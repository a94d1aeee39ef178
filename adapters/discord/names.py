"""Discord's ids made into references of the vocabulary, and taken apart again.

A snowflake is unique on all of Discord, so a native id is a snowflake and nothing else.
"""

import re

from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef

PLATFORM = "discord"

_SNOWFLAKE = re.compile(r"[0-9]{1,20}")
_LARGEST = 2**64

Id = int | str
"""A snowflake, as discord.py or as a payload has it."""


def community(guild: Id) -> CommunityRef:
    """A server."""
    return CommunityRef(PLATFORM, str(guild))


def account(user: Id) -> AccountRef:
    """Someone on Discord."""
    return AccountRef(PLATFORM, str(user))


def channel(guild: Id, channel_id: Id) -> PlaceRef:
    """A channel of a server."""
    return PlaceRef(PLATFORM, str(channel_id), PlaceKind.CHANNEL, str(guild))


def thread(guild: Id, thread_id: Id) -> PlaceRef:
    """A thread of a server, public or private."""
    return PlaceRef(PLATFORM, str(thread_id), PlaceKind.THREAD, str(guild))


def direct(channel_id: Id) -> PlaceRef:
    """Someone's own conversation with Cairn, which lies in no server."""
    return PlaceRef(PLATFORM, str(channel_id), PlaceKind.DIRECT)


def group(channel_id: Id) -> PlaceRef:
    """A conversation of several people outside of any server."""
    return PlaceRef(PLATFORM, str(channel_id), PlaceKind.GROUP)


def snowflake(native_id: str) -> int:
    """A native id as discord.py takes it. Raises ValueError for what is none."""
    if not is_snowflake(native_id):
        message = "not an id of Discord's"
        raise ValueError(message)
    return int(native_id)


def is_snowflake(written: str) -> bool:
    """Whether this could be an id of Discord's."""
    return bool(_SNOWFLAKE.fullmatch(written)) and 0 < int(written) < _LARGEST
