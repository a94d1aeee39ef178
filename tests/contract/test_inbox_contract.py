"""What `Inbox` and `Handled` promise."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.inbox import SqlInbox
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import AccountRef, CommunityRef
from bot.chat.incoming import Attachment, CommandGiven, MessageSaid, Person, Told
from bot.chat.outgoing import Message, Text
from bot.ports.inbox import EventTakenError, Inbox, Waiting
from bot.ports.storage import Storage
from tests.cast import NOW, TOWN, direct, message, person
from tests.fakes.clock import FakeClock
from tests.fakes.inbox import InMemoryInbox
from tests.fakes.storage import InMemoryStorage

LEASE = timedelta(seconds=30)
LATER = NOW + 2 * LEASE
ANSWER = (Message((Text("Thanks."),)),)


@pytest.fixture
async def inbox(storage: Storage, cipher: KeyRingCipher) -> AsyncIterator[Inbox]:
    if isinstance(storage, InMemoryStorage):
        yield InMemoryInbox(storage, FakeClock(NOW - LEASE))
        return
    assert isinstance(storage, SqlStorage)
    kept = SqlInbox(storage._database, cipher, FakeClock(NOW - LEASE))
    yield kept
    await kept.close()


def said(name: str, event_id: str) -> MessageSaid:
    return MessageSaid(
        event_id=event_id,
        at=NOW,
        actor=person(name),
        place=direct(name),
        message=message(name, event_id),
        text=f"Words of {event_id}.",
    )


async def claimed(inbox: Inbox, now: datetime = NOW, limit: int = 10) -> list[str]:
    events = await inbox.claim(["console"], "me", now, LEASE, limit)
    return [kept.event.event_id for kept in events]


async def keep(inbox: Inbox, *events: Told) -> list[bool]:
    return [await inbox.keep(event) for event in events]


async def test_what_is_not_done_with_is_counted(inbox: Inbox) -> None:
    assert await inbox.waiting() == Waiting(0, None)
    await keep(inbox, said("ana", "1"), said("ben", "2"))
    assert await inbox.waiting() == Waiting(2, NOW - LEASE)
    for kept in await inbox.claim(["console"], "me", NOW, LEASE, 1):
        await inbox.answered(kept.id)
    assert (await inbox.waiting()).events == 1


async def test_an_event_is_kept_once(inbox: Inbox) -> None:
    assert await keep(inbox, said("ana", "1"), said("ana", "1")) == [True, False]

    assert await claimed(inbox) == ["1"]


async def test_of_copies_that_come_together_one_is_kept(inbox: Inbox) -> None:
    copies = [inbox.keep(said("ana", "1")) for _ in range(5)]

    assert sorted(await asyncio.gather(*copies)) == [False] * 4 + [True]
    assert await claimed(inbox) == ["1"]


async def test_an_id_of_another_platform_is_another_event(inbox: Inbox) -> None:
    here = said("ana", "1")
    there = replace(here, place=replace(here.place, platform="slack"))

    assert await keep(inbox, here, there) == [True, True]


async def test_an_event_comes_back_whole(inbox: Inbox) -> None:
    event = CommandGiven(
        event_id="1",
        at=NOW,
        actor=Person(AccountRef("console", "ana"), "Ana", "Europe/Berlin", "de"),
        place=direct("ana"),
        community=TOWN,
        ticket="t",
        words="reflect",
        options={"text": "ä 𝄞"},
        attachment=Attachment("a.txt", bytes(range(256))),
    )
    await inbox.keep(event)

    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)

    assert (kept.event, kept.attempt, kept.answers) == (event, 1, None)


async def test_people_are_served_in_the_order_of_their_events(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"), said("bea", "2"), said("cyd", "3"))

    assert await claimed(inbox, limit=2) == ["1", "2"]
    assert await claimed(inbox, limit=2) == ["3"]


async def test_events_of_other_platforms_are_left_alone(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"))

    assert await inbox.claim(["slack", "discord"], "me", NOW, LEASE, 10) == ()


async def test_a_person_is_served_one_event_at_a_time(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"), said("bea", "3"))
    first, _ = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    assert await claimed(inbox) == []

    await inbox.answered(first.id)

    assert await claimed(inbox) == ["2"]


async def test_an_event_that_waits_does_not_hold_up_the_next(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"))
    [first] = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    await inbox.retry(first.id, NOW + LEASE / 2)

    [second] = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    assert second.event.event_id == "2"
    assert await claimed(inbox, NOW + LEASE / 2) == []

    await inbox.answered(second.id)
    [again] = await inbox.claim(["console"], "me", NOW + LEASE / 2, LEASE, 10)
    assert (again.id, again.attempt) == (first.id, 2)


async def test_a_lease_that_ran_out_can_be_claimed_again(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"))
    assert await claimed(inbox) == ["1"]
    assert await claimed(inbox, NOW + LEASE - timedelta(microseconds=1)) == []

    [again] = await inbox.claim(["console"], "you", NOW + LEASE, LEASE, 10)

    assert (again.event.event_id, again.attempt) == ("1", 2)


async def test_an_event_is_done_with_once_it_is_answered(inbox: Inbox) -> None:
    await keep(inbox, said("ana", "1"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)

    await inbox.answered(kept.id)
    await inbox.retry(kept.id, NOW)

    assert await claimed(inbox, LATER) == []
    assert await inbox.keep(said("ana", "1")) is False


async def test_an_event_handled_without_answers_is_done_with(
    inbox: Inbox, storage: Storage
) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)

    async with storage.work() as work:
        await work.inbox.handled(kept.id, ())

    assert await claimed(inbox) == ["2"]


async def test_answers_wait_with_their_event_until_they_are_sent(
    inbox: Inbox, storage: Storage
) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    async with storage.work() as work:
        await work.inbox.handled(kept.id, ANSWER)
    assert await claimed(inbox) == []

    [answer] = await inbox.claim(["console"], "me", LATER, LEASE, 10)

    assert (answer.id, answer.event, answer.answers) == (kept.id, kept.event, ANSWER)
    await inbox.answered(answer.id)
    assert await claimed(inbox, LATER) == ["2"]


async def test_answers_that_wait_do_not_hold_up_the_next_event(
    inbox: Inbox, storage: Storage
) -> None:
    await keep(inbox, said("ana", "1"), said("ana", "2"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    async with storage.work() as work:
        await work.inbox.handled(kept.id, ANSWER)

    await inbox.retry(kept.id, LATER)

    assert await claimed(inbox) == ["2"]


async def test_what_is_undone_was_not_handled(inbox: Inbox, storage: Storage) -> None:
    await keep(inbox, said("ana", "1"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)

    async def fail() -> None:
        async with storage.work() as work:
            await work.inbox.handled(kept.id, ANSWER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    [again] = await inbox.claim(["console"], "me", LATER, LEASE, 10)
    assert (again.event, again.answers) == (kept.event, None)


@pytest.mark.parametrize("answers", [(), ANSWER])
async def test_of_two_who_handle_an_event_the_second_is_undone(
    inbox: Inbox, storage: Storage, answers: tuple[Message, ...]
) -> None:
    await keep(inbox, said("ana", "1"))
    [kept] = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    await inbox.claim(["console"], "you", LATER, LEASE, 10)

    async def handle(community: CommunityRef) -> None:
        async with storage.work() as work:
            programme = await work.programmes.create("Guild", "en")
            await work.programmes.attach(community, "Town", programme.id)
            await work.inbox.handled(kept.id, answers)

    await handle(TOWN)
    village = CommunityRef("console", "village")
    with pytest.raises(EventTakenError):
        await handle(village)

    async with storage.reading() as work:
        assert await work.programmes.of_community(TOWN) is not None
        assert await work.programmes.of_community(village) is None
