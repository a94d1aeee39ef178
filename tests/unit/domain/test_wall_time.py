"""Wall times become instants as clocks show them, and zones are found by name only."""

import zoneinfo
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.wall_time import find_zone, to_instant, to_wall

MINUTE = timedelta(minutes=1)
LONGEST_OFFSET = timedelta(hours=26)
ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})

CHANGES = [
    ("America/New_York", datetime(2026, 3, 8, 2)),
    ("America/New_York", datetime(2026, 11, 1, 1)),
    ("Europe/Berlin", datetime(2026, 3, 29, 2)),
    ("Europe/Berlin", datetime(2026, 10, 25, 2)),
    ("Australia/Lord_Howe", datetime(2026, 10, 4, 2)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, 1, 30)),
    ("Antarctica/Troll", datetime(2026, 3, 29, 1)),
    ("Pacific/Apia", datetime(2011, 12, 30)),
    ("Pacific/Kwajalein", datetime(1993, 8, 21)),
    ("Africa/Casablanca", datetime(2026, 3, 22, 2)),
]


def slow_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Walk UTC minute by minute: the first that shows `wall`, else the first that shows more."""
    minute = wall.replace(tzinfo=UTC) - LONGEST_OFFSET
    first_past = None
    for _ in range(2 * int(LONGEST_OFFSET / MINUTE)):
        shown = minute.astimezone(zone).replace(tzinfo=None)
        if shown == wall:
            return minute
        if first_past is None and shown > wall:
            first_past = minute
        minute += MINUTE
    assert first_past is not None
    return first_past


@pytest.mark.parametrize(
    ("zone", "wall", "utc"),
    [
        ("Europe/Berlin", "2026-07-01T09:30", "2026-07-01T07:30"),
        ("Asia/Kolkata", "2026-07-01T09:30", "2026-07-01T04:00"),
        # In a gap: the first minute after it.
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T23:59", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        # In a fold: the first of the two.
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
    ],
)
def test_wall_time_is_the_instant_that_clocks_show(zone: str, wall: str, utc: str) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert to_instant(datetime.fromisoformat(wall), ZoneInfo(zone)) == expected


def test_gap_that_ends_between_minutes_gives_the_next_whole_minute() -> None:
    monrovia = ZoneInfo("Africa/Monrovia")  # 44 min 30 s were left out

    instant = to_instant(datetime(1972, 1, 7, 0, 20), monrovia)

    assert to_wall(instant, monrovia) == datetime(1972, 1, 7, 0, 45)


@pytest.mark.parametrize(
    "wall", [datetime(2026, 1, 1, 9, 0, 1), datetime(2026, 1, 1, 9, tzinfo=UTC)]
)
def test_only_naive_whole_minutes_are_wall_times(wall: datetime) -> None:
    with pytest.raises(ValueError, match="naive"):
        to_instant(wall, ZoneInfo("UTC"))


near_changes = st.builds(
    lambda change, minutes: (change[0], change[1] + minutes * MINUTE),
    st.sampled_from(CHANGES),
    st.integers(-180, 180),
)
anywhere = st.tuples(
    st.sampled_from(ZONES),
    st.datetimes(datetime(1975, 1, 1), datetime(2037, 12, 31)).map(
        lambda wall: wall.replace(second=0, microsecond=0, fold=0)
    ),
)


@settings(deadline=None, max_examples=120)
@given(near_changes | anywhere)
@example(("Pacific/Apia", datetime(2011, 12, 30, 12)))
def test_instant_agrees_with_walking_through_every_minute(where: tuple[str, datetime]) -> None:
    name, wall = where
    zone = ZoneInfo(name)

    assert to_instant(wall, zone) == slow_instant(wall, zone)


@settings(deadline=None)
@given(near_changes, st.integers(1, 3000))
def test_later_walls_never_give_earlier_instants(where: tuple[str, datetime], minutes: int) -> None:
    name, wall = where
    zone = ZoneInfo(name)

    assert to_instant(wall, zone) <= to_instant(wall + minutes * MINUTE, zone)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" AMERICA/NEW_YORK ", "America/New_York"),
        ("utc", "UTC"),
        ("America/Argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_zone_is_found_in_any_case(name: str, key: str) -> None:
    assert find_zone(name).key == key


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "Europe",
        "Europe/",
        "/Europe/Berlin",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin",
        "Europe\\Berlin",
        "Europe/Berlin\0",
        "posix/Europe/Berlin",
        "tzdata.zi",
        "localtime",
        "Factory",
        "UTC+2",
        "x" * 100_000,
    ],
)
def test_anything_that_is_not_listed_is_refused(name: str) -> None:
    with pytest.raises(UserError) as caught:
        find_zone(name)

    assert caught.value.key in ("zone.unknown", "zone.unknown_near")
    assert caught.value.values["zone"] == name


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("Europe/Berlyn", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Asia/Calcuta", "Asia/Calcutta"),
    ],
)
def test_closest_names_are_suggested(name: str, suggestion: str) -> None:
    with pytest.raises(UserError) as caught:
        find_zone(name)

    assert caught.value.key == "zone.unknown_near"
    assert suggestion in str(caught.value.values["suggestions"]).split(", ")


def test_nothing_close_suggests_nothing() -> None:
    with pytest.raises(UserError) as caught:
        find_zone("%%%")

    assert (caught.value.key, caught.value.values) == ("zone.unknown", {"zone": "%%%"})


@given(st.text(max_size=80))
def test_no_text_raises_anything_but_a_user_error(name: str) -> None:
    with suppress(UserError):
        assert find_zone(name).key in ZONES
