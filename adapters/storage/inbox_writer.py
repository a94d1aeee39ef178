"""The one writer of a process that commits events in groups.

A transaction per event is many times slower on SQLite: 240 events a second against 1,524.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.codec import event_to_bytes
from adapters.storage.database import Database
from adapters.storage.dialect import give_up_after
from adapters.storage.tables import inbox
from adapters.storage.upserting import insert_into
from bot.chat.identity import AccountRef
from bot.chat.incoming import Told
from bot.ports.cipher import Cipher
from bot.ports.clock import Clock
from bot.ports.inbox import InboxUnavailableError

LIMIT = 2.0
"""Seconds: of the 3 s that platforms give, some must be left for the acknowledgement."""

_GROUP = 500
"""Most rows in one transaction."""


_Key = tuple[object, object]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A row to be written, and what its keeper waits for: whether it is new."""

    row: dict[str, object]
    is_new: asyncio.Future[bool] = field(default_factory=asyncio.Future)

    @property
    def key(self) -> _Key:
        return self.row["platform"], self.row["event_id"]

    def settle(self, *, is_new: bool) -> None:
        if not self.is_new.done():
            self.is_new.set_result(is_new)

    def refuse(self, error: SQLAlchemyError) -> None:
        if not self.is_new.done():
            # not the error's own text: it shows the row
            refusal = InboxUnavailableError(f"not committed: {type(error).__name__}")
            refusal.__cause__ = error
            self.is_new.set_exception(refusal)


class InboxWriter:
    """Gathers rows while a transaction is under way, and commits them with the next one."""

    def __init__(self, database: Database, cipher: Cipher, clock: Clock, limit: float) -> None:
        """Take an open database, and the seconds within which an event has to be kept."""
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._limit = limit
        self._gathered: deque[_Waiting] = deque()
        self._has_work = asyncio.Event()
        self._has_kept = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._keepers = 0
        self._is_quiet = asyncio.Event()
        self._is_quiet.set()

    async def keep(self, event: Told) -> bool:
        """Keep an event, once it is committed; False if it is known."""
        if self._closed:
            message = "the inbox is closed"
            raise InboxUnavailableError(message)
        waiting = _Waiting(self._row(event))
        self._gathered.append(waiting)
        self._has_work.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write(), name="inbox writer")
        with self._counted():
            try:
                async with asyncio.timeout(self._limit):
                    return await waiting.is_new
            except TimeoutError as error:
                message = f"an event was not committed within {self._limit:g} s"
                raise InboxUnavailableError(message) from error

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._keepers += 1
        self._is_quiet.clear()
        try:
            yield
        finally:
            self._keepers -= 1
            if not self._keepers:
                self._is_quiet.set()

    async def give_way(self, patience: float) -> None:
        """Sleep while an event waits to be kept, up to `patience` seconds."""
        if self._is_quiet.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._is_quiet.wait()

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - running out is no error
        """Sleep up to `timeout` seconds, less if an event is kept meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._has_kept.wait()
        self._has_kept.clear()

    async def close(self) -> None:
        """Commit what has gathered, take nothing more, and stop."""
        self._closed = True
        if self._task is None:
            return
        self._has_work.set()
        _, late = await asyncio.wait({self._task}, timeout=self._limit)
        for task in late:
            task.cancel()
            await asyncio.wait({task})

    async def _write(self) -> None:
        while self._gathered or not self._closed:
            await self._has_work.wait()
            self._has_work.clear()
            while self._gathered:
                await self._write_group()

    async def _write_group(self) -> None:
        group: list[_Waiting] = []
        try:
            async with self._database.writing(goes_first=True) as connection:
                await give_up_after(connection, self._limit)
                # taken only now: what nobody waits for any more must not be kept
                group = self._take()
                new = await _insert(connection, group)
        except SQLAlchemyError as error:
            if group:
                await self._write_singly(group, error)
            else:
                _refuse(self._take(), error)
        else:
            self._settle(group, new)

    async def _write_singly(self, group: list[_Waiting], error: SQLAlchemyError) -> None:
        """Find out which of a failed group can be kept after all."""
        if len(group) == 1:
            _refuse(group, error)
            return
        for waiting in group:
            if waiting.is_new.done():
                continue
            try:
                async with self._database.writing(goes_first=True) as connection:
                    new = await _insert(connection, [waiting])
            except SQLAlchemyError as own_error:
                _refuse([waiting], own_error)
            else:
                self._settle([waiting], new)

    def _take(self) -> list[_Waiting]:
        group: list[_Waiting] = []
        while self._gathered and len(group) < _GROUP:
            waiting = self._gathered.popleft()
            if not waiting.is_new.done():
                group.append(waiting)
        return group

    def _settle(self, group: list[_Waiting], new: set[_Key]) -> None:
        if new:
            self._has_kept.set()
        for waiting in group:
            waiting.settle(is_new=waiting.key in new)
            # of two copies in one group, one is new
            new.discard(waiting.key)

    def _row(self, event: Told) -> dict[str, object]:
        now = self._clock.now()
        return {
            "platform": event.platform,
            "event_id": event.event_id,
            "lane": _lane(event.actor.account),
            "received_at": now,
            "act_at": now,
            "content_sealed": self._cipher.seal(event_to_bytes(event)),
        }


async def _insert(connection: AsyncConnection, group: list[_Waiting]) -> set[_Key]:
    """Insert rows, and give the keys of those that were not there yet."""
    if not group:
        return set()
    statement = (
        insert_into(connection, inbox)
        .on_conflict_do_nothing()
        .returning(inbox.c.platform, inbox.c.event_id)
    )
    written = await connection.execute(statement, [waiting.row for waiting in group])
    return {(row.platform, row.event_id) for row in written}


def _refuse(group: list[_Waiting], error: SQLAlchemyError) -> None:
    for waiting in group:
        waiting.refuse(error)


def _lane(account: AccountRef) -> str:
    person = f"{account.platform}\0{account.native_id}".encode()
    return blake2b(person, digest_size=16).hexdigest()
