"""Wall-clock times and zones: which instant a local time means, and which zone a name means."""

import difflib
import zoneinfo
from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.domain.errors import UserError

LONGEST_NAME = 64
"""Characters; the longest IANA name has 32, so nothing beyond this can be a slip of the pen."""

_NOT_PLACES = frozenset({"Factory", "localtime"})
"""Files of the zone database that stand for "not set up" and for the machine's own zone."""


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    """The naive local time that clocks in `zone` show at an aware instant."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def wall_at(day: date, minute_of_day: int) -> datetime:
    """The naive local time at a minute of a day, counted from midnight."""
    return datetime.combine(day, time()) + timedelta(minutes=minute_of_day)


def to_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The aware UTC instant of a naive local time in whole minutes.

    A time that clocks jump over means the first minute that exists after it; a time that they
    show twice means the first of the two. Later walls never give earlier instants. Raises
    ValueError for an aware time or one with seconds.
    """
    if wall.tzinfo is not None or wall.second or wall.microsecond:
        message = f"a naive time in whole minutes is needed, not {wall!r}"
        raise ValueError(message)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return instant if to_wall(instant, zone) == wall else _after_gap(wall, zone)


def _after_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    # PEP 495: in a gap, fold=1 takes the offset after the jump and so lands before it, fold=0
    # takes the offset before the jump and so lands after it.
    earliest = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    latest = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)

    def is_past(second: int) -> bool:
        return to_wall(earliest + timedelta(seconds=second), zone) > wall

    span = range(int((latest - earliest).total_seconds()) + 1)
    jump = earliest + timedelta(seconds=bisect_left(span, x=True, key=is_past))
    # Some old jumps end between two minutes (Monrovia 1972).
    return jump + timedelta(seconds=-to_wall(jump, zone).second % 60)


def find_zone(name: str) -> ZoneInfo:
    """The zone with this IANA name, in whatever case it is written.

    Raises UserError `zone.unknown` with `zone` (the name) for anything that the zone database does
    not list, or `zone.unknown_near` with `suggestions` as well (the closest names, by commas).
    """
    canonical = _names().get(name.strip().casefold())
    if canonical is None:
        if close := _closest(name):
            raise UserError("zone.unknown_near", zone=name, suggestions=", ".join(close))
        raise UserError("zone.unknown", zone=name)
    return ZoneInfo(canonical)


@cache
def _names() -> Mapping[str, str]:
    names = sorted(zoneinfo.available_timezones() - _NOT_PLACES)
    return MappingProxyType({name.casefold(): name for name in names})


def _closest(name: str) -> list[str]:
    if len(name) > LONGEST_NAME:
        return []
    wanted = "_".join(name.casefold().split())
    places = [key for key in _names() if key.rpartition("/")[2] == wanted]
    similar = difflib.get_close_matches(wanted, _names(), n=3)
    return [_names()[key] for key in dict.fromkeys(places + similar)][:3]


def zone_names() -> list[str]:
    """Every IANA name that `find_zone` knows, in order."""
    return list(_names().values())
