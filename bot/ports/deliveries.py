"""The ledger of deliveries: planned once, sent once, or closed with a reason.

Every method is one short statement or a few; none waits for the network. All are safe on every
replica at once, because the database decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.chat.identity import CommunityRef, MessageRef, PlaceRef
from bot.domain.delivery import DeliveryKind, Notice, Reason
from bot.domain.recurrence import Occurrence
from bot.domain.schedule import SendGroup
from bot.ports.chat import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One occurrence of some send groups, ready to be written down.

    `following` is the groups' next occurrence. With `skip`, rows are recorded as skipped for that
    reason. Recipients are filtered by their prompt days (`weekday`, 0 = Monday) and weeks between
    (`week` counts from a fixed Monday).
    """

    occurrence: Occurrence
    following: Occurrence
    expires_at: datetime
    weekday: int
    week: int
    skip: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One delivery that something other than a schedule's wave asks for.

    `slot` makes it unique together with place and schedule; `day` (the recipient's local date)
    makes it the only prompt of that day that nobody asked for.
    """

    programme_id: int
    place_id: int
    kind: DeliveryKind
    slot: str
    due_at: datetime
    expires_at: datetime | None = None
    membership_id: int | None = None
    schedule_id: int | None = None
    prompt_id: int | None = None
    day: date | None = None
    notice: Notice | None = None
    about: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that its owner may send until the lease ends.

    `attempt` counts its claims, this one included; `day` is set for a question that nobody asked
    for now.
    """

    id: int
    programme_id: int
    kind: DeliveryKind
    place_id: int
    place: PlaceRef
    community: CommunityRef | None
    membership_id: int | None
    schedule_id: int | None
    due_at: datetime
    expires_at: datetime | None
    attempt: int
    prompt_id: int | None
    notice: Notice | None
    about: int | None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery about to be sent, with the prompt that was chosen for it.

    Its place takes nothing else before `place_free_at`.
    """

    id: int
    prompt_id: int | None
    place_free_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WasSent:
    """The platform took it."""

    id: int
    message: MessageRef
    at: datetime


@dataclass(frozen=True, slots=True)
class WasSkipped:
    """It need not be sent any more."""

    id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class WasRefused:
    """The platform will not take it; `closes_place` stops everything else to that place."""

    id: int
    reason: Reason
    closes_place: bool = False


@dataclass(frozen=True, slots=True)
class MustWait:
    """Not sent: try again at `until`; with `whole_community`, all of its places wait.

    With `whole_platform`, nothing at all is claimed until then at a pace of the whole platform.
    """

    id: int
    until: datetime
    whole_community: bool = False
    whole_place: bool = True
    whole_platform: bool = False


@dataclass(frozen=True, slots=True)
class IsUncertain:
    """It may or may not have been sent; look from `look_at` on."""

    id: int
    look_at: datetime


Outcome = WasSent | WasSkipped | WasRefused | MustWait | IsUncertain


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPrompt:
    """A prompt that stands in a place; `open` is False once it was skipped or snoozed."""

    delivery_id: int
    prompt_id: int
    kind: DeliveryKind
    place_id: int
    programme_id: int
    membership_id: int | None
    schedule_id: int | None
    sent_at: datetime
    open: bool = True


@dataclass(frozen=True, slots=True)
class OpenPrompt:
    """A prompt that still takes answers, and where it stands."""

    message: MessageRef
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How deliveries to one platform stand.

    `due` counts what could be sent now, the oldest since `oldest_due_at`; `last_sent_at` is when
    something was last sent there, give or take ten seconds.
    """

    platform: str
    due: int
    oldest_due_at: datetime | None
    last_sent_at: datetime | None


class Deliveries(Protocol):
    """The ledger, inside a unit of work."""

    # the planner's side

    async def due_groups(self, now: datetime, limit: int) -> tuple[SendGroup, ...]:
        """Send groups of running schedules whose next occurrence is due, the oldest first."""
        ...

    async def plan_slice(
        self, groups: Sequence[SendGroup], wave: Wave, limit: int
    ) -> Mapping[int, bool]:
        """Write at most the next `limit` recipients of a wave, in the groups that are due for it.

        Gives the groups that were dealt with, one at least: True where the wave is complete, and
        the group has its following occurrence; False where its cursor was moved past those that
        were written. Small groups come first, as many whole ones as fit; if even the smallest is
        too large, only that one is written, cut at the limit. For a group that is not where
        `groups` says (another replica was faster, or is at work on it) nothing is written, and the
        answer is True.

        Recipients: for a nudge its place; else members of the group who joined, are not paused or
        resting at the due time and are reachable. A row that exists already is left alone.
        """
        ...

    async def move_groups(self, groups: Sequence[SendGroup], to: Occurrence) -> None:
        """Let groups stand at the start of `to`, with nothing written for where they stood.

        Nothing happens to one that is not where `groups` says (another replica was faster).
        """
        ...

    async def last_asked(self, membership_id: int, now: datetime) -> datetime | None:
        """When a member's last question that nobody asked for came or was due, in three days.

        One that was skipped or failed never came. Until the unit of work ends, no wave of the
        member's present send group is written.
        """
        ...

    async def free_days(self, place_id: int, since: date, now: datetime) -> None:
        """Let slots and days from `since` on, of what was due by `now`, be given once more.

        For a recipient whose calendar went back: by their new zone those days are still to come.
        """
        ...

    async def add(self, new: NewDelivery) -> int | None:
        """Write one delivery; None if its slot or day is taken."""
        ...

    # the courier's side

    async def claim(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        *,
        pace: Pace | None = None,
    ) -> tuple[Claimed, ...]:
        """Lease due deliveries, fair across communities, none of places that have to wait.

        `owner` is a name of this claim's own, by which the ledger knows who still has them.
        The oldest due first in each community; what lies in no community is shared out by
        programme. Leases that ran out before a call began are due again. Nothing of a removed
        community. With a pace, a community (or the whole platform) gets what may be sent there in
        about a second, and nothing more until that time is over.
        """
        ...

    async def overtaken(self, ids: Sequence[int], now: datetime) -> Mapping[int, bool]:
        """Those of schedules' questions whose place has a later such question by now, as True.

        It may be of another schedule, written or sent, but not skipped or failed. Those whose place
        may still get one, since a group that asks there is due and not planned, are False.
        """
        ...

    async def begin(self, ready: Sequence[Ready], owner: str, now: datetime) -> frozenset[int]:
        """Mark leased deliveries as being sent, with their prompts; gives those still ours.

        Moves each recipient's rotation.
        """
        ...

    async def record(
        self, outcomes: Sequence[Outcome], owner: str, now: datetime
    ) -> frozenset[int]:
        """Write what became of deliveries; gives those that were written.

        That it was sent is true whoever has it, and what is sent stays sent. Anything else is
        written for the owner's own only: a process that slept must not take from another what that
        one is sending. What outcomes say of places and communities holds in any case.
        """
        ...

    async def uncertain(
        self,
        platforms: Sequence[str],
        owner: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
    ) -> tuple[tuple[Claimed, datetime], ...]:
        """Lease deliveries whose outcome is unknown and may be looked for, with the call's start.

        A `sending` whose lease ran out becomes one of them `LOOK_AFTER` after that: its process may
        have stood still for a while, so its call may have begun at the very end of the lease.
        """
        ...

    async def next_at(self, after: datetime) -> datetime | None:
        """The next moment after `after` at which a group, delivery or look falls due."""
        ...

    # what is known of them later

    async def posted(self, message: MessageRef) -> PostedPrompt | None:
        """The prompt that this message is."""
        ...

    async def posted_by_id(self, delivery_id: int) -> PostedPrompt | None:
        """The prompt that this delivery sent."""
        ...

    async def latest_prompt(self, place_id: int, since: datetime) -> PostedPrompt | None:
        """The last prompt sent to a place, if it was sent at or after `since`."""
        ...

    async def open_prompts(self, platform: str, since: datetime) -> tuple[OpenPrompt, ...]:
        """Prompts sent to a platform at or after `since` that still take answers, oldest first."""
        ...

    async def close_prompt(self, delivery_id: int) -> None:
        """The prompt takes no typed answers any more."""
        ...

    async def count_others(self, delivery_id: int, *, replies: int = 0, reactions: int = 0) -> None:
        """Count what people who have not joined did; never below zero."""
        ...

    async def next_question(self, place_id: int, now: datetime) -> datetime | None:
        """When the next question that is already written falls due for this place."""
        ...

    async def days_taken(self, place_id: int, since: date) -> frozenset[date]:
        """The recipient's days from `since` on that have their question already."""
        ...

    async def standing(self, now: datetime) -> tuple[Standing, ...]:
        """How deliveries stand, for each platform that has places."""
        ...

    async def last_problem(self, place_id: int, since: datetime) -> Reason | None:
        """Why the last delivery to this place failed, if the last one did."""
        ...


LOOK_AFTER = timedelta(seconds=60)
"""How long an accepted message may take to show on a platform."""
