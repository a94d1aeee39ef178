"""What a delivery says is decided just before it is sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.chat.outgoing import Button, Buttons, Message
from bot.domain.delivery import DeliveryKind, Notice, Reason
from bot.domain.membership import Membership
from bot.domain.practices import Practice
from bot.domain.prompts import LibraryPrompt, Room, Verdict
from bot.domain.schedule import DEFAULT_GRACE, Schedule
from bot.domain.when import read_when
from bot.ports.composing import Prepared
from bot.ports.deliveries import Claimed, WasSkipped
from bot.services.composing import Composer
from tests.cast import NOW, channel, direct, found_town, join, occurrence
from tests.fakes.storage import InMemoryStorage, InMemoryUnitOfWork

LIBRARY = tuple(
    LibraryPrompt(f"{practice}.{room}.{number}", practice, room, f"{practice} {room} {number}?")
    for practice in (Practice.VALUES, Practice.LEARNING, Practice.NETWORK)
    for room in Room
    for number in range(4)
)


@pytest.fixture
async def storage() -> InMemoryStorage:
    made = InMemoryStorage()
    async with made.work() as work:
        await found_town(work)
        await work.prompts.publish(LIBRARY, NOW)
    return made


@pytest.fixture
def work(storage: InMemoryStorage) -> InMemoryUnitOfWork:
    return storage.unit


@pytest.fixture
async def ben(work: InMemoryUnitOfWork) -> Membership:
    return await join(work, await work.programmes.get(1), "ben")


async def nudge(work: InMemoryUnitOfWork, name: str = "team") -> Schedule:
    return await work.schedules.add_nudge(
        programme_id=1,
        place_id=await work.places.ensure(channel(name)),
        zone="UTC",
        recurrence=read_when("every weekday 09:30", NOW.date()),
        words="every weekday 09:30",
        holidays=None,
        grace=DEFAULT_GRACE,
        first=occurrence(NOW),
    )


def reflection(member: Membership, number: int = 1, prompt_id: int | None = None) -> Claimed:
    assert member.direct_place_id is not None
    return Claimed(
        id=number,
        programme_id=member.programme_id,
        kind=DeliveryKind.REFLECTION,
        place_id=member.direct_place_id,
        place=direct(member.name),
        community=None,
        membership_id=member.id,
        schedule_id=1,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=4),
        attempt=1,
        prompt_id=prompt_id,
        notice=None,
        about=None,
    )


def post(schedule: Schedule, number: int = 1) -> Claimed:
    assert schedule.place_id is not None
    return Claimed(
        id=number,
        programme_id=schedule.programme_id,
        kind=DeliveryKind.NUDGE,
        place_id=schedule.place_id,
        place=channel("team"),
        community=None,
        membership_id=None,
        schedule_id=schedule.id,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=4),
        attempt=1,
        prompt_id=None,
        notice=None,
        about=None,
    )


def notice(member: Membership, what: Notice, about: int) -> Claimed:
    return replace(
        reflection(member), kind=DeliveryKind.NOTICE, schedule_id=None, notice=what, about=about
    )


async def prepare(
    work: InMemoryUnitOfWork, *claimed: Claimed, now: datetime = NOW
) -> tuple[Prepared | WasSkipped, ...]:
    return await Composer().prepare(work, claimed, now)


async def chosen(work: InMemoryUnitOfWork, *claimed: Claimed) -> list[int | None]:
    return [
        one.prompt_id if isinstance(one, Prepared) else None
        for one in await prepare(work, *claimed)
    ]


def buttons(message: Message) -> list[Button]:
    return [b for block in message.blocks if isinstance(block, Buttons) for b in block.buttons]


async def test_every_delivery_gets_its_answer_in_order(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    ana = await join(work, await work.programmes.get(1), "ana")
    gone = replace(reflection(ben, 2), membership_id=99)
    answers = await prepare(work, reflection(ana, 7), gone, reflection(ben, 3))
    assert [a.delivery.id if isinstance(a, Prepared) else a.id for a in answers] == [7, 2, 3]
    assert [isinstance(answer, Prepared) for answer in answers] == [True, False, True]


async def test_no_deliveries_are_no_answers(work: InMemoryUnitOfWork) -> None:
    assert await prepare(work) == ()


async def test_the_first_button_carries_the_delivery(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    (prepared,) = await prepare(work, reflection(ben, 42))
    assert isinstance(prepared, Prepared)
    first = buttons(prepared.message)[0]
    assert (first.action, first.arguments) == ("answer", ("42",))


async def test_each_room_has_its_own_questions_and_says_who_reads(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    told, posted = await prepare(work, reflection(ben), post(await nudge(work), 2))
    assert isinstance(told, Prepared)
    assert isinstance(posted, Prepared)
    assert " direct " in told.message.plain()
    assert "a form that only you see" in told.message.plain()
    assert " channel " in posted.message.plain()
    assert "for everyone here" in posted.message.plain()


async def test_a_whole_pool_is_asked_before_anything_comes_again(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    assert ben.direct_place_id is not None
    asked: list[int] = []
    for _ in range(24):
        (number,) = await chosen(work, reflection(ben))
        assert number is not None
        asked.append(number)
        rotation = (await work.prompts.rotations([ben.direct_place_id]))[ben.direct_place_id]
        await work.prompts.set_rotation(ben.direct_place_id, rotation.after(number))
    assert len({*asked[:12]}) == 12
    assert asked[12:] == asked[:12]
    practices = [(await work.prompts.many([number]))[number].practice for number in asked[:12]]
    assert all(len({*practices[at : at + 3]}) == 3 for at in range(0, 12, 3))


async def test_the_queue_comes_first_and_is_used_up(work: InMemoryUnitOfWork) -> None:
    schedule = await nudge(work)
    pool = await work.prompts.pool(1, Room.CHANNEL)
    first, second = pool[5].id, pool[2].id
    await work.prompts.set_queue(schedule.id, [first, second])
    prepared = await prepare(work, post(schedule, 1), post(schedule, 2))
    assert [one.prompt_id for one in prepared if isinstance(one, Prepared)] == [first, second]
    assert [prompt.id for prompt in await work.prompts.queue(schedule.id)] == [first, second]
    await Composer().begun(work, [one for one in prepared if isinstance(one, Prepared)])
    assert await work.prompts.queue(schedule.id) == ()


async def test_what_was_put_into_a_queue_meanwhile_stays_there(work: InMemoryUnitOfWork) -> None:
    schedule = await nudge(work)
    pool = await work.prompts.pool(1, Room.CHANNEL)
    await work.prompts.set_queue(schedule.id, [pool[5].id])
    (one,) = await prepare(work, post(schedule, 1))
    await work.prompts.set_queue(schedule.id, [pool[2].id, pool[5].id])
    assert isinstance(one, Prepared)
    await Composer().begun(work, [one])
    assert await work.prompts.queue(schedule.id) == (pool[2],)


async def test_choosing_otherwise_leaves_the_queue_alone(work: InMemoryUnitOfWork) -> None:
    schedule = await nudge(work)
    (one,) = await prepare(work, post(schedule, 1))
    assert isinstance(one, Prepared)
    assert one.prompt_id is not None
    await work.prompts.set_queue(schedule.id, [one.prompt_id])
    await Composer().begun(work, [one])
    assert [prompt.id for prompt in await work.prompts.queue(schedule.id)] == [one.prompt_id]


async def test_a_queue_is_its_own_nudge_s(work: InMemoryUnitOfWork) -> None:
    one, other = await nudge(work), await nudge(work, "kilns")
    pool = await work.prompts.pool(1, Room.CHANNEL)
    (unqueued,) = await chosen(work, post(other))
    wanted = next(prompt.id for prompt in pool if prompt.id != unqueued)
    await work.prompts.set_queue(one.id, [wanted])
    assert await chosen(work, post(other), post(one, 2)) == [unqueued, wanted]


async def test_a_prompt_chosen_before_is_kept_even_if_retired_since(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    (number,) = await chosen(work, reflection(ben))
    await work.prompts.publish([], NOW)
    assert await chosen(work, reflection(ben, prompt_id=number)) == [number]


async def test_what_is_not_for_someone_is_not_asked(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    assert ben.direct_place_id is not None
    pool = await work.prompts.pool(1, Room.DIRECT)
    for prompt in pool[:-1]:
        await work.prompts.rate(ben.direct_place_id, prompt.id, Verdict.NOT_FOR_ME)
    assert await chosen(work, reflection(ben)) == [pool[-1].id]
    await work.prompts.rate(ben.direct_place_id, pool[-1].id, Verdict.NOT_FOR_ME)
    assert await prepare(work, reflection(ben)) == (WasSkipped(1, Reason.NO_PROMPT),)


async def test_a_paused_member_is_not_asked(work: InMemoryUnitOfWork, ben: Membership) -> None:
    await work.memberships.save(replace(ben, paused_until=NOW + timedelta(minutes=1)))
    assert await prepare(work, reflection(ben)) == (WasSkipped(1, Reason.PAUSED),)
    later = NOW + timedelta(minutes=1)
    (answer,) = await prepare(work, reflection(ben), now=later)
    assert isinstance(answer, Prepared)


async def test_someone_who_left_is_sent_nothing(work: InMemoryUnitOfWork, ben: Membership) -> None:
    await work.memberships.save(replace(ben, joined_at=None))
    assert await prepare(work, reflection(ben)) == (WasSkipped(1, Reason.LEFT),)
    await work.accounts.erase(ben.account_id)
    assert await prepare(work, reflection(ben)) == (WasSkipped(1, Reason.LEFT),)


async def test_what_is_too_late_is_not_sent(work: InMemoryUnitOfWork, ben: Membership) -> None:
    late = NOW + timedelta(hours=4, microseconds=1)
    assert await prepare(work, reflection(ben), now=late) == (WasSkipped(1, Reason.LATE),)
    (answer,) = await prepare(work, reflection(ben), now=NOW + timedelta(hours=4))
    assert isinstance(answer, Prepared)


async def test_a_notice_reaches_a_member_who_paused(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    ana = await join(work, await work.programmes.get(1), "ana")
    await work.mentoring.save_offer(ana.id, ("python",), 1, NOW)
    number = await work.mentoring.add_request(1, ben.id, ana.id, "hello", NOW)
    await work.memberships.save(replace(ana, paused_until=NOW + timedelta(days=1)))
    (answer,) = await prepare(work, notice(ana, Notice.MENTOR_REQUESTED, number))
    assert isinstance(answer, Prepared)
    assert "> hello" in answer.message.plain()
    assert answer.prompt_id is None


@pytest.mark.parametrize("what", [w for w in Notice if w is not Notice.PAIR_ENDED])
async def test_a_notice_about_nothing_that_is_there_is_settled_or_says_so_without_a_name(
    work: InMemoryUnitOfWork, ben: Membership, what: Notice
) -> None:
    (answer,) = await prepare(work, notice(ben, what, 99))
    if what in (Notice.MENTOR_WITHDRAWN, Notice.REQUEST_DECLINED):
        assert isinstance(answer, Prepared)
        assert answer.message.plain()
    else:
        assert answer == WasSkipped(1, Reason.SETTLED)


async def test_an_introduction_of_a_pair_that_has_ended_is_settled(
    work: InMemoryUnitOfWork, ben: Membership
) -> None:
    ana = await join(work, await work.programmes.get(1), "ana")
    await work.mentoring.save_offer(ana.id, ("python",), 1, NOW)
    pair_id = await work.mentoring.add_pair(1, ana.id, ben.id, NOW)
    assert pair_id is not None
    introduced = notice(ben, Notice.PAIR_INTRODUCED, pair_id)
    assert isinstance((await prepare(work, introduced))[0], Prepared)
    await work.mentoring.end_pair(pair_id, ana.id, ana.account_id, "", NOW)
    assert await prepare(work, introduced) == (WasSkipped(1, Reason.SETTLED),)
    (ended,) = await prepare(work, notice(ben, Notice.PAIR_ENDED, pair_id))
    assert isinstance(ended, Prepared)
    assert "You and ana are no longer a pair." in ended.message.plain()


@pytest.mark.parametrize(
    ("due", "now", "is_skipped"),
    [
        ("2026-03-02T18:00", "2026-03-02T18:59", False),
        ("2026-03-02T18:00", "2026-03-02T19:00", True),
        ("2026-03-06T18:00", "2026-03-06T23:30", True),
        ("2026-03-02T19:30", "2026-03-02T20:30", False),
        ("2026-03-02T18:59:30", "2026-03-02T19:00", False),
    ],
    ids=["in time", "quiet", "day off", "due in quiet hours", "a moment"],
)
async def test_a_late_question_does_not_come_in_quiet_hours(
    work: InMemoryUnitOfWork, ben: Membership, due: str, now: str, is_skipped: bool
) -> None:
    # 20:00 in Berlin is 19:00 in UTC
    due_at, moment = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (due, now))
    late = replace(reflection(ben), due_at=due_at, expires_at=None, day=due_at.date())

    [found] = await Composer().prepare(work, [late], moment)
    [asked_for] = await Composer().prepare(work, [replace(late, day=None)], moment)

    assert (found == WasSkipped(late.id, Reason.LATE)) == is_skipped
    assert isinstance(asked_for, Prepared)
