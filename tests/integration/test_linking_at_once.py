"""Two programmes become one while people join, answer and are planned for."""

import asyncio

from sqlalchemy.exc import DBAPIError

from adapters.storage.unit_of_work import SqlStorage
from bot.chat.identity import CommunityRef
from bot.domain.errors import UserError
from bot.services import joining, linking
from scheduler.planner import Planner
from tests.cast import LIBRARY, NOW, TOWN, direct, found_programme, person
from tests.fakes.calendar import FakeCalendar
from tests.fakes.clock import FakeClock

VILLAGE = CommunityRef("console", "village")
NAMES = tuple(f"person{number}" for number in range(24))


async def join(storage: SqlStorage, name: str) -> None:
    """Someone joins in the village; what the database refuses is done again, as the inbox does."""
    for _ in range(5):
        try:
            async with storage.work() as work:
                programme = await work.programmes.of_community(VILLAGE)
                assert programme is not None
                await asyncio.sleep(0)
                wishes = joining.Wishes(zone="Europe/Berlin")
                await joining.join(
                    work, person(name), programme, direct(name), wishes=wishes, now=NOW
                )
                return
        except DBAPIError:
            await asyncio.sleep(0.05)
    raise AssertionError(name)


async def test_nobody_who_joins_meanwhile_is_lost(storage: SqlStorage) -> None:
    async with storage.work() as work:
        guild, club = await found_programme(work), await found_programme(work, "Club")
        await work.programmes.attach(TOWN, "Town", guild.id)
        await work.programmes.attach(VILLAGE, "Village", club.id)
        await work.prompts.publish(LIBRARY, NOW)
        members = [
            await work.memberships.ensure((await work.accounts.seen(person(name))).id, one.id)
            for name, one in (("cora", guild), ("dora", club))
        ]
        code = await linking.make_code(work, members[0], NOW)
        link, _ = await linking.enter_code(work, members[1], code, NOW)

    async def link_them() -> bool:
        await asyncio.sleep(0.02)
        try:
            async with storage.work() as work:
                await linking.join(work, members[0], link.id, NOW)
        except (DBAPIError, UserError):
            return False
        return True

    planner = Planner(storage, FakeClock(NOW), FakeCalendar())
    await asyncio.gather(
        *(join(storage, name) for name in NAMES[:12]),
        link_them(),
        planner.run(),
        *(join(storage, name) for name in NAMES[12:]),
        link_them(),
    )

    async with storage.reading() as work:
        assert await work.programmes.of_community(VILLAGE) == guild
        reflections = await work.schedules.reflections(guild.id)
        for name in NAMES:
            account = await work.accounts.find(person(name).account)
            assert account is not None
            [member] = await work.memberships.of_account(account.id)
            assert (member.programme_id, member.joined_at) == (guild.id, NOW)
    later = FakeClock(NOW.replace(day=3, hour=9))
    await Planner(storage, later, FakeCalendar()).run()
    async with storage.reading() as work:
        due = await work.deliveries.standing(later.now())
    assert reflections.programme_id == guild.id
    # each has a first question, and the one of the next day
    assert [one.due for one in due] == [2 * len(NAMES)]
