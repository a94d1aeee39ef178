"""A daily question stays daily for those who travel: 12 to 36 hours lie between two.

An hour or two more in a night in which the clocks go back, and longer where quiet hours say so.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.membership import Cadence
from bot.domain.reading import QuietHours, Weekdays
from bot.domain.schedule import LONGEST_WAIT, REST
from bot.domain.wall_time import to_wall
from bot.ports.storage import Storage
from bot.services.joining import USUAL_QUIET, Wishes
from tests.contract.travelling import Journey, Move, Traveller
from tests.fakes.storage import InMemoryStorage
from tests.unit.domain.slow_time import ZONES, changes_of

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AUCKLAND, HONOLULU, BERLIN = "Pacific/Auckland", "Pacific/Honolulu", "Europe/Berlin"
FAR_APART = (AUCKLAND, HONOLULU, BERLIN, "Asia/Tokyo", "America/New_York", "Asia/Kolkata")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def minute_at(moment: datetime, zone: str) -> int:
    wall = to_wall(moment, ZoneInfo(zone))
    return wall.hour * 60 + wall.minute


def check(traveller: Traveller, end: datetime) -> None:
    """Everything that is promised to somebody who is asked daily, without quiet hours."""
    # the first one was asked for by joining, and is the one of its day
    came = traveller.asked
    moved = {at for at, _ in traveller.zones}
    back = max(
        (
            change.before - change.after
            for _, zone in traveller.zones
            for change in changes_of(zone)
            if came[0] <= change.at <= end
        ),
        default=timedelta(),
    )
    for last, following in pairwise([*came[1:], end]):
        assert following - last <= LONGEST_WAIT + max(back, timedelta()), (last, following)
    for last, following in pairwise(came):
        has_moved = any(last < at <= following for at in moved)
        assert following - last >= REST or (last == came[0] and not has_moved)
    in_gap = {change.at for _, zone in traveller.zones for change in changes_of(zone)}
    for moment in came[1:]:
        at_their_time = minute_at(moment, traveller.zone_at(moment)) == traveller.wishes.minute
        assert at_their_time or moment in moved or moment in in_gap


moves = st.lists(
    st.tuples(st.integers(0, 9 * 24 * 60), st.sampled_from(FAR_APART) | st.sampled_from(ZONES)),
    max_size=8,
)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2039, 1, 1)),
    st.sampled_from(FAR_APART) | st.sampled_from(ZONES),
    st.integers(0, 1439),
    moves,
)
@example(datetime(2026, 6, 1), AUCKLAND, 540, [(1500, HONOLULU), (2600, AUCKLAND)])
@example(datetime(2026, 6, 1), HONOLULU, 540, [(1500, AUCKLAND), (2600, HONOLULU)])
async def test_wherever_people_go_a_daily_question_stays_daily(
    start: datetime, zone: str, minute: int, moved: list[tuple[int, str]]
) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    journey = Journey(InMemoryStorage(), begin)
    await journey.join("ana", zone=zone, minute=minute)
    end = begin + 10 * DAY

    await journey.go_on(
        end, *[Move(begin + timedelta(minutes=after), "ana", to) for after, to in moved]
    )

    check(journey.travellers["ana"], end)


@given(st.integers(8 * 60, 20 * 60 - 1), moves)
async def test_quiet_hours_are_kept_wherever_people_go(
    minute: int, moved: list[tuple[int, str]]
) -> None:
    journey = Journey(InMemoryStorage(), START)
    await journey.join("ana", zone=BERLIN, minute=minute, quiet=USUAL_QUIET)
    end = START + 10 * DAY

    await journey.go_on(
        end, *[Move(START + timedelta(minutes=after), "ana", to) for after, to in moved]
    )

    ana = journey.travellers["ana"]
    for moment in ana.asked[1:]:
        # somebody can be in several zones within one minute here
        zones = {ana.zone_at(moment - HOUR / 60), *(zone for at, zone in ana.zones if at == moment)}
        assert not all(USUAL_QUIET.covers(minute_at(moment, zone)) for zone in zones)
    assert all(following - last >= REST for last, following in pairwise(ana.asked[1:]))


@pytest.mark.parametrize("seed", [1, 2])
async def test_many_travel_at_once(storage: Storage, seed: int) -> None:
    chance = Random(seed)
    journey = Journey(storage, START)
    names = [f"m{number}" for number in range(6)]
    for name in names:
        minute = 15 * chance.randrange(96)
        await journey.join(name, zone=chance.choice(FAR_APART), minute=minute)
    end = START + 5 * DAY
    moved = [
        Move(START + timedelta(minutes=chance.randrange(5 * 1440)), chance.choice(names), zone)
        for zone in (chance.choice(FAR_APART) for _ in range(15))
    ]

    await journey.go_on(end, *moved)

    for name in names:
        check(journey.travellers[name], end)


async def test_who_flies_west_is_asked_again_on_the_same_date(storage: Storage) -> None:
    journey = Journey(storage, utc("2026-06-01T00:00"))
    await journey.join("ana", zone=AUCKLAND, minute=540)

    await journey.go_on(utc("2026-06-03T20:00"), Move(utc("2026-06-02T12:00"), "ana", HONOLULU))

    # 2 June 09:00 in Auckland, 2 June 09:00 in Honolulu, 22 hours later
    assert journey.travellers["ana"].asked[-2:] == [
        utc("2026-06-02T19:00"),
        utc("2026-06-03T19:00"),
    ]
    assert utc("2026-06-01T21:00") in journey.travellers["ana"].asked


async def test_who_flies_east_is_not_asked_twice_in_a_night(storage: Storage) -> None:
    journey = Journey(storage, utc("2026-06-01T00:00"))
    await journey.join("ana", zone=HONOLULU, minute=540)

    # 09:00 in Honolulu is 07:00 of the next day in Auckland
    await journey.go_on(utc("2026-06-03T22:00"), Move(utc("2026-06-02T19:30"), "ana", AUCKLAND))

    assert journey.travellers["ana"].asked[1:] == [
        utc("2026-06-01T19:00"),
        utc("2026-06-02T19:00"),
        utc("2026-06-03T21:00"),
    ]


async def test_who_lands_after_their_time_of_day_is_asked_on_arrival(storage: Storage) -> None:
    journey = Journey(storage, utc("2026-06-01T00:00"))
    await journey.join("ana", zone=HONOLULU, minute=540)
    landing = utc("2026-06-02T14:00")  # 16:00 in Berlin; 19 hours after 09:00 in Honolulu

    await journey.go_on(utc("2026-06-03T08:00"), Move(landing, "ana", BERLIN))

    assert journey.travellers["ana"].asked[1:] == [
        utc("2026-06-01T19:00"),
        landing,
        utc("2026-06-03T07:00"),
    ]


@pytest.mark.parametrize("why", ["quiet", "day off", "paused"])
async def test_nobody_is_asked_on_arrival_who_wants_to_be_left_alone(
    storage: Storage, why: str
) -> None:
    journey = Journey(storage, utc("2026-06-01T00:00"))
    await journey.join(
        "ana",
        zone=HONOLULU,
        minute=540,
        quiet=QuietHours(15 * 60, 8 * 60) if why == "quiet" else None,
        days=Weekdays.of({0, 2, 3, 4, 5, 6}) if why == "day off" else None,
    )
    landing = utc("2026-06-02T14:00")
    await journey.go_on(utc("2026-06-02T10:00"))
    if why == "paused":
        await journey.pause("ana", utc("2026-06-02T23:00"))

    await journey.go_on(utc("2026-06-03T07:00"), Move(landing, "ana", BERLIN))

    assert journey.travellers["ana"].asked[1:] == [
        utc("2026-06-01T19:00"),
        utc("2026-06-03T07:00"),
    ]


async def test_a_weekly_question_does_not_come_twice_a_week_for_a_flight(
    storage: Storage,
) -> None:
    journey = Journey(storage, utc("2026-06-01T00:00"))
    await journey.join(
        "ana", zone=AUCKLAND, minute=540, cadence=Cadence.WEEKLY, days=Weekdays.of({1})
    )

    await journey.go_on(utc("2026-06-05T00:00"), Move(utc("2026-06-02T12:00"), "ana", HONOLULU))

    assert journey.travellers["ana"].asked[1:] == [utc("2026-06-01T21:00")]


async def test_another_hour_of_the_day_comes_after_a_rest(storage: Storage) -> None:
    journey = Journey(storage, START)
    await journey.join("ana", zone="UTC", minute=23 * 60)
    await journey.go_on(utc("2026-06-02T23:30"))

    await journey.change("ana", Wishes(minute=60))
    await journey.go_on(utc("2026-06-04T02:00"))

    assert journey.travellers["ana"].asked == [
        START,
        utc("2026-06-02T23:00"),
        utc("2026-06-04T01:00"),
    ]
