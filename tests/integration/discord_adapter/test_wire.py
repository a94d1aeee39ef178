"""Answering and sending over the wire, and every way in which that can fail."""

import asyncio
from datetime import timedelta

import pytest

from adapters.discord import names
from bot.chat.incoming import CommandGiven
from bot.chat.outgoing import Button, Buttons, Message, Text
from bot.domain.delivery import Reason
from bot.ports.chat import ChatBusyError, ChatError, ChatRefusedError, ChatUncertainError
from tests.integration.discord_adapter.line import Line, until

HELLO = Message((Text("Who had an easier day?"), Buttons((Button("Answer", "answer", ("1",)),))))
FAR = timedelta(hours=1)


async def test_a_slow_inbox_is_still_acknowledged_in_time(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        line.house.keeping_takes = 1.9
        given = [
            asyncio.create_task(line.ben.command("cairn status", {}, channel=line.team))
            for _ in range(30)
        ]
        done = await asyncio.gather(*given)
        for one in done:
            await line.ben.answered(one)
        assert {one.callback for one in done} == {5}
        assert all(one.seconds is not None and one.seconds < 3.0 for one in done)
    assert line.discord.late == []


async def test_an_interaction_that_is_too_old_is_answered_directly(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        line.discord.faults.fail("create_interaction_response", 10062)
        line.discord.faults.fail("update_original_webhook_message", 10015, times=40)
        before = len(line.ben.visible(line.ben.direct))
        line.discord.waits_for_acks = False
        await line.ben.command("cairn status", {}, channel=line.team)
        await until(lambda: len(line.ben.visible(line.ben.direct)) > before)
        assert "09:00" in line.ben.visible(line.ben.direct)[-1].content


async def test_an_answer_after_a_quarter_of_an_hour_comes_directly(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        ticket = line.kept(CommandGiven)[-1].ticket
        line.house.clock.ahead = timedelta(minutes=16)
        chat, place = line.house.chats["discord"], names.channel(line.guild.id, line.team.id)
        await chat.answer(names.account(line.ben.id), place, ticket, HELLO)
        assert "easier day" in line.ben.latest(line.ben.direct).content


async def test_a_message_is_found_by_its_delivery(line: Line) -> None:
    async with line.served() as platform:
        place = names.channel(line.guild.id, line.team.id)
        since = line.house.clock.now() - FAR
        assert await platform.chat.find(place, 9, since) is None
        with_button = await platform.chat.send(place, HELLO, 9)
        without = await platform.chat.send(place, Message((Text("Hello"),)), 10)
        assert await platform.chat.find(place, 9, since) == with_button
        assert await platform.chat.find(place, 10, since) == without


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_discord_py_repeats_by_itself_comes_once(line: Line, status: int) -> None:
    async with line.served() as platform:
        line.discord.faults.status("create_message", status, after_doing=True)
        place = names.channel(line.guild.id, line.team.id)
        await platform.chat.send(place, HELLO, 9)
        assert line.discord.nonces.found == 1
        assert len(line.team.standing()) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_what_discord_does_not_recognise_is_not_repeated(line: Line, status: int) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        ticket = line.kept(CommandGiven)[-1].ticket
        place = names.channel(line.guild.id, line.team.id)
        line.discord.faults.status("execute_webhook", status, after_doing=True)
        with pytest.raises(ChatUncertainError):
            await platform.chat.answer(names.account(line.ben.id), place, ticket, HELLO)
        shown = [one for one in line.ben.visible(line.team) if "easier day" in one.content]
        assert len(shown) == 1


async def test_a_dropped_line_is_a_doubt_that_the_nonce_settles(line: Line) -> None:
    async with line.served() as platform:
        place = names.channel(line.guild.id, line.team.id)
        line.discord.faults.drop("create_message", after_doing=True)
        with pytest.raises(ChatUncertainError):
            await platform.chat.send(place, HELLO, 9)
        again = await platform.chat.send(place, HELLO, 9)
        assert [one.id for one in line.team.standing()] == [again.native_id]


@pytest.mark.parametrize("is_global", [True, False])
async def test_a_rate_limit_is_a_wait_and_locks_nothing(line: Line, is_global: bool) -> None:
    async with line.served() as platform:
        place = names.channel(line.guild.id, line.team.id)
        line.discord.faults.rate_limit("create_message", 20, is_global=is_global)
        with pytest.raises(ChatBusyError) as busy:
            await platform.chat.send(place, HELLO, 9)
        assert busy.value.retry_after == timedelta(seconds=20)
        assert busy.value.whole_platform is is_global
        if is_global:
            with pytest.raises(ChatBusyError):
                await platform.chat.send(place, HELLO, 10)
            line.house.clock.ahead = timedelta(seconds=21)
        await platform.chat.send(place, HELLO, 9)


@pytest.mark.parametrize(
    ("code", "reason", "closes"),
    [
        (10003, Reason.PLACE_GONE, True),
        (50001, Reason.NOT_ALLOWED, False),
        (50013, Reason.NOT_ALLOWED, False),
        (50007, Reason.UNREACHABLE, True),
        (50278, Reason.UNREACHABLE, True),
        (160005, Reason.NOT_ALLOWED, False),
        (50035, Reason.REFUSED, False),
    ],
)
async def test_each_refusal_has_its_reason(
    line: Line, code: int, reason: Reason, closes: bool
) -> None:
    async with line.served() as platform:
        line.discord.faults.fail("create_message", code)
        with pytest.raises(ChatRefusedError) as refused:
            await platform.chat.send(names.channel(line.guild.id, line.team.id), HELLO, 9)
        assert (refused.value.reason, refused.value.closes_place) == (reason, closes)


async def test_a_deleted_channel_is_gone(line: Line) -> None:
    async with line.served() as platform:
        line.discord.acts.delete_channel(line.team)
        with pytest.raises(ChatRefusedError) as refused:
            await platform.chat.send(names.channel(line.guild.id, line.team.id), HELLO, 9)
        assert refused.value.reason is Reason.PLACE_GONE


async def test_closed_direct_messages_make_someone_unreachable(line: Line) -> None:
    async with line.served() as platform:
        await line.ben_joined()
        line.ben.close_direct()
        with pytest.raises(ChatRefusedError) as refused:
            await platform.chat.send(names.direct(line.ben.direct.id), HELLO, 99)
        assert refused.value.reason is Reason.UNREACHABLE
        assert refused.value.closes_place


async def test_opening_too_fast_stops_all_opening(line: Line) -> None:
    async with line.served() as platform:
        line.discord.faults.fail("create_dm", 40003)
        for who in (line.ben, line.cora):
            with pytest.raises(ChatBusyError) as busy:
                await platform.chat.open_direct(names.account(who.id), None)
            assert busy.value.retry_after > timedelta(minutes=9)
        opened = [one for one in line.discord.calls if one.operation == "create_dm"]
        assert len(opened) == 1
        line.house.clock.ahead = timedelta(minutes=11)
        await platform.chat.open_direct(names.account(line.ben.id), None)


async def test_a_spoilt_token_is_a_wait_and_no_loss(line: Line) -> None:
    async with line.served() as platform:
        line.discord.spoil_token()
        with pytest.raises(ChatBusyError) as busy:
            await platform.chat.send(names.channel(line.guild.id, line.team.id), HELLO, 9)
        assert busy.value.whole_platform


async def test_a_room_is_one_thread_whatever_fails_on_the_way(line: Line) -> None:
    async with line.served() as platform:
        chat = platform.chat
        pair = (names.account(line.ben.id), names.account(line.cora.id))
        under = names.channel(line.guild.id, line.team.id)
        room = chat.room(pair, names.community(line.guild.id), under)
        assert room is not None
        line.discord.faults.rate_limit("add_thread_member", 5)
        with pytest.raises(ChatBusyError):
            await chat.send(room, HELLO, 5)
        line.discord.faults.drop("create_message", after_doing=True)
        with pytest.raises(ChatError):
            await chat.send(room, HELLO, 5)
        sent = await chat.send(room, HELLO, 5)
        assert await chat.find(room, 5, line.house.clock.now() - FAR) == sent
        made = [one for one in line.discord.calls if one.operation == "create_thread"]
        assert len(made) == 1


async def test_a_thread_that_can_not_be_opened_undoes_no_post(line: Line) -> None:
    async with line.served() as platform:
        line.discord.faults.fail("create_thread_from_message", 50013)
        sent = await platform.chat.send(names.channel(line.guild.id, line.team.id), HELLO, 9)
        assert [one.id for one in line.team.standing()] == [sent.native_id]


async def test_who_finds_a_post_without_its_thread_opens_that(line: Line) -> None:
    async with line.served() as platform:
        line.discord.faults.drop("create_thread_from_message")
        place = names.channel(line.guild.id, line.team.id)
        sent = await platform.chat.send(place, HELLO, 9)
        assert line.discord.channel(sent.native_id) is None
        since = line.house.clock.now() - FAR
        assert await platform.chat.find(place, 9, since) == sent
        thread = line.discord.channel(sent.native_id)
        assert thread is not None
        assert thread.name == "Who had an easier day?"
