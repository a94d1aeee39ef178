"""What is said, edited, deleted and reacted to on Discord, as discord.py hands it on.

Without the message-content intent what others write arrives empty and is passed over, except direct
messages, replies that notify Cairn and what mentions it.
"""

from datetime import datetime

import discord

from adapters.discord import names
from adapters.discord.origin import (
    Common,
    community_of,
    happened_at,
    is_person,
    place_of,
    to_person,
)
from adapters.discord.payload import Payload
from adapters.discord.text import cut, one_line, plain, storable
from bot.chat.identity import MessageRef, PlaceKind, PlaceRef
from bot.chat.incoming import MessageDeleted, MessageEdited, MessageSaid, Person, Reacted, untold

_WORDS = (discord.MessageType.default, discord.MessageType.reply)
"""The types of messages that are somebody's words."""

_LONGEST_EMOJI = 64


def said(message: discord.Message, at: datetime, own: int | None = None) -> MessageSaid | None:
    """A message that somebody wrote, received at `at`; None for what is no answer to Cairn.

    In a server that is what stands in a public thread, or replies to something. It may also be one
    that was read later. `own` is Cairn's own account, and that it was named is not part of what was
    said.
    """
    common, text = _common(message, at, f"message:{message.id}"), _text(message, own)
    if common is None or not text or not _is_answer(message, common["place"]):
        return None
    return MessageSaid(
        **common,
        message=MessageRef(common["place"], str(message.id)),
        text=text,
        thread=_thread(message, common["place"]),
    )


def edited(
    told: discord.RawMessageUpdateEvent, at: datetime, own: int | None = None
) -> MessageEdited | None:
    """A message that its author has changed; None for every other change of one."""
    message = told.message
    if message.edited_at is None:
        return None
    stamp = f"{message.edited_at.timestamp():.3f}"
    common, text = _common(message, at, f"edited:{message.id}:{stamp}"), _text(message, own)
    if common is None or not text or not _is_answer(message, common["place"]):
        return None
    common["at"] = min(message.edited_at, at)
    return MessageEdited(**common, message=MessageRef(common["place"], str(message.id)), text=text)


def deleted(told: discord.RawMessageDeleteEvent, at: datetime) -> MessageDeleted | None:
    """A message that is gone; None for what the client remembers that no person wrote.

    Discord doesn't tell whose it was, so that only the client's short memory can.
    """
    known = told.cached_message
    channel = known.channel if known is not None else discord.Object(told.channel_id)
    place = place_of(channel, told.guild_id)
    is_known = known is None or _is_words(known)
    if place is None or not is_known or not names.is_snowflake(str(told.message_id)):
        return None
    return MessageDeleted(
        event_id=f"deleted:{told.message_id}",
        at=at,
        actor=to_person(known.author) if known is not None else untold(names.PLATFORM),
        place=place,
        community=community_of(told.guild_id),
        message=MessageRef(place, str(told.message_id)),
        thread=_thread(known, place) if known is not None else None,
    )


def reacted(
    told: discord.RawReactionActionEvent, at: datetime, own: int | None = None
) -> Reacted | None:
    """A reaction added or taken back; None for those of bots, or to what others wrote.

    Discord gives reactions no id and tells none again, so the minute tells one from the same
    reaction made again later.
    """
    is_a_bot = told.user_id == own or (told.member is not None and told.member.bot)
    # whose message it is on is told of what is added only
    is_elsewhere = own is not None and told.message_author_id not in (own, None)
    place = place_of(discord.Object(told.channel_id), told.guild_id)
    name = cut(one_line(storable(Payload(told.emoji.name).text)), _LONGEST_EMOJI)
    are_ids = all(names.is_snowflake(str(one)) for one in (told.user_id, told.message_id))
    if is_a_bot or is_elsewhere or place is None or not name or not are_ids:
        return None
    added = told.event_type == "REACTION_ADD"
    who = to_person(told.member) if told.member else Person(names.account(told.user_id))
    parts = ("reaction", told.message_id, told.user_id, told.emoji.id or name, added)
    return Reacted(
        event_id=":".join(map(str, (*parts, f"{at:%Y%m%d%H%M}"))),
        at=at,
        actor=who,
        place=place,
        community=community_of(told.guild_id),
        message=MessageRef(place, str(told.message_id)),
        name=name,
        added=added,
    )


def _common(message: discord.Message, at: datetime, event_id: str) -> Common | None:
    guild = _guild(message)
    place = place_of(message.channel, guild)
    if place is None or not _is_words(message) or not names.is_snowflake(str(message.id)):
        return None
    return Common(
        event_id=event_id,
        at=happened_at(message.id, at),
        actor=to_person(message.author),
        place=place,
        community=community_of(guild),
        ticket=None,
    )


def _guild(message: discord.Message) -> int | None:
    # of a server that the client doesn't know yet only the channel tells
    guild = message.guild
    told = guild.id if guild is not None else getattr(message.channel, "guild_id", None)
    return told if isinstance(told, int) else None


def _is_words(message: discord.Message) -> bool:
    is_a_person = is_person(getattr(message, "author", None))
    return message.type in _WORDS and is_a_person and message.webhook_id is None


def _text(message: discord.Message, own: int | None) -> str:
    text = plain(Payload(message.content).text)
    return text.replace(f"@{own}", "", 1).strip() if own else text.strip()


def _is_answer(message: discord.Message, place: PlaceRef) -> bool:
    """Whether it may be for Cairn: what people say to each other is never even kept for later."""
    if isinstance(message.channel, discord.Thread) and message.channel.is_private():
        return False
    return place.kind is not PlaceKind.CHANNEL or _thread(message, place) is not None


def _thread(message: discord.Message, place: PlaceRef) -> MessageRef | None:
    """The message that this one answers: a thread has the id of the message that it hangs on."""
    channel, answered = message.channel, message.reference
    if isinstance(channel, discord.Thread):
        parent = names.channel(channel.guild.id, channel.parent_id)
        return MessageRef(parent, str(channel.id))
    is_answer = message.type is discord.MessageType.reply and answered is not None
    if not is_answer or answered is None or not answered.message_id:
        return None
    return (
        MessageRef(place, str(answered.message_id)) if answered.channel_id == channel.id else None
    )
