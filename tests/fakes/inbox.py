"""The inbox in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.chat.identity import AccountRef
from bot.chat.incoming import Told
from bot.chat.outgoing import Message
from bot.ports.clock import Clock
from bot.ports.inbox import EventTakenError, KeptEvent, Waiting
from tests.fakes.rows import Rows

if TYPE_CHECKING:
    from tests.fakes.storage import InMemoryStorage


@dataclass
class Row:
    """One event; `content` is None once it is done with."""

    id: int
    key: tuple[str, str]
    person: AccountRef
    content: Told | None
    received_at: datetime
    act_at: datetime
    owner: str | None = None
    attempt: int = 0
    answers: tuple[Message, ...] | None = None

    def is_leased(self, now: datetime) -> bool:
        return self.owner is not None and self.act_at > now

    def is_waiting(self, now: datetime) -> bool:
        """Whether it is to be tried again later."""
        return self.owner is None and self.act_at > now and self.attempt > 0

    def drop(self) -> None:
        """It is done with."""
        self.content = self.answers = self.owner = None


class InMemoryHandled:
    """`Handled` in memory, with the rows of the inbox."""

    def __init__(self) -> None:
        self.rows: Rows[Row] = Rows()
        self.known: set[tuple[str, str]] = set()

    async def handled(self, event_id: int, answers: tuple[Message, ...]) -> None:
        row = self.rows[event_id]
        if row.content is None or row.answers is not None:
            raise EventTakenError(event_id)
        if answers:
            row.answers, row.attempt = answers, 1
        else:
            row.drop()


class InMemoryInbox:
    """`Inbox` in memory, in small units of work on the storage that has its rows."""

    def __init__(self, storage: "InMemoryStorage", clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def keep(self, event: Told) -> bool:
        async with self._storage.work() as work:
            key = event.platform, event.event_id
            if key in work.inbox.known:
                return False
            work.inbox.known.add(key)
            now = self._clock.now()
            work.inbox.rows.add(
                lambda number: Row(number, key, event.actor.account, event, now, now)
            )
            return True

    async def give_way(self, patience: float) -> None:
        """Here an event is kept in one go."""

    async def claim(
        self, platforms: Sequence[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> tuple[KeptEvent, ...]:
        async with self._storage.work() as work:
            rows = [row for row in work.inbox.rows.values() if row.content is not None]
            claimed = [
                row
                for row in sorted(rows, key=lambda row: (row.act_at, row.id))
                if row.act_at <= now
                and row.person.platform in platforms
                and not _is_held_up(row, rows, now)
            ][:limit]
            for row in claimed:
                row.owner, row.act_at, row.attempt = owner, now + lease, row.attempt + 1
            return tuple(
                KeptEvent(row.id, row.content, row.attempt, row.answers)
                for row in sorted(claimed, key=lambda row: row.id)
                if row.content is not None
            )

    async def answered(self, event_id: int) -> None:
        async with self._storage.work() as work:
            work.inbox.rows[event_id].drop()

    async def retry(self, event_id: int, at: datetime) -> None:
        async with self._storage.work() as work:
            row = work.inbox.rows[event_id]
            if row.content is not None:
                row.act_at, row.owner = at, None

    async def waiting(self) -> Waiting:
        rows = [row for row in self._storage.unit.inbox.rows.values() if row.content is not None]
        return Waiting(len(rows), min((row.received_at for row in rows), default=None))


def _is_held_up(row: Row, rows: Sequence[Row], now: datetime) -> bool:
    others = [one for one in rows if one.person == row.person and one.id != row.id]
    return any(
        one.is_leased(now) or (one.id < row.id and not one.is_waiting(now)) for one in others
    )
