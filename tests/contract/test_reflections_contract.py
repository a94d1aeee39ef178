"""What `Reflections` promises."""

from datetime import datetime, timedelta

import pytest

from bot.chat.identity import MessageRef
from bot.domain.membership import Membership
from bot.domain.prompts import Room
from bot.domain.reflection import Via
from bot.ports.storage import Storage, UnitOfWork
from tests.cast import NOW, channel, found_town, join, message, send_prompt_to


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


async def two_people(work: UnitOfWork) -> tuple[Membership, Membership]:
    town = await found_town(work)
    return await join(work, town, "ana"), await join(work, town, "bea")


async def say(work: UnitOfWork, author_id: int, text: str, native_id: str, at: datetime) -> int:
    return await work.reflections.add(
        author_id, via=Via.DIRECT, text=text, at=at, message=message("ana", native_id)
    )


async def test_a_reflection_comes_back_as_it_was_written(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        [prompt, *_] = await work.prompts.pool(ana.programme_id, Room.DIRECT)
        delivery_id = await send_prompt_to(work, ana, prompt.id)
        number = await work.reflections.add(
            ana.account_id,
            via=Via.FORM,
            text="Grüße, 世界\nand a line",
            at=NOW,
            delivery_id=delivery_id,
            prompt_id=prompt.id,
        )

    async with storage.reading() as work:
        found = await work.reflections.get(ana.account_id, number)
    assert found is not None
    assert found.text == "Grüße, 世界\nand a line"
    assert (found.id, found.author_id, found.via) == (number, ana.account_id, Via.FORM)
    assert (found.delivery_id, found.prompt_id) == (delivery_id, prompt.id)
    assert found.written_at == NOW
    assert found.kept
    assert found.edited_at is None
    assert [part.said_at for part in found.parts] == [NOW]


async def test_nobody_reaches_another_ones_words(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        number = await say(work, ana.account_id, "Mine.", "1", NOW)
        said, mine = work.reflections, message("ana", "1")

        assert await said.get(bea.account_id, number) is None
        assert await said.by_message(bea.account_id, mine) is None
        assert await said.latest(bea.account_id, Via.DIRECT, NOW, None) is None
        assert await said.of_author(bea.account_id) == ()
        assert not await said.replace(bea.account_id, number, "Hers.", NOW)
        assert not await said.replace_message(bea.account_id, mine, "Hers.", NOW)
        assert not await said.keep(bea.account_id, number)
        assert not await said.delete(bea.account_id, number)
        assert not await said.delete_message(bea.account_id, mine)
        with pytest.raises(LookupError):
            await said.append(
                bea.account_id, number, text="Hers.", at=NOW, message=message("bea", "2")
            )
        found = await said.get(ana.account_id, number)

    assert found is not None
    assert found.text == "Mine."


async def test_messages_close_together_are_one(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await say(work, ana.account_id, "One.", "1", NOW)
        await work.reflections.append(
            ana.account_id, number, text="Two.", at=minutes(3), message=message("ana", "2")
        )
        await work.reflections.append(
            ana.account_id, number, text="Three.", at=minutes(5), message=message("ana", "3")
        )
        found = await work.reflections.get(ana.account_id, number)
        assert found is not None
        assert found.text == "One.\nTwo.\nThree."
        assert [part.said_at for part in found.parts] == [NOW, minutes(3), minutes(5)]
        assert await work.reflections.by_message(ana.account_id, message("ana", "2")) == found
        assert await work.reflections.by_message(ana.account_id, message("ana", "9")) is None
        elsewhere = MessageRef(channel("general"), "2")
        assert await work.reflections.by_message(ana.account_id, elsewhere) is None


async def test_the_latest_is_found_by_the_time_of_its_last_part(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        [prompt, *_] = await work.prompts.pool(ana.programme_id, Room.DIRECT)
        delivery_id = await send_prompt_to(work, ana, prompt.id)
        older = await say(work, ana.account_id, "Older.", "1", NOW)
        newer = await say(work, ana.account_id, "Newer.", "2", minutes(1))
        answer = await work.reflections.add(
            ana.account_id, via=Via.DIRECT, text="To it.", at=minutes(2), delivery_id=delivery_id
        )

        async def latest(since: datetime, to: int | None, via: Via = Via.DIRECT) -> int | None:
            found = await work.reflections.latest(ana.account_id, via, since, to)
            return None if found is None else found.id

        assert await latest(NOW, None) == newer
        assert await latest(minutes(1), None) == newer
        assert await latest(minutes(2), None) is None
        assert await latest(NOW, None, Via.THREAD) is None
        assert await latest(NOW, delivery_id) == answer
        assert await latest(NOW, delivery_id + 1) is None

        await work.reflections.append(
            ana.account_id, older, text="Still.", at=minutes(4), message=message("ana", "4")
        )
        assert await latest(minutes(2), None) == older
        await work.reflections.delete_message(ana.account_id, message("ana", "4"))
        assert await latest(NOW, None) == newer


async def test_an_edited_message_changes_its_part(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await say(work, ana.account_id, "One.", "1", NOW)
        await work.reflections.append(
            ana.account_id, number, text="Two.", at=minutes(1), message=message("ana", "2")
        )
        assert await work.reflections.replace_message(
            ana.account_id, message("ana", "1"), "First.", minutes(9)
        )
        assert not await work.reflections.replace_message(
            ana.account_id, message("ana", "7"), "What?", minutes(9)
        )
        found = await work.reflections.get(ana.account_id, number)

    assert found is not None
    assert found.text == "First.\nTwo."
    assert found.edited_at == minutes(9)
    assert found.written_at == NOW


async def test_a_reflection_goes_with_its_last_message(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await say(work, ana.account_id, "One.", "1", NOW)
        await work.reflections.append(
            ana.account_id, number, text="Two.", at=minutes(1), message=message("ana", "2")
        )
        assert await work.reflections.delete_message(ana.account_id, message("ana", "1"))
        found = await work.reflections.get(ana.account_id, number)
        assert found is not None
        assert found.text == "Two."
        assert not await work.reflections.delete_message(ana.account_id, message("ana", "1"))

        assert await work.reflections.delete_message(ana.account_id, message("ana", "2"))
        assert await work.reflections.get(ana.account_id, number) is None


async def test_a_rewritten_reflection_has_one_part_that_stays_with_the_first_message(
    storage: Storage,
) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await say(work, ana.account_id, "One.", "1", NOW)
        await work.reflections.append(
            ana.account_id, number, text="Two.", at=minutes(1), message=message("ana", "2")
        )
        assert await work.reflections.replace(ana.account_id, number, "All anew.", minutes(9))
        assert not await work.reflections.replace(ana.account_id, number + 9, "x", NOW)
        found = await work.reflections.get(ana.account_id, number)
        assert found is not None
        assert [part.text for part in found.parts] == ["All anew."]
        assert found.edited_at == minutes(9)
        since = minutes(1)
        assert await work.reflections.latest(ana.account_id, Via.DIRECT, since, None) == found
        assert await work.reflections.by_message(ana.account_id, message("ana", "1")) == found
        assert await work.reflections.by_message(ana.account_id, message("ana", "2")) is None


async def test_only_what_is_kept_is_told_in_order_of_time(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        second = await say(work, ana.account_id, "Second.", "2", minutes(2))
        first = await say(work, ana.account_id, "First.", "1", minutes(1))
        draft = await work.reflections.add(
            ana.account_id, via=Via.DIRECT, text="Perhaps.", at=minutes(3), kept=False
        )
        own = await work.reflections.of_author(ana.account_id)
        assert [one.id for one in own] == [first, second]

        assert await work.reflections.keep(ana.account_id, draft)

        own = await work.reflections.of_author(ana.account_id)
        assert [one.id for one in own] == [first, second, draft]


async def test_old_drafts_are_dropped(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        kept = await say(work, ana.account_id, "Kept.", "0", NOW)
        drafts = [
            await work.reflections.add(
                ana.account_id,
                via=Via.DIRECT,
                text="Perhaps.",
                at=minutes(count),
                message=message("ana", f"d{count}"),
                kept=False,
            )
            for count in (1, 2, 3)
        ]
        await work.reflections.append(
            ana.account_id, drafts[0], text="More.", at=minutes(4), message=message("ana", "5")
        )

        assert await work.reflections.drop_drafts(minutes(3)) == 1
        left = [
            number
            for number in (kept, *drafts)
            if await work.reflections.get(ana.account_id, number)
        ]
        assert left == [kept, drafts[0], drafts[2]]
        # the dropped draft's message may be told again
        await say(work, ana.account_id, "Again.", "d2", NOW)


async def test_a_deleted_number_is_never_given_again(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await say(work, ana.account_id, "One.", "1", NOW)
        assert await work.reflections.delete(ana.account_id, number)
        assert not await work.reflections.delete(ana.account_id, number)
        assert await work.reflections.get(ana.account_id, number) is None

        assert await say(work, ana.account_id, "Two.", "2", NOW) > number


async def test_reactions_are_told_with_their_prompt(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        first, second = await work.prompts.pool(ana.programme_id, Room.DIRECT)
        one = await send_prompt_to(work, ana, first.id, "one")
        two = await send_prompt_to(work, ana, second.id, "two")
        said = work.reflections
        await said.react(ana.account_id, two, "heart", minutes(2))
        await said.react(ana.account_id, one, "tada", minutes(1))
        await said.react(ana.account_id, one, "tada", minutes(5))
        await said.react(bea.account_id, one, "eyes", minutes(3))

        assert await said.reactions(ana.account_id) == (
            (first.id, "tada", minutes(1)),
            (second.id, "heart", minutes(2)),
        )
        assert not await said.unreact(bea.account_id, one, "tada")
        assert await said.unreact(ana.account_id, one, "tada")
        assert not await said.unreact(ana.account_id, one, "tada")
        assert await said.reactions(ana.account_id) == ((second.id, "heart", minutes(2)),)
        assert await said.reactions(bea.account_id) == ((first.id, "eyes", minutes(3)),)


async def test_whose_words_a_message_is_can_be_told(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_town(work)
        ana, bea = await join(work, guild, "ana"), await join(work, guild, "bea")
        for author in (ana, bea):
            await work.reflections.add(
                author.account_id,
                via=Via.DIRECT,
                text="words",
                at=NOW,
                message=message(author.name, "1"),
            )

    async with storage.work() as work:
        assert await work.reflections.author_of(message("ana", "1")) == ana.account_id
        assert await work.reflections.author_of(message("bea", "1")) == bea.account_id
        assert await work.reflections.author_of(message("ana", "2")) is None
        await work.reflections.delete_message(ana.account_id, message("ana", "1"))
        assert await work.reflections.author_of(message("ana", "1")) is None
