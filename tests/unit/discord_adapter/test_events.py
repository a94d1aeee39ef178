"""What is said, edited, deleted and reacted to."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from adapters.discord import events, names
from bot.chat.identity import MessageRef
from bot.chat.incoming import MessageDeleted, MessageEdited, MessageSaid, Person, Reacted, untold
from tests.unit.discord_adapter.payloads import (
    ANA,
    AT,
    CAIRN,
    DIRECT,
    EARLIER,
    GUILD,
    HAPPENED,
    ID,
    PRIVATE,
    TEAM,
    Json,
    Listener,
    direct_message,
    member,
    message,
    own_message,
    reaction,
    thread,
    user,
)

TEAM_PLACE = names.channel(GUILD, TEAM)
THREAD = names.thread(GUILD, EARLIER)


def said(data: Json) -> MessageSaid | None:
    return events.said(Listener().hear("MESSAGE_CREATE", data, "message"), AT, CAIRN)


def edited(data: Json) -> MessageEdited | None:
    told = Listener().hear("MESSAGE_UPDATE", data, "raw_message_edit")
    return events.edited(told, AT, CAIRN)


def reacted(name: str = "add", **more: object) -> Reacted | None:
    told = Listener().hear(
        f"MESSAGE_REACTION_{name.upper()}", reaction(**more), f"raw_reaction_{name}"
    )
    return events.reacted(told, AT, CAIRN)


def test_a_direct_message() -> None:
    assert said(direct_message("I <3 it, **really**")) == MessageSaid(
        event_id=f"message:{ID}",
        at=HAPPENED,
        actor=Person(names.account(ANA), "Ana Lima"),
        place=names.direct(DIRECT),
        message=MessageRef(names.direct(DIRECT), str(ID)),
        text="I <3 it, **really**",
    )


def test_a_message_in_a_thread_answers_the_message_that_it_hangs_on() -> None:
    told = said(message("mine", channel_id=str(EARLIER), member=member(nick="Ana")))
    assert told is not None
    assert told.place == THREAD
    assert told.community == names.community(GUILD)
    assert told.message == MessageRef(THREAD, str(ID))
    assert told.thread == MessageRef(TEAM_PLACE, str(EARLIER))
    assert told.actor.name == "Ana"


def test_a_reply_answers_its_message() -> None:
    reference = {"message_id": str(EARLIER), "channel_id": str(TEAM), "guild_id": str(GUILD)}
    told = said(message(f"<@{CAIRN}> mine", type=19, message_reference=reference))
    assert told is not None
    assert told.thread == MessageRef(TEAM_PLACE, str(EARLIER))
    assert told.text == "mine"


def test_a_pointer_into_another_channel_is_no_answer() -> None:
    reference = {"message_id": str(EARLIER), "channel_id": "1", "guild_id": str(GUILD)}
    assert said(message(type=19, message_reference=reference)) is None


def test_what_a_pair_says_in_its_room_is_never_kept() -> None:
    listener = Listener()
    room = thread(id=str(PRIVATE), type=12, name="Ana and Ben")
    listener.hear("THREAD_CREATE", room, "thread_create")
    told = listener.hear("MESSAGE_CREATE", message("hi", channel_id=str(PRIVATE)), "message")
    assert isinstance(told.channel, discord.Thread)
    assert events.said(told, AT, CAIRN) is None


def test_a_server_that_is_not_known_yet_is_no_direct_conversation() -> None:
    reference = {"message_id": str(EARLIER), "channel_id": "78", "guild_id": "77"}
    told = said(message(guild_id="77", channel_id="78", type=19, message_reference=reference))
    assert told is not None
    assert told.place == names.channel(77, 78)
    assert told.community == names.community(77)


@pytest.mark.parametrize(
    "data",
    [
        message(""),
        message("to everybody"),
        message(f"<@{CAIRN}>"),
        direct_message(" \n"),
        message(author=user(bot=True)),
        message(webhook_id="5"),
        message(type=7),
        message(type=18),
        own_message(),
    ],
)
def test_what_nobody_said_is_nothing(data: Json) -> None:
    assert said(data) is None


@pytest.mark.parametrize("snowflake", [1, 2**63, ID + (10_000 << 22)])
def test_a_time_that_can_not_be_is_not_believed(snowflake: int) -> None:
    told = said(direct_message(id=str(snowflake)))
    assert told is not None
    assert told.at == AT


def test_an_edit() -> None:
    when = AT - timedelta(seconds=1)
    told = edited(direct_message("better", id=str(EARLIER), edited_timestamp=when.isoformat()))
    assert told is not None
    assert (told.text, told.at) == ("better", when)
    assert told.message == MessageRef(names.direct(DIRECT), str(EARLIER))
    again = edited(direct_message("best", id=str(EARLIER), edited_timestamp=AT.isoformat()))
    assert again is not None
    assert again.event_id != told.event_id


def test_a_message_that_only_changes_its_looks_is_not_edited() -> None:
    assert edited(direct_message()) is None
    assert edited(message("", edited_timestamp=AT.isoformat())) is None
    assert edited(own_message(edited_timestamp=AT.isoformat())) is None


def gone(**more: object) -> Json:
    return {"id": str(ID), "channel_id": str(DIRECT), **more}


def deleted(listener: Listener, data: Json) -> MessageDeleted | None:
    return events.deleted(listener.hear("MESSAGE_DELETE", data, "raw_message_delete"), AT)


def test_a_deletion_is_the_authors_where_the_client_remembers_the_message() -> None:
    listener = Listener()
    listener.hear("MESSAGE_CREATE", message("x", channel_id=str(EARLIER)), "message")
    told = deleted(listener, gone(channel_id=str(EARLIER), guild_id=str(GUILD)))
    assert told is not None
    assert told.actor.account == names.account(ANA)
    assert told.message == MessageRef(THREAD, str(ID))
    assert told.thread == MessageRef(TEAM_PLACE, str(EARLIER))
    assert told.event_id == f"deleted:{ID}"


def test_whose_message_is_gone_is_not_told() -> None:
    told = deleted(Listener(), gone())
    assert told is not None
    assert told.actor == untold("discord")
    assert told.message == MessageRef(names.direct(DIRECT), str(ID))


def test_what_a_bot_wrote_is_nobodys_to_delete() -> None:
    listener = Listener()
    listener.hear("MESSAGE_CREATE", own_message(), "message")
    data = gone(id=str(EARLIER), channel_id=str(TEAM), guild_id=str(GUILD))
    assert deleted(listener, data) is None


def test_a_reaction_and_its_taking_back() -> None:
    added, removed = reacted(), reacted("remove", member=None)
    assert added is not None
    assert removed is not None
    assert (added.name, added.added) == ("\U0001f331", True)
    assert added.message == MessageRef(TEAM_PLACE, str(EARLIER))
    assert added.actor == Person(names.account(ANA), "Ana Lima")
    assert removed.added is False
    assert removed.actor == Person(names.account(ANA))
    assert added.event_id != removed.event_id


@pytest.mark.parametrize(
    "more",
    [
        {"user_id": str(CAIRN)},
        {"member": member(user(bot=True))},
        {"emoji": {"id": "5", "name": None}},
        {"message_author_id": str(ANA)},
    ],
)
def test_reactions_of_bots_and_of_nothing_are_nothing(more: dict[str, Any]) -> None:
    assert reacted(**more) is None
