"""What `Deliveries` promises."""

from datetime import date, datetime, timedelta

import pytest

from bot.chat.identity import CommunityRef, MessageRef, PlaceKind, PlaceRef
from bot.domain.delivery import DeliveryKind, DeliveryState, Notice, Reason
from bot.domain.membership import Cadence
from bot.domain.prompts import Rotation
from bot.domain.recurrence import Occurrence
from bot.ports.deliveries import (
    LOOK_AFTER,
    IsUncertain,
    MustWait,
    Outcome,
    WasRefused,
    WasSent,
    WasSkipped,
    Wave,
)
from bot.ports.storage import Storage
from tests.cast import NOW, TOWN, channel, occurrence
from tests.contract.ledger import GRACE, LEASE, WEEK, Ledger, at_cadence, wave

DUE, SENT = (DeliveryState.DUE, None), (DeliveryState.SENT, None)
LATER = NOW + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def ledger(storage: Storage) -> Ledger:
    made = Ledger(storage)
    await made.found()
    return made


# planning


async def test_a_nudge_is_planned_for_its_place(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    nudge = await ledger.nudge(place_id)
    group = await ledger.due_group()
    assert (group.schedule, group.minute, group.cursor) == (nudge, None, 0)

    assert await ledger.plan(group, wave(group)) is True

    [claimed] = await ledger.claim()
    assert claimed.place == channel("general")
    assert (claimed.place_id, claimed.community, claimed.schedule_id) == (place_id, TOWN, nudge.id)
    assert (claimed.kind, claimed.membership_id) == (DeliveryKind.NUDGE, None)
    assert (claimed.due_at, claimed.expires_at, claimed.attempt) == (NOW, NOW + GRACE, 1)
    [row] = await ledger.written()
    assert (row.slot, row.day) == ("2026-03-02T09:30", None)


async def test_a_wave_moves_its_group_to_the_following_occurrence(ledger: Ledger) -> None:
    await ledger.nudge(await ledger.place("general"))
    group = await ledger.due_group()
    await ledger.plan(group, wave(group))

    async with ledger.storage.reading() as work:
        assert await work.deliveries.due_groups(NOW + timedelta(hours=23), 10) == ()
    following = await ledger.due_group(NOW + timedelta(days=1))
    assert (following.next_at, following.cursor) == (NOW + timedelta(days=1), 0)


async def test_due_groups_come_by_time(ledger: Ledger) -> None:
    late = await ledger.nudge(await ledger.place("b"), NOW)
    early = await ledger.nudge(await ledger.place("a"), NOW - SECOND)
    await ledger.nudge(await ledger.place("c"), NOW + SECOND)

    async with ledger.storage.reading() as work:
        both = await work.deliveries.due_groups(NOW, 10)
        first = await work.deliveries.due_groups(NOW, 1)

    assert [group.schedule.id for group in both] == [early.id, late.id]
    assert first == both[:1]


async def test_members_of_a_group_are_planned_with_the_day(ledger: Ledger) -> None:
    members = [await ledger.member(name) for name in ("ana", "bea")]
    group = await ledger.due_group()

    assert await ledger.plan(group, wave(group)) is True

    claimed = await ledger.claim()
    assert [one.membership_id for one in claimed] == [member.id for member in members]
    assert [one.place_id for one in claimed] == [member.direct_place_id for member in members]
    assert {one.kind for one in claimed} == {DeliveryKind.REFLECTION}
    assert {row.day for row in await ledger.written()} == {date(2026, 3, 2)}


@pytest.mark.parametrize(("limit", "slices"), [(1, 5), (2, 3), (4, 2), (5, 1), (6, 1)])
async def test_a_wave_is_written_in_slices(ledger: Ledger, limit: int, slices: int) -> None:
    for number in range(5):
        await ledger.member(f"m{number}")

    written = []
    is_complete = False
    while not is_complete:
        group = await ledger.due_group()
        is_complete = await ledger.plan(group, wave(group), limit)
        written.append(len(await ledger.written()))

    assert written == [min(5, limit * number) for number in range(1, slices + 1)]


async def test_groups_that_share_a_wave_are_written_together(ledger: Ledger) -> None:
    nudged = [await ledger.nudge(await ledger.place(name)) for name in ("a", "b")]
    ana = await ledger.member("ana")
    async with ledger.storage.work() as work:
        groups = await work.deliveries.due_groups(NOW, 10)
        dealt_with = await work.deliveries.plan_slice(groups, wave(groups[0]), 10)
        assert await work.deliveries.due_groups(NOW, 10) == ()

    assert dealt_with == {group.id: True for group in groups}
    claimed = await ledger.claim()
    assert {one.schedule_id for one in claimed} > {nudge.id for nudge in nudged}
    assert [one.place_id for one in claimed if one.membership_id == ana.id] == [ana.direct_place_id]


async def test_a_slice_holds_small_groups_whole_and_cuts_a_large_one_apart(ledger: Ledger) -> None:
    await ledger.nudge(await ledger.place("general"))
    for number in range(5):
        await ledger.member(f"m{number}")
    async with ledger.storage.work() as work:
        groups = await work.deliveries.due_groups(NOW, 10)
        [small] = [group for group in groups if group.minute is None]
        [large] = [group for group in groups if group.minute is not None]
        together = wave(groups[0])
        assert await work.deliveries.plan_slice([large, small], together, 3) == {small.id: True}
    assert len(await ledger.written()) == 1
    assert await ledger.plan(large, together, 3) is False
    assert len(await ledger.written()) == 4
    rest = await ledger.due_group()
    assert rest.cursor > 0
    assert await ledger.plan(rest, together, 3) is True
    assert len(await ledger.written()) == 6


async def test_a_slice_leaves_groups_alone_for_which_it_has_no_room(ledger: Ledger) -> None:
    for name in ("a", "b", "c"):
        await ledger.nudge(await ledger.place(name))
    async with ledger.storage.work() as work:
        groups = await work.deliveries.due_groups(NOW, 10)
        dealt_with = await work.deliveries.plan_slice(groups, wave(groups[0]), 2)
        left = await work.deliveries.due_groups(NOW, 10)
    assert len(dealt_with) == 2
    assert [group.id for group in groups if group.id not in dealt_with] == [
        group.id for group in left
    ]


async def test_only_members_who_want_to_be_asked_now_are_planned(ledger: Ledger) -> None:
    asked = [
        await ledger.member("daily"),
        await ledger.member("weekly", at_cadence(Cadence.WEEKLY, 0)),
        await ledger.member("fortnightly", at_cadence(Cadence.FORTNIGHTLY, 0)),
        await ledger.member("back", paused_until=NOW),
        await ledger.member("elsewhere", community=None),
    ]
    await ledger.member("tuesdays", at_cadence(Cadence.DAILY, 1))
    await ledger.member("left", joined=False)
    await ledger.member("paused", paused_until=NOW + SECOND)
    closed = await ledger.member("closed")
    assert closed.direct_place_id is not None
    await _close(ledger, closed.direct_place_id)
    group = await ledger.due_group()

    await ledger.plan(group, wave(group))

    due = [row.place_id for row in await ledger.written() if row.state is DeliveryState.DUE]
    assert due == [member.direct_place_id for member in asked]


async def test_every_other_week_is_left_out(ledger: Ledger) -> None:
    await ledger.member("fortnightly", at_cadence(Cadence.FORTNIGHTLY, 0))
    group = await ledger.due_group()

    assert await ledger.plan(group, wave(group, week=9)) is True

    assert await ledger.written() == []


async def test_nothing_is_planned_for_a_closed_place_or_a_removed_community(
    ledger: Ledger,
) -> None:
    place_id = await ledger.place("general")
    await _close(ledger, place_id)
    await ledger.nudge(place_id)
    group = await ledger.due_group()
    await ledger.plan(group, wave(group))
    village = CommunityRef("console", "village")
    await ledger.attach(village)
    await ledger.nudge(await ledger.place("square", village))
    async with ledger.storage.work() as work:
        await work.programmes.removed(village, NOW)
    group = await ledger.due_group()
    await ledger.plan(group, wave(group))

    assert [row for row in await ledger.written() if row.slot != "closing"] == []


async def test_a_late_wave_is_recorded_as_skipped(ledger: Ledger) -> None:
    await ledger.member("ana")
    group = await ledger.due_group()

    assert await ledger.plan(group, wave(group, Reason.LATE)) is True

    assert await ledger.states() == [(DeliveryState.SKIPPED, Reason.LATE)]
    assert await ledger.claim(LATER) == ()


async def test_a_slot_that_comes_twice_is_sent_once(ledger: Ledger) -> None:
    await ledger.nudge(await ledger.place("general"))
    first = await ledger.due_group()
    again = Occurrence(first.next_slot, first.next_at + timedelta(hours=1))
    one_of_two = Wave(
        occurrence=Occurrence(first.next_slot, first.next_at),
        following=again,
        expires_at=NOW + GRACE,
        weekday=0,
        week=WEEK,
    )
    await ledger.plan(first, one_of_two)

    second = await ledger.due_group(again.at)
    assert await ledger.plan(second, wave(second)) is True

    assert len(await ledger.written()) == 1


async def test_a_day_that_is_taken_is_left_alone(ledger: Ledger) -> None:
    ana = await ledger.member("ana")
    await ledger.member("bea")
    assert ana.direct_place_id is not None
    earlier = await ledger.add(ana.direct_place_id, "earlier", day=date(2026, 3, 2))
    group = await ledger.due_group()

    assert await ledger.plan(group, wave(group)) is True

    rows = await ledger.written()
    assert [row.id for row in rows if row.place_id == ana.direct_place_id] == [earlier]
    assert len(rows) == 2


async def test_a_replica_that_comes_too_late_writes_nothing(ledger: Ledger) -> None:
    await ledger.member("ana")
    await ledger.member("bea")
    group = await ledger.due_group()
    await ledger.plan(group, wave(group), 1)

    assert await ledger.plan(group, wave(group), 2) is True
    assert len(await ledger.written()) == 1

    going_on = await ledger.due_group()
    assert await ledger.plan(going_on, wave(going_on), 1) is True
    assert await ledger.plan(going_on, wave(going_on), 1) is True
    assert len(await ledger.written()) == 2


async def test_a_paused_schedule_is_not_planned(ledger: Ledger) -> None:
    nudge = await ledger.nudge(await ledger.place("general"))
    group = await ledger.due_group()
    following = occurrence(NOW + timedelta(days=1))
    async with ledger.storage.work() as work:
        await work.schedules.set_paused(nudge.id, paused=True, following=following)
        assert await work.deliveries.due_groups(NOW, 10) == ()
        assert await work.deliveries.next_at(NOW) is None

    assert await ledger.plan(group, wave(group)) is True

    assert await ledger.written() == []


async def test_a_group_that_everybody_left_is_parked_until_somebody_comes(ledger: Ledger) -> None:
    ana = await ledger.member("ana")
    group = await ledger.due_group()
    async with ledger.storage.work() as work:
        other = await work.schedules.ensure_group(
            group.schedule.id, "UTC", 600, occurrence(NOW + timedelta(days=9))
        )
        assert ana.settings is not None
        await work.memberships.set_settings(ana.id, ana.settings, other)

    assert await ledger.plan(group, wave(group)) is True
    async with ledger.storage.reading() as work:
        assert await work.deliveries.due_groups(NOW + timedelta(days=8), 10) == ()

    await ledger.member("bea")
    assert (await ledger.due_group()).id == group.id


async def test_a_group_can_be_moved_without_a_trace(ledger: Ledger) -> None:
    await ledger.nudge(await ledger.place("general"))
    group = await ledger.due_group()
    async with ledger.storage.work() as work:
        await work.deliveries.move_groups([group], occurrence(LATER))
        await work.deliveries.move_groups([group], occurrence(LATER + LEASE))

    moved = await ledger.due_group(LATER)

    assert (moved.next_at, moved.next_slot) == (LATER, LATER.replace(tzinfo=None))
    assert await ledger.written() == []


# single deliveries


async def test_a_delivery_has_all_that_was_asked_for(ledger: Ledger) -> None:
    member = await ledger.member("ana")
    [prompt_id, *_] = await ledger.prompts()
    assert member.direct_place_id is not None
    added = await ledger.add(
        member.direct_place_id,
        kind=DeliveryKind.NOTICE,
        expires_at=LATER,
        membership_id=member.id,
        prompt_id=prompt_id,
        notice=Notice.PAIR_ENDED,
        about=7,
    )

    [claimed] = await ledger.claim()

    assert (claimed.id, claimed.kind, claimed.notice) == (
        added,
        DeliveryKind.NOTICE,
        Notice.PAIR_ENDED,
    )
    assert (claimed.about, claimed.prompt_id, claimed.expires_at) == (7, prompt_id, LATER)
    assert (claimed.membership_id, claimed.schedule_id) == (member.id, None)


async def test_a_slot_is_given_once_for_each_place_and_schedule(ledger: Ledger) -> None:
    here, there = await ledger.place("here"), await ledger.place("there")
    nudge = await ledger.nudge(here)
    await ledger.add(here, "s")

    assert await ledger.try_to_add(here, "s") is None
    assert await ledger.try_to_add(here, "t") is not None
    assert await ledger.try_to_add(there, "s") is not None
    assert await ledger.try_to_add(here, "s", schedule_id=nudge.id) is not None
    assert await ledger.try_to_add(here, "s", schedule_id=nudge.id) is None


async def test_a_day_is_given_once_for_each_place(ledger: Ledger) -> None:
    here, there = await ledger.place("here"), await ledger.place("there")
    today, tomorrow = date(2026, 3, 2), date(2026, 3, 3)
    await ledger.add(here, "s", day=today)

    assert await ledger.try_to_add(here, "t", day=today) is None
    assert await ledger.try_to_add(here, "u", day=tomorrow) is not None
    assert await ledger.try_to_add(there, "v", day=today) is not None
    assert await ledger.try_to_add(here, "w") is not None


# claiming


async def test_what_is_due_is_claimed_once_and_oldest_first(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    ids = [
        await ledger.add(place_id, f"s{minute}", due_at=NOW - timedelta(minutes=minute))
        for minute in (0, 2, 1)
    ]
    await ledger.add(place_id, "later", due_at=NOW + SECOND)

    assert [one.id for one in await ledger.claim(limit=2)] == [ids[1], ids[2]]
    assert [one.id for one in await ledger.claim(limit=2)] == [ids[0]]
    assert await ledger.claim() == ()


async def test_other_platforms_are_left_alone(ledger: Ledger) -> None:
    other = CommunityRef("slack", "T1")
    await ledger.attach(other)
    await ledger.add(await ledger.place("C1", other, platform="slack"))
    await ledger.add(await ledger.place("D1", None, PlaceKind.DIRECT, "slack"))

    assert await ledger.claim() == ()
    async with ledger.storage.work() as work:
        claimed = await work.deliveries.claim(["slack", "console"], "me", NOW, LATER, 10)
    assert {one.community for one in claimed} == {other, None}


async def test_no_community_waits_behind_another(ledger: Ledger) -> None:
    village = CommunityRef("console", "village")
    await ledger.attach(village)
    for number in range(6):
        place_id = await ledger.place(f"t{number}")
        await ledger.add(place_id, due_at=NOW - timedelta(hours=1))
    for number in range(2):
        await ledger.add(await ledger.place(f"v{number}", village))
        await ledger.add(await ledger.place(f"d{number}", None, PlaceKind.DIRECT))

    claimed = await ledger.claim(limit=6)

    communities = [one.community for one in claimed]
    assert sorted(map(str, communities)) == sorted(map(str, [TOWN, village, None] * 2))


async def test_of_more_communities_than_fit_all_are_served_in_the_end(ledger: Ledger) -> None:
    villages = [CommunityRef("console", f"v{number}") for number in range(5)]
    await ledger.attach(*villages)
    for village in villages:
        await ledger.add(await ledger.place(f"in-{village.native_id}", village))

    claims = [await ledger.claim(limit=2) for _ in range(3)]

    assert [len(claimed) for claimed in claims] == [2, 2, 1]
    assert {one.community for claimed in claims for one in claimed} == set(villages)


async def test_nothing_of_a_removed_community_is_claimed(ledger: Ledger) -> None:
    await ledger.add(await ledger.place("general"))
    async with ledger.storage.work() as work:
        await work.programmes.removed(TOWN, NOW)
    assert await ledger.claim() == ()

    await ledger.attach(TOWN)
    assert len(await ledger.claim()) == 1


async def test_a_lease_that_ran_out_before_the_call_is_due_again(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim()
    assert await ledger.claim(NOW + LEASE - SECOND) == ()

    [again] = await ledger.claim(NOW + LEASE, owner="you")

    assert (again.id, again.attempt, again.due_at) == (added, 2, NOW)


async def test_what_is_due_at_a_closed_place_fails(ledger: Ledger) -> None:
    closed, other = await ledger.place("closed"), await ledger.place("open")
    await _close(ledger, closed)
    doomed = [await ledger.add(closed, f"s{number}") for number in range(3)]
    added = await ledger.add(other)

    claimed = await ledger.claim(limit=1)

    assert [one.id for one in claimed] == [added]
    assert await ledger.states(doomed) == [(DeliveryState.FAILED, Reason.PLACE_GONE)] * 3


# calls


async def test_only_what_is_still_leased_may_begin(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    ids = [await ledger.add(place_id, f"s{number}") for number in range(3)]
    await ledger.claim(limit=2)

    assert await ledger.begin(*ids) == set(ids[:2])
    assert await ledger.begin(*ids) == set()
    assert await ledger.begin() == set()


async def test_a_call_may_not_begin_on_somebody_elses_lease_or_after_it(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim(owner="you")
    assert await ledger.begin(added) == set()

    await ledger.claim(NOW + LEASE)
    assert await ledger.begin(added, now=NOW + 2 * LEASE) == set()
    assert await ledger.begin(added, now=NOW + LEASE) == {added}


async def test_a_prompt_moves_to_the_front_of_its_recipients_rotation(ledger: Ledger) -> None:
    place_id, other = await ledger.place("general"), await ledger.place("other")
    first, second = await ledger.prompts()
    added = [await ledger.add(place_id, f"s{number}") for number in range(3)]
    notice = await ledger.add(other)
    await ledger.claim()

    await ledger.begin(added[0], prompt_id=first)
    await ledger.begin(added[1], prompt_id=second)
    await ledger.begin(added[2], prompt_id=first)
    await ledger.begin(notice)

    async with ledger.storage.reading() as work:
        rotations = await work.prompts.rotations([place_id, other])
    assert rotations == {place_id: Rotation((first, second)), other: Rotation()}


async def test_a_prompt_that_has_to_wait_stays_chosen(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    [prompt_id, *_] = await ledger.prompts()
    await ledger.claim()
    await ledger.begin(added, prompt_id=prompt_id)
    await ledger.record(MustWait(added, LATER))
    assert await ledger.claim(LATER - SECOND) == ()

    [again] = await ledger.claim(LATER)

    assert (again.id, again.prompt_id, again.attempt) == (added, prompt_id, 2)


async def test_a_skipped_one_is_done_with(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim()

    await ledger.record(WasSkipped(added, Reason.SETTLED))

    assert await ledger.states() == [(DeliveryState.SKIPPED, Reason.SETTLED)]
    assert await ledger.claim(LATER) == ()


async def test_a_refused_one_is_done_with(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    refused, other = await ledger.add(place_id, "s"), await ledger.add(place_id, "t")
    await ledger.claim(limit=1)
    await ledger.begin(refused)

    await ledger.record(WasRefused(refused, Reason.REFUSED))

    assert await ledger.states() == [(DeliveryState.FAILED, Reason.REFUSED), DUE]
    assert [one.id for one in await ledger.claim()] == [other]


async def test_a_closed_place_fails_all_that_was_still_to_be_sent_there(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    refused, leased, due = [
        await ledger.add(place_id, f"s{number}", due_at=NOW + number * SECOND)
        for number in range(3)
    ]
    elsewhere = await ledger.add(await ledger.place("other"), due_at=LATER)
    await ledger.claim(NOW + SECOND)
    await ledger.begin(refused)

    await ledger.record(WasRefused(refused, Reason.NOT_ALLOWED, closes_place=True))

    failed = (DeliveryState.FAILED, Reason.NOT_ALLOWED)
    assert await ledger.states([refused, leased, due, elsewhere]) == [failed] * 3 + [DUE]
    assert await ledger.begin(leased) == set()


async def test_a_place_is_open_again_once_somebody_is_there(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    refused = await ledger.add(place_id, "s")
    await ledger.claim()
    await ledger.begin(refused)
    await ledger.record(WasRefused(refused, Reason.UNREACHABLE, closes_place=True))

    assert await ledger.place("general") == place_id
    later = await ledger.add(place_id, "t")

    assert [one.id for one in await ledger.claim()] == [later]


async def test_a_place_that_waits_is_left_alone(ledger: Ledger) -> None:
    here, there = await ledger.place("here"), await ledger.place("there")
    first = await ledger.add(here, "s", due_at=NOW - SECOND)
    second, other = await ledger.add(here, "t"), await ledger.add(there)
    await ledger.claim(NOW - SECOND)
    await ledger.begin(first, now=NOW - SECOND)
    await ledger.record(MustWait(first, LATER))
    await ledger.record(MustWait(first, LATER - SECOND))

    assert [one.id for one in await ledger.claim()] == [other]
    assert [one.id for one in await ledger.claim(LATER - SECOND)] == [other]
    assert {one.id for one in await ledger.claim(LATER)} >= {first, second}


async def test_one_may_wait_while_its_place_does_not(ledger: Ledger) -> None:
    here = await ledger.place("here")
    first, second = await ledger.add(here, "s"), await ledger.add(here, "t")
    await ledger.claim(limit=1)
    await ledger.record(MustWait(first, LATER, whole_place=False))

    assert [one.id for one in await ledger.claim()] == [second]


@pytest.mark.parametrize(
    "outcome",
    [
        WasSkipped(1, Reason.LATE),
        WasRefused(1, Reason.REFUSED),
        MustWait(1, NOW, whole_place=False),
        IsUncertain(1, NOW),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
async def test_who_slept_changes_nothing_of_what_another_has(
    ledger: Ledger, outcome: Outcome
) -> None:
    number = await ledger.add(await ledger.place("here"))
    await ledger.claim(owner="sleeper")
    awake = NOW + LEASE
    await ledger.claim(awake)
    assert await ledger.begin(number, now=awake) == {number}
    async with ledger.storage.work() as work:
        assert await work.deliveries.record([outcome], "sleeper", awake) == frozenset()

    assert await ledger.states() == [(DeliveryState.SENDING, None)]
    assert await ledger.claim(awake + SECOND) == ()
    assert await ledger.uncertain(awake + SECOND) == ()
    async with ledger.storage.work() as work:
        assert await work.deliveries.record([outcome], "me", awake) == {number}
    assert await ledger.states() != [(DeliveryState.SENDING, None)]


async def test_a_community_that_waits_is_left_alone(ledger: Ledger) -> None:
    village = CommunityRef("console", "village")
    await ledger.attach(village)
    first = await ledger.add(await ledger.place("a"), due_at=NOW - SECOND)
    second = await ledger.add(await ledger.place("b"))
    other = await ledger.add(await ledger.place("v", village))
    direct = await ledger.add(await ledger.place("d", None, PlaceKind.DIRECT))
    await ledger.claim(NOW - SECOND)
    await ledger.record(MustWait(first, LATER, whole_community=True))

    assert {one.id for one in await ledger.claim()} == {other, direct}
    assert {one.id for one in await ledger.claim(LATER)} >= {first, second}


async def test_a_place_in_no_community_waits_by_itself(ledger: Ledger) -> None:
    here = await ledger.place("here", None, PlaceKind.DIRECT)
    first, second = await ledger.add(here, "s"), await ledger.add(here, "t")
    other = await ledger.add(await ledger.place("there", None, PlaceKind.DIRECT))
    await ledger.claim(limit=1)
    await ledger.record(MustWait(first, LATER, whole_community=True, whole_place=False))

    assert [one.id for one in await ledger.claim()] == [other]
    assert {one.id for one in await ledger.claim(LATER)} >= {first, second}


@pytest.mark.parametrize(
    "later",
    [
        WasSkipped(1, Reason.LATE),
        WasRefused(1, Reason.REFUSED),
        MustWait(1, NOW),
        IsUncertain(1, NOW),
        WasSent(1, MessageRef(channel("general"), "other"), LATER),
    ],
)
async def test_a_sent_delivery_stays_sent(
    ledger: Ledger, later: WasSkipped | WasRefused | MustWait | IsUncertain | WasSent
) -> None:
    added = await ledger.add(await ledger.place("general"))
    [prompt_id, *_] = await ledger.prompts()
    assert added == later.id
    message = await ledger.send(added, prompt_id)

    await ledger.record(later)

    assert await ledger.states() == [SENT]
    async with ledger.storage.reading() as work:
        posted = await work.deliveries.posted(message)
    assert posted is not None
    assert posted.sent_at == NOW


async def test_what_was_given_up_can_turn_out_to_have_been_sent(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim()
    await ledger.begin(added)
    await ledger.record(WasRefused(added, Reason.UNCONFIRMED))
    await ledger.record(MustWait(added, NOW))
    assert await ledger.states() == [(DeliveryState.FAILED, Reason.UNCONFIRMED)]

    await ledger.record(WasSent(added, MessageRef(channel("general"), "m"), NOW))

    assert await ledger.states() == [SENT]


# what nobody knows


async def test_a_call_without_an_answer_is_looked_for(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    [prompt_id, *_] = await ledger.prompts()
    await ledger.claim()
    await ledger.begin(added, prompt_id=prompt_id, now=NOW + SECOND)
    await ledger.record(IsUncertain(added, NOW + LOOK_AFTER))

    assert await ledger.claim(LATER) == ()
    assert await ledger.uncertain(NOW + LOOK_AFTER - SECOND) == ()
    [(claimed, began_at)] = await ledger.uncertain(NOW + LOOK_AFTER)
    assert (claimed.id, claimed.prompt_id, began_at) == (added, prompt_id, NOW + SECOND)
    assert await ledger.uncertain(NOW + LOOK_AFTER) == ()


async def test_a_look_is_taken_over_when_its_lease_runs_out(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim()
    await ledger.begin(added)
    await ledger.record(IsUncertain(added, NOW))
    assert len(await ledger.uncertain(NOW)) == 1
    assert await ledger.uncertain(NOW + LEASE - SECOND) == ()

    assert len(await ledger.uncertain(NOW + LEASE)) == 1


async def test_a_call_whose_process_died_is_looked_for_a_minute_after_its_lease(
    ledger: Ledger,
) -> None:
    added = await ledger.add(await ledger.place("general"))
    await ledger.claim()
    began_at = NOW + LEASE / 2
    await ledger.begin(added, now=began_at)

    assert await ledger.claim(NOW + LEASE) == ()
    assert await ledger.uncertain(NOW + LEASE) == ()
    assert await ledger.uncertain(NOW + LEASE + LOOK_AFTER - SECOND) == ()
    [(claimed, since)] = await ledger.uncertain(NOW + LEASE + LOOK_AFTER)
    assert (claimed.id, since) == (added, began_at)


async def test_what_was_looked_for_is_sent_or_due_again(ledger: Ledger) -> None:
    place_id = await ledger.place("general")
    found, missing = await ledger.add(place_id, "s"), await ledger.add(place_id, "t")
    await ledger.claim()
    await ledger.begin(found, missing)
    await ledger.record(IsUncertain(found, NOW), IsUncertain(missing, NOW))
    assert len(await ledger.uncertain(NOW)) == 2

    await ledger.record(
        WasSent(found, MessageRef(channel("general"), "m"), NOW),
        MustWait(missing, NOW, whole_place=False),
    )

    assert await ledger.states() == [SENT, DUE]
    assert [one.id for one in await ledger.claim()] == [missing]


async def test_no_look_where_one_has_to_wait_or_may_not_go(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("general"))
    waiting = await ledger.add(await ledger.place("waiting"))
    await ledger.claim()
    await ledger.begin(added, waiting)
    await ledger.record(MustWait(waiting, LATER))
    await ledger.record(IsUncertain(added, NOW))
    async with ledger.storage.work() as work:
        assert await work.deliveries.uncertain(["slack"], "me", NOW, LATER, 10) == ()
        await work.programmes.removed(TOWN, NOW)

    assert await ledger.uncertain(NOW) == ()


# when something is to be done


async def test_the_next_moment_is_that_of_groups_deliveries_leases_and_looks(
    ledger: Ledger,
) -> None:
    async def next_at(after: datetime = NOW) -> datetime | None:
        async with ledger.storage.reading() as work:
            return await work.deliveries.next_at(after)

    assert await next_at() is None
    await ledger.nudge(await ledger.place("a"), NOW + timedelta(hours=9))
    assert await next_at() == NOW + timedelta(hours=9)
    here = await ledger.place("b")
    await ledger.add(here, "s", due_at=NOW + timedelta(hours=8))
    assert await next_at() == NOW + timedelta(hours=8)
    direct = await ledger.place("c", None, PlaceKind.DIRECT)
    await ledger.add(direct, due_at=NOW + timedelta(hours=7))
    assert await next_at() == NOW + timedelta(hours=7)
    added = await ledger.add(here, "t")
    assert await next_at(NOW - SECOND) == NOW
    await ledger.claim()
    assert await next_at() == NOW + LEASE
    await ledger.begin(added)
    await ledger.record(IsUncertain(added, LATER))
    assert await next_at() == LATER
    assert await next_at(LATER) == NOW + timedelta(hours=7)


async def test_the_next_question_of_a_place(ledger: Ledger) -> None:
    here = await ledger.place("here")
    await ledger.add(here, "s", due_at=NOW)
    await ledger.add(here, "t", due_at=LATER)
    await ledger.add(await ledger.place("there"), due_at=NOW + SECOND)

    async with ledger.storage.reading() as work:
        assert await work.deliveries.next_question(here, NOW - SECOND) == NOW
        assert await work.deliveries.next_question(here, NOW) == LATER
        assert await work.deliveries.next_question(here, LATER) is None


@pytest.mark.parametrize(
    ("kind", "is_question"),
    [
        (DeliveryKind.REFLECTION, True),
        (DeliveryKind.NUDGE, True),
        (DeliveryKind.NOTICE, False),
        (DeliveryKind.INTRODUCTION, False),
    ],
)
async def test_only_a_question_is_the_next(
    ledger: Ledger, kind: DeliveryKind, is_question: bool
) -> None:
    here = await ledger.place("here")
    await ledger.add(here, kind=kind, due_at=LATER)

    async with ledger.storage.reading() as work:
        found = await work.deliveries.next_question(here, NOW)
    assert found == (LATER if is_question else None)


async def test_a_question_that_is_done_with_is_not_the_next(ledger: Ledger) -> None:
    here = await ledger.place("here")
    skipped = await ledger.add(here, due_at=LATER)
    await ledger.claim(LATER)
    await ledger.record(WasSkipped(skipped, Reason.LATE), now=LATER)

    async with ledger.storage.reading() as work:
        assert await work.deliveries.next_question(here, NOW) is None


async def test_the_days_that_have_their_question(ledger: Ledger) -> None:
    here = await ledger.place("here")
    first, second, third = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 5)
    sent = await ledger.add(here, "s", day=first)
    await ledger.send(sent)
    await ledger.add(here, "t", day=second, due_at=LATER)
    skipped = await ledger.add(here, "u", day=third)
    await ledger.claim()
    await ledger.record(WasSkipped(skipped, Reason.PAUSED))
    await ledger.add(here, "v", due_at=LATER)
    await ledger.add(await ledger.place("there"), day=date(2026, 3, 4))

    async def taken(since: date) -> frozenset[date]:
        async with ledger.storage.reading() as work:
            return await work.deliveries.days_taken(here, since)

    assert await taken(first) == {first, second, third}
    assert await taken(second) == {second, third}
    assert await taken(third) == {third}
    assert await taken(date(2026, 3, 6)) == frozenset()


# what is known later


async def test_a_prompt_is_found_by_its_message(ledger: Ledger) -> None:
    member = await ledger.member("ana")
    [prompt_id, *_] = await ledger.prompts()
    assert member.direct_place_id is not None
    added = await ledger.add(member.direct_place_id, membership_id=member.id)
    message = await ledger.send(added, prompt_id)
    elsewhere = MessageRef(channel("other"), message.native_id)
    platform = PlaceRef("slack", message.place.native_id, PlaceKind.DIRECT)

    async with ledger.storage.reading() as work:
        posted = await work.deliveries.posted(message)
        assert posted == await work.deliveries.posted_by_id(added)
        assert await work.deliveries.posted(elsewhere) is None
        assert await work.deliveries.posted(MessageRef(platform, message.native_id)) is None
        assert await work.deliveries.posted(MessageRef(message.place, "other")) is None
    assert posted is not None
    assert (posted.delivery_id, posted.prompt_id, posted.open) == (added, prompt_id, True)
    assert (posted.place_id, posted.membership_id) == (member.direct_place_id, member.id)
    assert (posted.kind, posted.sent_at) == (DeliveryKind.REFLECTION, NOW)


async def test_only_a_prompt_that_was_sent_is_one(ledger: Ledger) -> None:
    here = await ledger.place("here")
    [prompt_id, *_] = await ledger.prompts()
    unsent = await ledger.add(here, "s", prompt_id=prompt_id, due_at=LATER)
    notice = await ledger.add(here, "t", kind=DeliveryKind.NOTICE)
    message = await ledger.send(notice)

    async with ledger.storage.reading() as work:
        assert await work.deliveries.posted(message) is None
        assert await work.deliveries.posted_by_id(unsent) is None
        assert await work.deliveries.posted_by_id(notice) is None
        assert await work.deliveries.latest_prompt(here, NOW - GRACE) is None


async def test_the_latest_prompt_of_a_place(ledger: Ledger) -> None:
    here, there = await ledger.place("here"), await ledger.place("there")
    [prompt_id, *_] = await ledger.prompts()
    await ledger.send(await ledger.add(here, "s"), prompt_id)
    second = await ledger.add(here, "t")
    await ledger.send(second, prompt_id, LATER)
    await ledger.send(await ledger.add(there), prompt_id, LATER + SECOND)

    async with ledger.storage.reading() as work:
        latest = await work.deliveries.latest_prompt(here, LATER)
        assert await work.deliveries.latest_prompt(here, LATER + SECOND) is None
    assert latest is not None
    assert (latest.delivery_id, latest.sent_at) == (second, LATER)


async def test_a_prompt_can_be_closed(ledger: Ledger) -> None:
    added = await ledger.add(await ledger.place("here"))
    [prompt_id, *_] = await ledger.prompts()
    await ledger.send(added, prompt_id)

    async with ledger.storage.work() as work:
        await work.deliveries.close_prompt(added)

    async with ledger.storage.reading() as work:
        posted = await work.deliveries.posted_by_id(added)
    assert posted is not None
    assert posted.open is False


async def test_the_last_problem_is_one_only_while_it_is_the_last(ledger: Ledger) -> None:
    here = await ledger.place("here")

    async def problem(since: datetime = NOW) -> Reason | None:
        async with ledger.storage.reading() as work:
            return await work.deliveries.last_problem(here, since)

    assert await problem() is None
    refused = await ledger.add(here, "s")
    await ledger.claim()
    await ledger.record(WasRefused(refused, Reason.REFUSED), now=LATER)
    assert await problem() is Reason.REFUSED
    assert await problem(LATER) is Reason.REFUSED
    assert await problem(LATER + SECOND) is None

    await ledger.send(await ledger.add(here, "t"), at=LATER + SECOND)
    assert await problem() is None


async def _close(ledger: Ledger, place_id: int) -> None:
    """Let a first delivery to the place be refused for good."""
    refused = await ledger.add(place_id, "closing")
    await ledger.claim()
    await ledger.record(WasRefused(refused, Reason.PLACE_GONE, closes_place=True))
