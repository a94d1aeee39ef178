"""What people on Discord see, played in memory through the real client."""

import discord
import pytest
import simcord
from simcord import ChannelHandle, InteractionResult, MemberActor

from adapters.discord import names
from bot.chat.identity import AccountRef
from bot.chat.incoming import FormSubmitted, Installed, MessageDeleted, MessageEdited
from bot.chat.outgoing import Message, Text
from bot.domain.delivery import Reason
from bot.ports.chat import ChatRefusedError
from tests.integration.discord_adapter.house import House

MANAGER = discord.Permissions(manage_guild=True, view_channel=True, send_messages=True)


def people_of(env: simcord.Env, *called: str) -> tuple[ChannelHandle, list[MemberActor]]:
    """A server with a channel, and these people in it."""
    guild = env.create_guild("Acme")
    team = guild.create_text_channel("team")
    return team, [guild.add_member(env.create_user(name)) for name in called]


def said(result: InteractionResult) -> str:
    """All that an interaction was answered with."""
    shown = [result.response, *result.followups]
    return "\n".join(one.content for one in shown if one is not None)


async def joined(env: simcord.Env, house: House, who: MemberActor, team: ChannelHandle) -> None:
    """Someone joins, and has their first question."""
    await who.slash(team, "cairn start", zone="Europe/Berlin")
    await house.send()
    await env.settle()


async def test_an_answer_in_a_channel_is_for_one_person(env: simcord.Env) -> None:
    team, (ben,) = people_of(env, "ben")
    result = await ben.slash(team, "cairn status")
    assert result.ephemeral
    assert "You haven't joined" in said(result)
    assert team.last_message is None


async def test_an_answer_in_the_direct_conversation_stays(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    user = ben.user
    result = await user.slash("cairn status")
    assert not result.ephemeral
    assert "Europe/Berlin" in said(result)


async def test_who_may_not_manage_the_server_does_not_see_admin(env: simcord.Env) -> None:
    team, (ben,) = people_of(env, "ben")
    guild = env.guild
    boss = guild.create_role("boss", permissions=MANAGER)
    cora = guild.add_member(env.create_user("cora"), roles=[boss])
    assert "cairn-admin" not in str(ben.available_commands(team))
    assert "cairn-admin" in str(cora.available_commands(team))


async def test_a_new_server_is_told(env: simcord.Env, house: House) -> None:
    people_of(env)
    await env.settle()
    told = [one for one in house.kept if isinstance(one, Installed)]
    assert [one.community_name for one in told] == ["Acme"]
    assert told[0].by_host


async def test_a_form_is_opened_filled_in_and_kept(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    opened = await ben.slash(team, "cairn why")
    assert opened.modal is not None
    result = await ben.submit_modal(opened, filled(opened, "So that nobody waits in the rain"))
    assert result.ephemeral
    assert "So that nobody waits in the rain" in said(result)
    (form,) = [one for one in house.kept if isinstance(one, FormSubmitted)]
    assert form.name == "why"


async def test_a_button_lives_on_in_a_new_process(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    question = ben.user.dm_channel.last_message
    assert question is not None
    await env.advance_time(3600)
    await env.restart_bot(house.client())
    opened = await ben.user.click(question, label="Answer")
    assert opened.modal is not None
    result = await ben.user.submit_modal(opened, filled(opened, "I read a log"))
    assert "Kept" in said(result)


async def test_what_is_typed_is_kept_and_followed(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    typed = await ben.user.send_dm("I found the leak")
    await env.settle()
    answer = ben.user.dm_channel.last_message
    assert answer is not None
    assert "Kept" in answer.content
    await ben.user.edit(typed, "I found the leak, and mended it")
    await ben.user.delete(typed)
    await env.settle()
    kinds = [type(one) for one in house.kept]
    assert kinds[-2:] == [MessageEdited, MessageDeleted]


async def test_what_can_not_be_kept_is_given_back(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    house.keeps_nothing = True
    result = await ben.slash(team, "cairn why", text="Because of the harbour")
    assert result.ephemeral
    assert "Because of the harbour" in said(result)


async def test_closed_direct_messages_are_a_reason(env: simcord.Env, house: House) -> None:
    team, (ben,) = people_of(env, "ben")
    await joined(env, house, ben, team)
    chat = house.chats["discord"]
    place = names.direct(ben.user.dm_channel.id)
    env.inject_error("POST", f"/channels/{place.native_id}/messages", status=403, code=50007)
    with pytest.raises(ChatRefusedError) as refused:
        await chat.send(place, Message((Text("Hello"),)), 77)
    assert refused.value.reason is Reason.UNREACHABLE
    assert refused.value.closes_place


async def test_a_post_in_a_channel_gets_a_thread(env: simcord.Env, house: House) -> None:
    team, _ = people_of(env)
    place = names.channel(env.guild.id, team.id)
    sent = await house.chats["discord"].send(place, Message((Text("Who helped you?"),)), 5)
    (thread,) = team.threads
    assert str(thread.id) == sent.native_id
    assert thread.name == "Who helped you?"


async def test_a_pair_gets_one_private_thread(env: simcord.Env, house: House) -> None:
    team, (ana, ben) = people_of(env, "ana", "ben")
    chat, guild = house.chats["discord"], names.community(env.guild.id)
    pair = tuple(AccountRef("discord", str(one.id)) for one in (ana, ben))
    under = names.channel(env.guild.id, team.id)
    assert chat.room(pair, guild, None) is None
    room = chat.room(pair, guild, under)
    assert room is not None
    first = await chat.send(room, Message((Text("Meet each other"),)), 6)
    again = await chat.send(room, Message((Text("And again"),)), 7)
    (thread,) = team.threads
    assert first.place == again.place == names.thread(env.guild.id, thread.id)
    found = await chat.find(room, 7, house.clock.now().replace(year=2000))
    assert found == again


async def test_suggestions_come_while_something_is_typed(env: simcord.Env) -> None:
    team, (ben,) = people_of(env, "ben")
    choices = await ben.autocomplete(team, "cairn start", "zone", "berl")
    assert "Europe/Berlin" in [one["value"] for one in choices]


def filled(opened: InteractionResult, text: str) -> dict[str, str]:
    """The text for the first field of a form."""
    assert opened.modal is not None
    for row in opened.modal["components"]:
        inner = row.get("component") or (row.get("components") or [{}])[0]
        if inner.get("custom_id"):
            return {inner["custom_id"]: text}
    return {}
