"""What `Linking` promises, and that nothing is lost when two programmes become one."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chat.identity import CommunityRef
from bot.domain.delivery import DeliveryKind
from bot.domain.membership import MemberSettings, Membership, Programme
from bot.domain.mentoring import Search
from bot.domain.recurrence import daily_at, next_occurrence
from bot.domain.reflection import Via
from bot.domain.wall_time import find_zone
from bot.ports.deliveries import Wave
from bot.ports.storage import Storage, UnitOfWork
from bot.services import linking
from bot.services.exporting import gather, to_document
from scheduler.planner import Planner
from scheduler.timetable import next_step
from tests.cast import (
    LIBRARY,
    NOW,
    SETTINGS,
    TOWN,
    channel,
    direct,
    found_programme,
    occurrence,
    person,
)
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import FakeClock

VILLAGE = CommunityRef("console", "village")
NAMES = ("abe", "bea", "cem", "dag", "eve", "fay")
DUE = NOW.replace(hour=9, minute=15) + timedelta(days=1)
"""When everybody has been due for the day, and nothing is too late."""


async def found(work: UnitOfWork) -> tuple[Programme, Programme]:
    """The town's programme and the village's."""
    guild, club = await found_programme(work), await found_programme(work, "Club")
    await work.programmes.attach(TOWN, "Town", guild.id)
    await work.programmes.attach(VILLAGE, "Village", club.id)
    await work.prompts.publish(LIBRARY, NOW)
    return guild, club


async def join(
    work: UnitOfWork, programme: Programme, name: str, settings: MemberSettings = SETTINGS
) -> Membership:
    """A member whose group comes next on the day of `DUE`."""
    account = await work.accounts.seen(person(name))
    member = await work.memberships.ensure(account.id, programme.id)
    place_id = await work.places.ensure(direct(name), account.id)
    await work.memberships.save(replace(member, joined_at=NOW, direct_place_id=place_id))
    schedule = await work.schedules.reflections(programme.id)
    first = next_occurrence(daily_at(settings.minute), find_zone(settings.zone), NOW)
    group_id = await work.schedules.ensure_group(schedule.id, settings.zone, settings.minute, first)
    await work.memberships.set_settings(member.id, settings, group_id)
    return await work.memberships.get(member.id)


async def asked(work: UnitOfWork, into: Programme, joining: Programme) -> tuple[Membership, int]:
    """A coordinator of the first programme, and the question of the second."""
    accounts = [await work.accounts.seen(person(name)) for name in ("cora", "dora")]
    both = zip(accounts, (into, joining), strict=True)
    cora, dora = [await work.memberships.ensure(one.id, programme.id) for one, programme in both]
    code = await linking.make_code(work, cora, NOW)
    link, _ = await linking.enter_code(work, dora, code, NOW)
    return cora, link.id


async def test_a_code_works_once(storage: Storage) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        cora = await join(work, guild, "cora")
        await work.linking.offer(guild.id, cora.id, "hash", NOW)
        first = await work.linking.by_code("hash")
        assert first is not None
        assert (first.programme_id, first.made_by, first.until) == (guild.id, cora.id, NOW)
        assert await work.linking.by_code("other") is None
        assert await work.linking.ask(first.id, club.id, cora.id, NOW + timedelta(days=1))
        assert not await work.linking.ask(first.id, club.id, cora.id, NOW)
        assert await work.linking.by_code("hash") is None
        question = await work.linking.get(first.id)
        assert question is not None
        assert (question.asking_id, question.until) == (club.id, NOW + timedelta(days=1))
        assert await work.linking.of_programme(guild.id) == question
        assert await work.linking.of_programme(club.id) is None

        await work.linking.offer(guild.id, cora.id, "new", NOW)
        assert await work.linking.get(first.id) is None
        await work.linking.drop(first.id + 1)
        assert await work.linking.by_code("new") is None


async def test_a_programme_that_is_gone_can_not_be_held(storage: Storage) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        assert await work.linking.hold(club.id, guild.id)
        await work.linking.join(club.id, guild.id)
        assert not await work.linking.hold(club.id, guild.id)


async def test_a_question_goes_with_the_programme_that_asked(storage: Storage) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        third = await found_programme(work, "Third")
        _, number = await asked(work, guild, club)
        await work.linking.hold(club.id, third.id)
        await work.linking.join(club.id, third.id)
        assert await work.linking.get(number) is None


class World:
    """Two programmes full of things, made by chance, and what there is of them by account."""

    def __init__(self, storage: Storage, seed: int) -> None:
        self.storage = storage
        self.chance = random.Random(seed)
        self.zones = ["UTC"] if seed % 2 else ["Europe/Berlin", "UTC"]
        self.guild = self.club = Programme(0, "", "")
        self.members: list[Membership] = []

    async def fill(self) -> None:
        async with self.storage.work() as work:
            self.guild, self.club = await found(work)
            for name in NAMES:
                for programme in self._some((self.guild, self.club)):
                    await self._enter(work, programme, name)
            for programme in (self.guild, self.club):
                here = [one for one in self.members if one.programme_id == programme.id]
                for member in here:
                    await self._write(work, member, here)

    def _some(self, programmes: tuple[Programme, Programme]) -> list[Programme]:
        chosen = self.chance.choice([(0,), (1,), (0, 1), (1, 0)])
        return [programmes[number] for number in chosen]

    async def _enter(self, work: UnitOfWork, programme: Programme, name: str) -> None:
        chance = self.chance
        zone, minute = chance.choice(self.zones), chance.choice([480, 540])
        if chance.random() < 0.8:
            member = await join(work, programme, name, replace(SETTINGS, zone=zone, minute=minute))
        else:
            account = await work.accounts.seen(person(name))
            member = await work.memberships.ensure(account.id, programme.id)
        if chance.random() < 0.3:
            await work.memberships.save(replace(member, is_coordinator=True))
        self.members.append(await work.memberships.get(member.id))

    async def _write(self, work: UnitOfWork, member: Membership, here: list[Membership]) -> None:
        chance, words = self.chance, f"words of {member.name} in {member.programme_id}"
        await work.reflections.add(member.account_id, via=Via.COMMAND, text=words, at=NOW)
        if chance.random() < 0.7:
            topics = (f"topic {chance.randint(1, 3)}",)
            await work.mentoring.save_offer(member.id, topics, 5, NOW)
        if chance.random() < 0.6:
            others = frozenset(one.id for one in here if one is not member)
            not_with = frozenset(number for number in others if chance.random() < 0.5)
            await work.mentoring.save_search(
                Search(membership_id=member.id, topics=("t",), purpose=words, not_with=not_with)
            )
        for other in here:
            if other is member or chance.random() < 0.5:
                continue
            guild_id = member.programme_id
            await work.mentoring.add_request(guild_id, member.id, other.id, words, NOW)
            pair_id = await work.mentoring.add_pair(guild_id, other.id, member.id, NOW)
            if pair_id is not None:
                await work.letters.add(pair_id, member.account_id, words, NOW)
                if chance.random() < 0.3:
                    await work.mentoring.end_pair(pair_id, member.id, member.account_id, words, NOW)
        place_id = await work.places.ensure(channel(f"of-{member.id}"))
        await work.schedules.add_nudge(
            programme_id=member.programme_id,
            place_id=place_id,
            zone="UTC",
            recurrence=daily_at(600),
            words="every day",
            holidays=None,
            grace=timedelta(hours=4),
            first=occurrence(DUE + timedelta(days=2)),
        )

    async def view(self) -> dict[str, Any]:
        """What each account has, whatever the programme and the numbers."""
        async with self.storage.reading() as work:
            return {
                "words": [await self._words(work, one) for one in self._accounts()],
                "purposes": {
                    line
                    for one in self._accounts()
                    for search in (await gather(work, one, "")).searches
                    for line in search.purpose.splitlines()
                },
                "pairs": await self._between(work, "pairs_of"),
                "requests": await self._between(work, "open_requests"),
                "offers": {
                    (one.account_id, topic)
                    for one in await self._living(work)
                    if (offer := await work.mentoring.offer_of(one.id))
                    for topic in offer.topics
                },
                "not_with": {
                    (one.account_id, (await work.memberships.get(other)).account_id)
                    for one in await self._living(work)
                    if (search := await work.mentoring.search_of(one.id))
                    for other in search.not_with
                },
                "nudges": {
                    nudge.id
                    for programme in (self.guild, self.club)
                    for nudge in await work.schedules.nudges(programme.id)
                },
                "joined": {one.account_id for one in await self._living(work) if one.joined_at},
                "coordinators": {
                    one.account_id for one in await self._living(work) if one.is_coordinator
                },
            }

    def _accounts(self) -> list[int]:
        return sorted({member.account_id for member in self.members})

    async def _living(self, work: UnitOfWork) -> list[Membership]:
        return [one for a in self._accounts() for one in await work.memberships.of_account(a)]

    async def _words(self, work: UnitOfWork, account_id: int) -> Mapping[str, Any]:
        document = to_document(await gather(work, account_id, ""), NOW)
        written = document["mentoring"]["written"]
        return {
            "reflections": document["reflections"],
            "written": sorted(map(str, written)),
        }

    async def _between(self, work: UnitOfWork, method: str) -> Counter[tuple[int, int]]:
        found = {
            (one.id, one.mentor_id, one.mentee_id)
            for member in await self._living(work)
            for one in await getattr(work.mentoring, method)(member.id)
        }
        accounts = {one.id: one.account_id for one in await self._living(work)}
        return Counter((accounts[mentor], accounts[mentee]) for _, mentor, mentee in found)

    async def plan_one(self, *programmes: int) -> None:
        """Plan one member of each group of these programmes, as if a replica died in a wave."""
        async with self.storage.reading() as work:
            groups = await work.deliveries.due_groups(DUE, 100)
        for group in [one for one in groups if one.schedule.programme_id in programmes]:
            wave = next_step(group, FakeCalendar(), DUE, jump=False)
            assert isinstance(wave, Wave)
            async with self.storage.work() as work:
                await work.deliveries.plan_slice([group], wave, 1)

    async def due(self) -> list[tuple[int, int]]:
        """Everyone who is asked at `DUE`, by account, once planned."""
        await Planner(self.storage, FakeClock(DUE), FakeCalendar()).run()
        async with self.storage.work() as work:
            rows = await work.deliveries.claim(
                ["console"], "me", DUE, DUE + timedelta(minutes=1), 1000
            )
            questions = [one for one in rows if one.kind is DeliveryKind.REFLECTION]
            members = await work.memberships.many([one.membership_id or 0 for one in questions])
        assert {one.programme_id for one in rows} <= {self.guild.id}
        return sorted(
            (members[one.membership_id or 0].account_id, one.place_id) for one in questions
        )


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_lost_and_everyone_is_asked(storage: Storage, seed: int) -> None:
    world = World(storage, seed)
    await world.fill()
    await world.plan_one(*world.chance.sample([world.guild.id, world.club.id], k=seed % 3))
    before = await world.view()
    async with storage.work() as work:
        earliest = {
            account: (await work.memberships.of_account(account))[0].id
            for account in world._accounts()
        }
        cora, number = await asked(work, world.guild, world.club)
        await linking.join(work, cora, number, NOW)

    assert await world.view() == before
    async with storage.reading() as work:
        for account, kept in earliest.items():
            [member] = await work.memberships.of_account(account)
            assert (member.id, member.programme_id) == (kept, world.guild.id)
            assert (member.settings is None) == (member.joined_at is None)
        assert await work.programmes.of_community(VILLAGE) == world.guild
        assert await work.linking.get(number) is None
    asked_now = await world.due()
    assert [account for account, _ in asked_now] == sorted(before["joined"])


@pytest.mark.parametrize("begun", [(), ("Guild",), ("Club",), ("Guild", "Club")])
async def test_nobody_is_passed_over_in_the_midst_of_a_wave(
    storage: Storage, begun: tuple[str, ...]
) -> None:
    world = World(storage, 0)
    async with storage.work() as work:
        world.guild, world.club = await found(work)
        for programme, name in (
            (world.club, "abe"),
            (world.guild, "bea"),
            (world.guild, "cem"),
            (world.club, "dag"),
        ):
            world.members.append(await join(work, programme, name))
    await world.plan_one(*(one.id for one in (world.guild, world.club) if one.name in begun))
    async with storage.work() as work:
        cora, number = await asked(work, world.guild, world.club)
        await linking.join(work, cora, number, NOW)
    assert [account for account, _ in await world.due()] == world._accounts()


async def test_of_two_memberships_the_earlier_stays_with_its_settings(storage: Storage) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        early = await join(work, club, "ana", replace(SETTINGS, minute=480))
        late = await join(work, guild, "ana")
        await work.mentoring.save_search(
            Search(membership_id=early.id, topics=("a", "b"), purpose="first")
        )
        await work.mentoring.save_search(
            Search(membership_id=late.id, topics=("b", "c"), purpose="second")
        )
        await work.mentoring.save_offer(early.id, ("x",), 1, NOW)
        await work.mentoring.close_offer(early.id)
        await work.mentoring.save_offer(late.id, ("y",), 3, NOW)
        cora, number = await asked(work, guild, club)
        await linking.join(work, cora, number, NOW)

    async with storage.reading() as work:
        [kept] = await work.memberships.of_account(early.account_id)
        assert kept == replace(early, programme_id=guild.id)
        search = await work.mentoring.search_of(kept.id)
        assert search is not None
        assert (search.topics, search.purpose) == (("a", "b", "c"), "first\nsecond")
        offer = await work.mentoring.offer_of(kept.id)
        assert offer is not None
        assert (offer.topics, offer.capacity, offer.open) == (("x", "y"), 3, True)


async def test_someone_who_only_coordinates_there_takes_their_consent_along(
    storage: Storage,
) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        account = await work.accounts.seen(person("ana"))
        early = await work.memberships.ensure(account.id, guild.id)
        await work.memberships.save(replace(early, is_coordinator=True))
        late = await join(work, club, "ana")
        cora, number = await asked(work, guild, club)
        await linking.join(work, cora, number, NOW)

    async with storage.reading() as work:
        [kept] = await work.memberships.of_account(account.id)
    expected = replace(late, id=early.id, programme_id=guild.id, is_coordinator=True)
    assert kept == expected


async def test_a_third_programme_is_left_alone(storage: Storage) -> None:
    async with storage.work() as work:
        guild, club = await found(work)
        third = await found_programme(work, "Third")
        ana = await join(work, third, "ana")
        bea = await join(work, club, "bea")
        await work.mentoring.save_offer(bea.id, ("x",), 3, NOW)
        request = await work.mentoring.add_request(third.id, ana.id, ana.id, "note", NOW)
        moved = await work.mentoring.add_request(club.id, bea.id, bea.id, "note", NOW)
        cora, number = await asked(work, guild, club)
        await linking.join(work, cora, number, NOW)

    async with storage.reading() as work:
        assert await work.memberships.get(ana.id) == ana
        assert await work.mentoring.request(third.id, request) is not None
        assert await work.mentoring.request(guild.id, moved) is not None
        assert await work.mentoring.request(third.id, moved) is None
        assert await work.mentoring.offers(third.id, NOW) == ()
        assert len(await work.mentoring.offers(guild.id, NOW)) == 1
