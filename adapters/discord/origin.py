"""What everything that happens on Discord tells: who did it, where and when."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

import discord

from adapters.discord import names
from adapters.discord.payload import Payload
from adapters.discord.text import label
from bot.chat.identity import CommunityRef, PlaceRef
from bot.chat.incoming import Person

_LONGEST_NAME = 100
_OLDEST = timedelta(days=30)
"""What was missed is read for at most so long; a time before that is a mistake."""


class Common(TypedDict):
    """What every event of the vocabulary has."""

    event_id: str
    at: datetime
    actor: Person
    place: PlaceRef
    community: CommunityRef | None
    ticket: str | None


def of_interaction(
    interaction: discord.Interaction[Any], at: datetime, ticket: str | None = None
) -> Common | None:
    """All that does not depend on what was done; None if no person did it, or nowhere."""
    place, actor = place_of_interaction(interaction), person_of(interaction)
    if place is None or actor is None or not names.is_snowflake(str(interaction.id)):
        return None
    return Common(
        event_id=f"interaction:{interaction.id}",
        at=happened_at(interaction.id, at),
        actor=actor,
        place=place,
        community=community_of(interaction.guild_id),
        ticket=ticket,
    )


def person_of(interaction: discord.Interaction[Any]) -> Person | None:
    """Who used an interaction; None for what is no person."""
    if not is_person(interaction.user):
        return None
    return to_person(
        interaction.user,
        locale=interaction.locale.value,
        runs_community=interaction.guild_id is not None and interaction.permissions.manage_guild,
    )


def is_person(user: object) -> bool:
    """Whether this is somebody; a payload may lack its user, whatever discord.py promises."""
    is_user = isinstance(user, discord.User | discord.Member) and not user.bot
    return is_user and names.is_snowflake(str(getattr(user, "id", "")))


def to_person(
    user: discord.abc.User, *, locale: str | None = None, runs_community: bool = False
) -> Person:
    """Someone as Discord describes them, by the name that they have where this happened."""
    # discord.py hands on what it was given, of whatever type it is
    shown, named = Payload(user.display_name).text, Payload(user.name).text
    return Person(
        names.account(user.id),
        label(shown, _LONGEST_NAME, otherwise=named),
        locale=locale if isinstance(locale, str) else None,
        runs_community=runs_community,
    )


def community_of(guild: int | None) -> CommunityRef | None:
    """A server, where there is one."""
    return None if guild is None else names.community(guild)


def place_of_interaction(interaction: discord.Interaction[Any]) -> PlaceRef | None:
    """Where an interaction was used."""
    channel = interaction.channel
    return None if channel is None else place_of(channel, interaction.guild_id)


def place_of(channel: object, guild: int | None) -> PlaceRef | None:
    """The place that a channel of discord.py's is; None for what is none."""
    channel_id, kind = getattr(channel, "id", None), getattr(channel, "type", None)
    if not names.is_snowflake(str(channel_id)) or not isinstance(channel_id, int):
        return None
    if guild is None:
        is_group = kind is discord.ChannelType.group
        return names.group(channel_id) if is_group else names.direct(channel_id)
    if not names.is_snowflake(str(guild)):
        return None
    if isinstance(channel, discord.Thread) or kind in THREADS:
        return names.thread(guild, channel_id)
    return names.channel(guild, channel_id)


THREADS = (
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
)


def happened_at(snowflake: int, at: datetime) -> datetime:
    """The time that an id was made, if that is believable, else when it was received."""
    milliseconds = (snowflake >> 22) + discord.utils.DISCORD_EPOCH
    oldest = (at - _OLDEST).timestamp()
    if not oldest * 1000 <= milliseconds <= at.timestamp() * 1000:
        return at
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
