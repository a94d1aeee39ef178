"""What a real client hears on the gateway, and how it comes back to it."""

import discord
import pytest

from tests.integration.discord_server.conftest import connected
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild("Acme")


@pytest.fixture
def team(guild: Guild) -> Channel:
    return guild.add_channel("team")


async def test_a_client_logs_in_and_knows_its_guilds(
    server: DiscordServer, guild: Guild, team: Channel
) -> None:
    async with connected(server) as client:
        assert client.user is not None
        assert client.user.id == int(server.application.bot.id)
        assert [(g.id, g.name) for g in client.guilds] == [(int(guild.id), "Acme")]
        assert [c.name for c in client.guilds[0].text_channels] == ["team"]
        assert server.gateway.identifies == 1


async def test_it_hears_only_what_it_may_read(server: DiscordServer, team: Channel) -> None:
    mona = server.add_person(next(iter(server.guilds.values())), "mona")
    async with connected(server) as client:
        asked = await client.get_channel(int(team.id)).send("What went well?")  # type: ignore[union-attr]
        assert asked.content == "What went well?"
        prompt = team.messages[str(asked.id)]
        await mona.say("only for the team", team)
        await mona.say(f"for you, <@{server.application.id}>", team)
        await mona.reply("with a ping", prompt)
        await mona.reply("without", prompt, ping=False)
        await mona.say_direct("between us")
        await client.until("message", 6)
        said = [what.content for name, what in client.heard if name == "message"]
        assert said[1:] == ["", f"for you, <@{client.user.id}>", "with a ping", "", "between us"]  # type: ignore[union-attr]


async def test_a_cut_line_is_resumed_and_nothing_is_missed(
    server: DiscordServer, team: Channel
) -> None:
    mona = server.add_person(next(iter(server.guilds.values())), "mona")
    async with connected(server) as client:
        server.gateway.cut()
        said = await mona.say_direct("while you were away")
        heard = await client.until("message")
        assert heard.id == int(said.id)
        await client.until("shard_resumed")
        assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


async def test_a_session_that_is_gone_begins_anew(server: DiscordServer, team: Channel) -> None:
    async with connected(server) as client:
        server.gateway.refused_resumes = 1
        server.gateway.cut()
        await client.until("ready", 2)
        assert server.gateway.identifies == 2


async def test_being_asked_to_reconnect(server: DiscordServer, team: Channel) -> None:
    async with connected(server) as client:
        server.gateway.ask_to_reconnect()
        await client.until("shard_resumed")
        assert server.gateway.identifies == 1


async def test_a_guild_comes_and_goes(server: DiscordServer, guild: Guild) -> None:
    other = server.add_guild("Other", with_bot=False)
    async with connected(server) as client:
        server.acts.join_guild(other)
        assert (await client.until("guild_join")).id == int(other.id)
        server.acts.fail_guild(guild)
        await client.until("guild_unavailable")
        server.acts.heal_guild(guild)
        await client.until("guild_available")
        server.acts.leave_guild(other)
        assert (await client.until("guild_remove")).id == int(other.id)


async def test_a_wrong_token(server: DiscordServer) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        with pytest.raises(discord.LoginFailure):
            await client.login("wrong")


async def test_an_intent_that_is_not_switched_on(server: DiscordServer, guild: Guild) -> None:
    intents = discord.Intents.default()
    intents.message_content = True
    async with discord.AutoShardedClient(intents=intents) as client:
        await client.login(server.token)
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.connect()
    assert server.gateway.closes == [4014]


async def test_the_server_knows_when_everything_is_heard(
    server: DiscordServer, team: Channel
) -> None:
    mona = server.add_person(next(iter(server.guilds.values())), "mona")
    async with connected(server) as client:
        for number in range(20):
            await mona.say_direct(f"{number}")
        await server.quiet()
        assert sum(name == "message" for name, _ in client.heard) == 20
