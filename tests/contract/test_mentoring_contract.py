"""What `Mentoring` promises."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.membership import Membership, Programme
from bot.domain.mentoring import MentorRequest, Offer, Pair, RequestState, Search
from bot.ports.mentoring import MentoringWords, MentoringWordsKind
from bot.ports.storage import Storage, UnitOfWork
from tests.cast import NOW, SETTINGS, found_programme, join


def hours(count: int) -> datetime:
    return NOW + timedelta(hours=count)


async def found(work: UnitOfWork) -> tuple[Programme, Membership, Membership]:
    """A programme, a mentor, a mentee."""
    guild = await found_programme(work)
    return guild, await join(work, guild, "mia"), await join(work, guild, "tom")


async def test_an_offer_comes_back_as_it_was_written(storage: Storage) -> None:
    async with storage.work() as work:
        _, mia, tom = await found(work)
        await work.mentoring.save_offer(mia.id, ("python", "public speaking"), 2, NOW)

        assert await work.mentoring.offer_of(mia.id) == Offer(
            membership_id=mia.id,
            name="mia",
            topics=("python", "public speaking"),
            capacity=2,
            offered_at=NOW,
        )
        assert await work.mentoring.offer_of(tom.id) is None

        await work.mentoring.save_offer(mia.id, (), 1, hours(1))

        offer = await work.mentoring.offer_of(mia.id)
    assert offer is not None
    assert (offer.topics, offer.capacity, offer.offered_at) == ((), 1, hours(1))


async def test_a_closed_offer_is_told_to_its_mentor_only(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, _ = await found(work)
        await work.mentoring.save_offer(mia.id, ("python",), 2, NOW)
        await work.mentoring.close_offer(mia.id)

        offer = await work.mentoring.offer_of(mia.id)
        assert offer is not None
        assert not offer.open
        assert await work.mentoring.offers(guild.id, NOW) == ()

        await work.mentoring.save_offer(mia.id, ("python",), 2, NOW)
        assert len(await work.mentoring.offers(guild.id, NOW)) == 1


async def test_offers_are_one_programmes_by_name_of_people_who_joined(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        club = await found_programme(work, "Club")
        abe = await join(work, guild, "abe")
        other = await join(work, club, "zoe")
        for one in (mia, abe, tom, other):
            await work.mentoring.save_offer(one.id, ("x",), 1, NOW)
        await work.memberships.save(replace(tom, joined_at=None))

        offers = await work.mentoring.offers(guild.id, NOW)

    assert [(offer.name, settings) for offer, settings in offers] == [
        ("abe", SETTINGS),
        ("mia", SETTINGS),
    ]


async def test_offers_of_paused_members_come_back_after_the_pause(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        for one in (mia, tom):
            await work.mentoring.save_offer(one.id, ("x",), 1, NOW)
        await work.memberships.save(replace(tom, paused_until=hours(1)))

        async def names(now: datetime) -> list[str]:
            return [offer.name for offer, _ in await work.mentoring.offers(guild.id, now)]

        assert await names(NOW) == await names(hours(1) - timedelta(seconds=1)) == ["mia"]
        assert await names(hours(1)) == await names(hours(2)) == ["mia", "tom"]
        offer = await work.mentoring.offer_of(tom.id)
    assert offer is not None
    assert offer.open


async def test_a_search_is_replaced(storage: Storage) -> None:
    async with storage.work() as work:
        _, mia, tom = await found(work)
        search = Search(
            membership_id=tom.id,
            topics=("python", "writing"),
            purpose="A new job, quietly.",
            not_with=frozenset({mia.id}),
        )
        assert await work.mentoring.search_of(tom.id) is None
        await work.mentoring.save_search(search)
        assert await work.mentoring.search_of(tom.id) == search

        emptied = Search(membership_id=tom.id, topics=())
        await work.mentoring.save_search(emptied)
        assert await work.mentoring.search_of(tom.id) == emptied


async def test_a_request_is_seen_by_both_until_it_is_closed(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        abe = await join(work, guild, "abe")
        number = await work.mentoring.add_request(guild.id, tom.id, mia.id, "Please?", hours(1))
        earlier = await work.mentoring.add_request(guild.id, tom.id, abe.id, "", NOW)
        request = MentorRequest(
            id=number,
            programme_id=guild.id,
            mentee_id=tom.id,
            mentor_id=mia.id,
            mentee_name="tom",
            mentor_name="mia",
            note="Please?",
            asked_at=hours(1),
        )
        assert await work.mentoring.request(guild.id, number) == request
        assert await work.mentoring.open_requests(mia.id) == (request,)
        of_tom = await work.mentoring.open_requests(tom.id)
        assert [one.id for one in of_tom] == [earlier, number]

        assert await work.mentoring.close_request(number, RequestState.DECLINED, hours(2))
        assert not await work.mentoring.close_request(number, RequestState.ACCEPTED, hours(3))

        assert await work.mentoring.open_requests(mia.id) == ()
        assert await work.mentoring.request(guild.id, number) == replace(
            request, state=RequestState.DECLINED, answered_at=hours(2)
        )


async def test_a_request_is_one_programmes_only(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        club = await found_programme(work, "Club")
        number = await work.mentoring.add_request(guild.id, tom.id, mia.id, "", NOW)

        assert await work.mentoring.request(club.id, number) is None
        assert await work.mentoring.request(guild.id, number + 1) is None
        assert not await work.mentoring.close_request(number + 1, RequestState.CLOSED, NOW)


async def test_a_note_is_replaced(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        number = await work.mentoring.add_request(guild.id, tom.id, mia.id, "Hm.", NOW)
        await work.mentoring.set_note(number, "About Python.")

        request = await work.mentoring.request(guild.id, number)
    assert request is not None
    assert request.note == "About Python."


async def test_a_pair_comes_back_until_it_ends(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        club = await found_programme(work, "Club")
        await work.mentoring.save_offer(mia.id, (), 1, NOW)
        number = await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW)
        assert number is not None
        pair = Pair(
            id=number,
            programme_id=guild.id,
            mentor_id=mia.id,
            mentee_id=tom.id,
            mentor_name="mia",
            mentee_name="tom",
            since=NOW,
        )
        assert await work.mentoring.pair(guild.id, number) == pair
        assert await work.mentoring.pair(club.id, number) is None
        assert await work.mentoring.pairs_of(mia.id) == (pair,)
        assert await work.mentoring.pairs_of(tom.id) == (pair,)

        end = work.mentoring.end_pair
        assert await end(number, tom.id, tom.account_id, "Moved on.", hours(1))
        assert not await end(number, mia.id, mia.account_id, "Me too.", hours(2))

        assert await work.mentoring.pairs_of(mia.id) == ()
        assert await work.mentoring.pair(guild.id, number) == replace(pair, ended_at=hours(1))


async def test_what_a_member_wrote_in_mentoring_is_told_to_nobody_else(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        await work.mentoring.save_offer(mia.id, ("python",), 1, NOW)
        number = await work.mentoring.add_request(guild.id, tom.id, mia.id, "Data work?", NOW)
        await work.mentoring.close_request(number, RequestState.ACCEPTED, hours(1))
        await work.mentoring.add_request(guild.id, tom.id, mia.id, "", hours(2))
        pair = await work.mentoring.add_pair(guild.id, mia.id, tom.id, hours(1))
        assert pair is not None
        await work.mentoring.end_pair(pair, tom.id, tom.account_id, "Moved on.", hours(3))

        assert await work.mentoring.words_of(tom.id) == (
            MentoringWords(MentoringWordsKind.REQUEST, "mia", "Data work?", NOW),
            MentoringWords(MentoringWordsKind.ENDING, "mia", "Moved on.", hours(3)),
        )
        assert await work.mentoring.words_of(mia.id) == ()


async def test_a_pair_needs_room(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        abe = await join(work, guild, "abe")
        assert await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW) is None
        await work.mentoring.save_offer(mia.id, (), 1, NOW)
        first = await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW)
        assert first is not None
        assert await work.mentoring.add_pair(guild.id, mia.id, abe.id, NOW) is None
        offer = await work.mentoring.offer_of(mia.id)
        assert offer is not None
        assert not offer.has_room

        await work.mentoring.end_pair(first, mia.id, mia.account_id, "", NOW)
        assert await work.mentoring.add_pair(guild.id, mia.id, abe.id, NOW) is not None

        await work.mentoring.save_offer(mia.id, (), 9, NOW)
        await work.mentoring.close_offer(mia.id)
        assert await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW) is None


async def test_a_pair_is_made_in_the_mentors_programme_only(storage: Storage) -> None:
    async with storage.work() as work:
        _, mia, tom = await found(work)
        club = await found_programme(work, "Club")
        await work.mentoring.save_offer(mia.id, (), 1, NOW)

        assert await work.mentoring.add_pair(club.id, mia.id, tom.id, NOW) is None


@pytest.mark.parametrize("capacity", [1, 3])
async def test_pairs_made_at_once_never_exceed_the_room(storage: Storage, capacity: int) -> None:
    async with storage.work() as work:
        guild, mia, _ = await found(work)
        await work.mentoring.save_offer(mia.id, (), capacity, NOW)
        mentees = [await join(work, guild, f"mentee{number}") for number in range(8)]

    async def pair_with(mentee: Membership) -> int | None:
        async with storage.work() as work:
            return await work.mentoring.add_pair(guild.id, mia.id, mentee.id, NOW)

    made = await asyncio.gather(*(pair_with(mentee) for mentee in mentees))

    assert len([number for number in made if number is not None]) == capacity
    async with storage.reading() as work:
        assert len(await work.mentoring.pairs_of(mia.id)) == capacity


async def test_whatever_someone_erased_took_part_in_is_gone(storage: Storage) -> None:
    async with storage.work() as work:
        guild, mia, tom = await found(work)
        abe = await join(work, guild, "abe")
        await work.mentoring.save_offer(mia.id, (), 3, NOW)
        request_id = await work.mentoring.add_request(guild.id, tom.id, mia.id, "Hi", NOW)
        kept_id = await work.mentoring.add_request(guild.id, abe.id, mia.id, "Hello", NOW)
        gone = await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW)
        stays = await work.mentoring.add_pair(guild.id, mia.id, abe.id, NOW)
        assert gone is not None
        assert stays is not None
        not_with = frozenset({mia.id, tom.id})
        await work.mentoring.save_search(
            Search(membership_id=abe.id, topics=("x",), not_with=not_with)
        )
        await work.accounts.erase(tom.account_id)

        assert await work.mentoring.request(guild.id, request_id) is None
        assert [one.id for one in await work.mentoring.open_requests(mia.id)] == [kept_id]
        assert await work.mentoring.pair(guild.id, gone) is None
        assert [one.id for one in await work.mentoring.pairs_of(mia.id)] == [stays]
        search = await work.mentoring.search_of(abe.id)
        assert search is not None
        assert search.not_with == {mia.id}
        offer = await work.mentoring.offer_of(mia.id)
        assert offer is not None
        assert offer.mentees == 1
