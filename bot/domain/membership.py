"""Programmes, the people in them, and how each wants to be asked."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.reading import QuietHours, Weekdays


def week_of(day: date) -> int:
    """The week that a date lies in, counted from Monday 1 January of the year 1."""
    return (day.toordinal() - 1) // 7


@dataclass(frozen=True, slots=True)
class Programme:
    """What a coordinator runs; one or more communities belong to it."""

    id: int
    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Account:
    """One person on one platform; what they write belongs to it. `zone` is what was last told."""

    id: int
    name: str
    zone: str | None = None
    locale: str | None = None


class Cadence(StrEnum):
    """How often a member is asked."""

    DAILY = "daily"
    TWICE_WEEKLY = "twice-weekly"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSettings:
    """When a member wants to be asked; `minute` counts from midnight in `zone`, an IANA name."""

    zone: str
    minute: int = 9 * 60
    days: Weekdays
    quiet: QuietHours
    cadence: Cadence = Cadence.DAILY
    language: str = "en"

    def prompt_days(self) -> Weekdays:
        """The working days on which a prompt may come at this cadence."""
        days = sorted(self.days)
        match self.cadence:
            case Cadence.DAILY:
                return self.days
            case Cadence.TWICE_WEEKLY:
                return Weekdays.of({days[len(days) // 4], days[(3 * len(days)) // 4]})
            case Cadence.WEEKLY | Cadence.FORTNIGHTLY:
                return Weekdays.of({days[0]})

    def is_prompt_day(self, day: date) -> bool:
        """Whether a prompt may come on this local date."""
        return day.weekday() in self.prompt_days() and week_of(day) % self.weeks_between == 0

    def leaves_room_at(self, wall: datetime) -> bool:
        """Whether a question may come at this naive local time: no day off, no quiet hour."""
        return wall.weekday() in self.days and not self.quiet.covers(wall.hour * 60 + wall.minute)

    @property
    def weeks_between(self) -> int:
        """How many weeks lie between two prompts of one weekday."""
        return 2 if self.cadence is Cadence.FORTNIGHTLY else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An account in a programme. `joined_at` is the consent: None means that nothing is sent.

    `direct_place_id` is the person's own conversation with Cairn. No question of a schedule comes
    before `rests_until`, which is set when the settings change soon after one came.
    """

    id: int
    account_id: int
    programme_id: int
    name: str
    is_coordinator: bool = False
    joined_at: datetime | None = None
    settings: MemberSettings | None = None
    paused_until: datetime | None = None
    rests_until: datetime | None = None
    direct_place_id: int | None = None
    unreachable: str | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether the member has asked for quiet at `now`."""
        return self.paused_until is not None and self.paused_until > now
