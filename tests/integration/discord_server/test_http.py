"""What Discord takes, gives back and refuses, asked by a real client."""

import asyncio
import io
import time
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.integration.discord_server.conftest import BareClient, connected, point_at
from tests.servers.discord.limits import Limits
from tests.servers.discord.permissions import Permission
from tests.servers.discord.server import DiscordServer
from tests.servers.discord.world import Channel, Guild, Overwrite


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.add_guild("Acme")


@pytest.fixture
def team(guild: Guild) -> Channel:
    return guild.add_channel("team")


@pytest.fixture
async def client(server: DiscordServer, team: Channel) -> AsyncIterator[BareClient]:
    async with connected(server) as client:
        yield client


@pytest.fixture
def place(client: BareClient, team: Channel) -> discord.TextChannel:
    found = client.get_channel(int(team.id))
    assert isinstance(found, discord.TextChannel)
    return found


def _refusal(refused: pytest.ExceptionInfo[discord.HTTPException]) -> tuple[int, int]:
    return refused.value.status, refused.value.code


async def test_a_message_is_said_once_for_a_nonce(
    place: discord.TextChannel, team: Channel, server: DiscordServer
) -> None:
    first = await place.send("Hello", nonce="delivery-1")
    second = await place.send("Hello", nonce="delivery-1")
    other = await place.send("Hello", nonce="delivery-2")
    assert first.id == second.id != other.id
    assert len(team.standing()) == 2
    assert server.nonces.found == 1


async def test_messages_are_read_changed_and_deleted(
    place: discord.TextChannel, team: Channel
) -> None:
    for number in range(5):
        await place.send(f"{number}", embed=discord.Embed(title="Title"))
    assert [m.content async for m in place.history(limit=2)] == ["4", "3"]
    (oldest,) = [m async for m in place.history(limit=1, oldest_first=True)]
    later = [m.content async for m in place.history(after=oldest, oldest_first=True)]
    assert later == ["1", "2", "3", "4"]
    await oldest.edit(content="changed")
    assert (await place.fetch_message(oldest.id)).edited_at is not None
    await oldest.add_reaction("👍")
    assert (await place.fetch_message(oldest.id)).reactions[0].me
    await oldest.delete()
    with pytest.raises(discord.NotFound) as refused:
        await oldest.edit(content="gone")
    assert _refusal(refused) == (404, 10008)


async def test_files_and_pictures_come_along(
    place: discord.TextChannel, server: DiscordServer, team: Channel
) -> None:
    picture = discord.File(io.BytesIO(b"picture"), "plot.png", description="A plot")
    embed = discord.Embed(title="Plot").set_image(url="attachment://plot.png")
    sent = await place.send(file=picture, embed=embed)
    assert await sent.attachments[0].read() == b"picture"
    assert sent.attachments[0].description == "A plot"
    assert sent.embeds[0].image.url == sent.attachments[0].url


async def test_threads(place: discord.TextChannel, guild: Guild, server: DiscordServer) -> None:
    mona = server.add_person(guild, "mona")
    nudge = await place.send("What went well?")
    thread = await nudge.create_thread(name="Answers", auto_archive_duration=10080)
    assert thread.id == nudge.id
    with pytest.raises(discord.HTTPException) as refused:
        await nudge.create_thread(name="Again")
    assert _refusal(refused) == (400, 160004)
    room = await place.create_thread(
        name="Two", type=discord.ChannelType.private_thread, invitable=False
    )
    await room.add_user(discord.Object(int(mona.id)))
    stored = guild.channels[str(room.id)]
    assert guild.sees(mona.id, stored)
    await mona.say("hello", stored)
    assert len(await place.guild.active_threads()) == 2
    await room.edit(archived=True)
    with pytest.raises(discord.HTTPException) as refused:
        await room.add_user(discord.Object(int(mona.id)))
    assert _refusal(refused) == (400, 50083)
    joined = [t.id async for t in place.archived_threads(private=True, joined=True)]
    assert joined == [room.id]
    await room.send("awake")
    assert not stored.is_archived


async def test_direct_messages_and_who_takes_none(
    client: BareClient, guild: Guild, server: DiscordServer
) -> None:
    mona = server.add_person(guild, "mona")
    person = await client.fetch_user(int(mona.id))
    await person.send("Hello")
    assert [m.content for m in mona.direct.standing()] == ["Hello"]
    mona.close_direct()
    with pytest.raises(discord.Forbidden) as refused:
        await person.send("Hello?")
    assert _refusal(refused) == (403, 50007)
    server.acts.leave_as_member(guild, mona.id)
    with pytest.raises(discord.Forbidden) as refused:
        await person.send("Hello?")
    assert _refusal(refused) == (403, 50278)
    assert server.limits.invalid == 2


async def test_what_an_app_may_not_do_somewhere(
    client: BareClient,
    place: discord.TextChannel,
    team: Channel,
    guild: Guild,
    server: DiscordServer,
) -> None:
    bot = server.application.id
    team.overwrites[bot] = Overwrite(1, deny=int(Permission.SEND_MESSAGES))
    with pytest.raises(discord.Forbidden) as refused:
        await place.send("Hello")
    assert _refusal(refused) == (403, 50013)
    team.overwrites[bot] = Overwrite(1, deny=int(Permission.VIEW_CHANNEL))
    with pytest.raises(discord.Forbidden) as refused:
        await place.send("Hello")
    assert _refusal(refused) == (403, 50001)
    server.acts.delete_channel(team)
    with pytest.raises(discord.NotFound) as gone:
        await place.send("Hello")
    assert _refusal(gone) == (404, 10003)


async def test_a_bucket_is_exhausted(
    server: DiscordServer, team: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with DiscordServer(limits=Limits.published(for_all=10)) as busy:
        point_at(busy, monkeypatch)
        channel = busy.add_guild("Acme").add_channel("team")
        async with connected(busy) as client:
            place = client.get_channel(int(channel.id))
            assert isinstance(place, discord.TextChannel)
            busy.faults.rate_limit("create_message", 0.1)
            busy.faults.rate_limit("create_message", 0.1, is_global=True)
            began = time.monotonic()
            await place.send("patient")
            assert time.monotonic() - began >= 0.2
            assert busy.limits.invalid_by_status == {429: 2}
            # five in five seconds: the library waits by itself, from the headers
            waiting = [asyncio.create_task(place.send(f"{number}")) for number in range(6)]
            await asyncio.sleep(0.2)
            assert not all(each.done() for each in waiting)
            for each in waiting:
                each.cancel()
            assert [operation for operation, *_ in busy.rate_limited] == ["create_message"] * 2


async def test_what_is_wrong_is_refused_and_noted(
    place: discord.TextChannel, server: DiscordServer
) -> None:
    view = discord.ui.View()
    for _ in range(2):
        view.add_item(discord.ui.Button(label="Twice", custom_id="same"))
    wrong = (
        {"content": "x" * 2001},
        {"embeds": [discord.Embed(description="x" * 4000) for _ in range(2)]},
        {"content": "x", "nonce": "n" * 26},
        {"content": "x", "view": view},
        {"content": ""},
    )
    for each in wrong:
        with pytest.raises(discord.HTTPException) as refused:
            await place.send(**each)
        assert refused.value.code in (50035, 50006)
    assert len(server.violations) == len(wrong)
    server.violations.clear()


async def test_mentions_that_would_reach_people(
    place: discord.TextChannel, server: DiscordServer
) -> None:
    host = server.application.owner.id
    await place.send(f"@everyone, <@{host}> and <@&2>")
    assert server.mentions == []
    one = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(int(host))])
    await place.send(f"@everyone, <@{host}> and <@&2>", allowed_mentions=one)
    assert server.mentions == [f"<@{host}>"]


async def test_a_line_that_drops_after_the_message_was_said(
    place: discord.TextChannel, team: Channel, server: DiscordServer
) -> None:
    server.faults.drop("create_message", after_doing=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await place.send("once", nonce="1")
    await place.send("once", nonce="1")
    assert len(team.standing()) == 1
