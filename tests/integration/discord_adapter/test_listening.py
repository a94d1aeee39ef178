"""Starting, listening and losing the line, over the wire."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from adapters.discord import names
from adapters.discord.app import point_at
from adapters.discord.guilds import Guilds
from adapters.discord.history import Missed
from adapters.discord.refusals import DiscordAccessError
from bot.chat.incoming import (
    CommandGiven,
    Installed,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Removed,
)
from tests.integration.discord_adapter.line import Line, until


async def test_a_start_tells_of_servers_and_puts_commands_once(line: Line) -> None:
    async with line.served() as platform:
        await until(lambda: line.kept(Installed))
        assert await platform.missing() is None
    async with line.served():
        await asyncio.sleep(0.3)
    assert [one.community_name for one in line.kept(Installed)] == ["Acme"]
    puts = [one for one in line.discord.calls if one.operation == "bulk_set_application_commands"]
    assert len(puts) == 1


async def test_nothing_is_ready_before_events_come_in(line: Line) -> None:
    platform = line.platform()
    starting = asyncio.create_task(platform.start(line.core))
    looks: list[tuple[str | None, bool]] = []
    while not starting.done():
        looks.append((await platform.missing(), platform._leader.is_listening))
        await asyncio.sleep(0)
    await starting
    looks.append((await platform.missing(), platform._leader.is_listening))
    await platform.stop()
    await platform.close()
    assert (None, False) not in looks
    assert looks[-1] == (None, True)


async def test_a_command_waits_until_its_server_is_told_of(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Guilds.here

    async def late(guilds: Guilds, guild: int, name: str, application: int) -> None:
        await asyncio.sleep(0.3)
        await here(guilds, guild, name, application)

    monkeypatch.setattr(Guilds, "here", late)
    async with line.served():
        await line.ben.command("cairn status", {}, channel=line.team)
        await until(lambda: line.kept(CommandGiven))
    assert [type(event) for event in line.house.kept] == [Installed, CommandGiven]


async def test_a_wrong_token_is_a_line_for_the_host(line: Line) -> None:
    platform = line.platform(token="one.wrong.token")
    with pytest.raises(DiscordAccessError, match=r"refuses DISCORD_TOKEN.*Reset Token"):
        await platform.start(line.core)
    await platform.close()


async def test_an_intent_that_is_not_allowed_is_a_line_for_the_host(line: Line) -> None:
    line.discord.application.intents.clear()
    platform = line.platform(message_content=True)
    with pytest.raises(DiscordAccessError, match="Message Content Intent"):
        await platform.start(line.core)
    await platform.close()


@pytest.mark.parametrize(
    ("code", "sentence"), [(4004, "refuses DISCORD_TOKEN"), (4014, "Message Content Intent")]
)
async def test_a_gateway_that_refuses_says_what_to_do(line: Line, code: int, sentence: str) -> None:
    async with line.served() as platform:
        line.discord.gateway.close_all(code)
        await until(lambda: sentence in (platform._leader.missing() or ""))
        assert await platform.missing() is not None


async def test_nobody_there_is_a_line_for_the_host(line: Line) -> None:
    point_at("http://127.0.0.1:9", "")
    platform = line.platform()
    with pytest.raises(DiscordAccessError, match="could not be asked") as refused:
        await platform.start(line.core)
    assert refused.value.may_pass
    await platform.close()


async def test_a_cut_line_is_taken_up_again_and_loses_nothing(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        line.discord.gateway.cut()
        await line.ben.say_direct("I found the leak")
        await until(lambda: line.kept(MessageSaid))
        line.discord.gateway.ask_to_reconnect()
        await line.ben.say_direct("And mended it")
        await until(lambda: len(line.kept(MessageSaid)) == 2)
    assert line.discord.gateway.resumes >= 2


async def test_after_a_lost_session_what_was_said_is_read(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        await platform.note_presence()
        line.discord.gateway.forget_sessions()
        line.discord.gateway.cut()
        await line.ben.say_direct("I found the leak")
        await until(lambda: line.kept(MessageSaid))
    assert [one.text for one in line.kept(MessageSaid)] == ["I found the leak"]


async def test_a_session_that_ends_in_the_middle_of_talk_loses_nothing(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        await platform.note_presence()
        begun = line.discord.gateway.identifies
        texts = [f"thought {number}" for number in range(40)]
        for text in texts:
            if text == texts[20]:
                line.discord.gateway.invalidate()
            await line.ben.say_direct(text)
        await until(lambda: len(line.kept(MessageSaid)) >= len(texts))
    assert line.discord.gateway.identifies == begun + 1
    assert Counter(one.text for one in line.kept(MessageSaid)) == Counter(texts)


async def test_what_was_said_while_nobody_listened_is_read_once(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        await platform.note_presence()
    said = await line.ben.say_direct("I found the leak")
    async with line.served():
        await until(lambda: line.kept(MessageSaid))
        await line.ben.edit(said, "I found the leak today")
        await until(lambda: line.kept(MessageEdited))
        await line.ben.delete(said)
        await until(lambda: line.kept(MessageDeleted))
    assert len(line.kept(MessageSaid)) == 1


async def test_however_much_was_said_is_read(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        thoughts = [f"thought {number}" for number in range(8)]
        for thought in thoughts:
            await line.ben.say_direct(thought)
        since = line.house.clock.now() - timedelta(hours=1)
        prompts = await line.house.open_prompts(names.PLATFORM, since)
        missed = Missed(platform.chat.calls, portion=4, pause=timedelta())
        assert [said.text async for said in missed.read(prompts, since)] == thoughts


async def test_a_removal_while_nobody_listened_is_noticed(line: Line) -> None:
    async with line.served():
        await until(lambda: line.kept(Installed))
    line.discord.acts.leave_guild(line.guild)
    async with line.served():
        await until(lambda: line.kept(Removed))
    assert [one.community.native_id for one in line.kept(Removed)] == [line.guild.id]


async def test_an_outage_is_no_removal(line: Line) -> None:
    async with line.served():
        await until(lambda: line.kept(Installed))
        line.discord.acts.fail_guild(line.guild)
        await asyncio.sleep(0.3)
    async with line.served():
        await asyncio.sleep(0.5)
        line.discord.acts.heal_guild(line.guild)
        await asyncio.sleep(0.3)
        assert line.kept(Removed) == []
        assert len(line.kept(Installed)) == 1
        line.discord.acts.leave_guild(line.guild)
        await until(lambda: line.kept(Removed))


async def test_a_payload_that_makes_no_sense_ends_nothing(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        nonsense: list[object] = [{}, {"id": "x"}, [], None, {"id": 5, "type": "two"}]
        for name in ("MESSAGE_CREATE", "INTERACTION_CREATE", "GUILD_CREATE", "MESSAGE_UPDATE"):
            for data in nonsense:
                line.discord.gateway.send_raw({"op": 0, "t": name, "s": 1, "d": data})
        await line.ben.say_direct("Still there?")
        await until(lambda: line.kept(MessageSaid))


async def test_another_process_takes_over_from_one_that_is_silent(line: Line) -> None:
    async with line.served() as first, line.served() as second:
        await line.ben_joined()
        assert line.discord.gateway.identifies == 1
        assert await second.missing() is None
        assert first._leader._running is not None
        first._leader._running.cancel()
        await first._leader._disconnect()
        await until(lambda: line.discord.gateway.identifies == 2)
        await line.ben.say_direct("Who is there?")
        await until(lambda: line.kept(MessageSaid))


async def test_who_stops_hands_over_at_once(line: Line) -> None:
    first = line.platform()
    await first.start(line.core)
    async with line.served():
        await first.stop()
        await until(lambda: line.discord.gateway.identifies == 2, 1.0)
    await first.close()


async def test_who_lost_the_lead_listens_no_more(line: Line) -> None:
    async with line.served() as platform:
        now = line.house.clock.now()
        line.leadership.leader["discord"] = ("another", now + timedelta(minutes=1))
        await until(lambda: not platform._leader.is_listening)
        await until(lambda: line.discord.gateway.open == 0)
        assert await platform.missing() is None


async def test_the_last_moment_stands_still_while_something_is_missing(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        await platform.note_presence()
        noted = await line.presence.last("discord")
        line.house.keeps_nothing = True
        await line.ben.say_direct("Is this lost?")
        await asyncio.sleep(0.2)
        await platform.note_presence()
        assert await line.presence.last("discord") == noted
    line.house.keeps_nothing = False
    async with line.served():
        await until(lambda: line.kept(MessageSaid))
