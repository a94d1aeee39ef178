"""No query that the program asks all the time reads a whole table, on either database.

Every statement of a planner's, courier's, inbox's, housekeeper's and doctor's round is caught on
its way to a database that has grown, and explained.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, event, text
from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.leases import end_leases
from adapters.storage.types import UtcDateTime
from adapters.storage.unit_of_work import SqlStorage
from benchmarks._crowd import NOW, PLATFORM, Crowd, fill, make_due
from bot.chat.identity import MessageRef
from bot.domain.delivery import Reason
from bot.ports.chat import Pace
from bot.ports.deliveries import (
    Claimed,
    IsUncertain,
    MustWait,
    Outcome,
    Ready,
    WasRefused,
    WasSent,
    WasSkipped,
)
from tests.contract.ledger import wave
from tests.fakes.clock import FakeClock
from tests.integration.test_inbox_writer import said

LARGE = ("account", "delivery", "inbox", "membership", "place", "reflection", "send_group")
CROWD = Crowd(20_000, 50, 1)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=60)

_Caught = list[tuple[str, object]]


@pytest.fixture
async def grown(empty_database_url: str) -> AsyncIterator[Database]:
    """Some weeks of history, and a wave that is due for one community of many."""
    await fill(empty_database_url, CROWD)
    database = Database(empty_database_url)
    await make_due(database, "m.id <= 15000 AND g.next_at > :now")
    async with database.writing() as connection:
        day = "'2026-02-01'" if database.is_sqlite else "DATE '2026-02-01'"
        await connection.execute(
            text(
                f"UPDATE delivery SET state = 'sent', slot = '2026-02-01T09:00', day = {day},"
                " due_at = :then, act_at = :then, sent_at = :then, prompt_id = 1,"
                " message_id = 'M' || id"
            ).bindparams(bindparam("then", NOW - timedelta(days=30), UtcDateTime))
        )
        await connection.execute(
            text(
                "INSERT INTO inbox (platform, event_id, lane, state, received_at, act_at)"
                " SELECT 'bench', 'E' || id, 'L' || id, 'done', :then, :then FROM account"
            ).bindparams(bindparam("then", NOW - timedelta(days=1), UtcDateTime))
        )
        await connection.execute(
            text(
                "INSERT INTO reflection"
                " (author_id, delivery_id, via, kept, written_at, last_said_at)"
                " SELECT membership_id, id, 'form', true, :then, :then FROM delivery"
                " WHERE id > 200"
            ).bindparams(bindparam("then", NOW - timedelta(days=1), UtcDateTime))
        )
        # somebody is due outside of any community
        await connection.execute(text("UPDATE place SET community_id = NULL WHERE id IN (1, 51)"))
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))
    yield database
    await database.close()


@contextmanager
def catching(database: Database) -> Iterator[_Caught]:
    """Everything that is sent to the database meanwhile, each statement once."""
    caught: dict[str, object] = {}

    def catch(
        _connection: object,
        _cursor: DBAPICursor,
        statement: str,
        parameters: object,
        _context: object,
        is_many: bool,
    ) -> None:
        if is_many and isinstance(parameters, list):
            parameters = parameters[0]
        caught.setdefault(statement, parameters)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", catch)
    found: _Caught = []
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", catch)
        found.extend(caught.items())


async def scanned(database: Database, statement: str, parameters: object) -> list[str]:
    """The large tables that a statement reads from end to end."""
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.reading() as connection:
        rows = await connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
        plan = [str(row[-1]) for row in rows]
    told = r"SCAN (\w+)(?! USING)" if database.is_sqlite else r"Seq Scan on (\w+)"
    found = [match[1] for line in plan for match in re.finditer(told, line)]
    return [name for name in found if name in LARGE]


async def test_no_round_reads_a_large_table(grown: Database, cipher: KeyRingCipher) -> None:
    storage = SqlStorage(grown, cipher)
    inbox = SqlInbox(grown, cipher, FakeClock(NOW))
    with catching(grown) as caught:
        await _plan(storage)
        await _deliver(storage)
        await _look(storage)
        await _keep(inbox)
        await _tidy(storage)
        await end_leases(grown, NOW)
    await inbox.close()
    words = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
    asked = [one for one in caught if one[0].startswith(words)]
    assert len(asked) > 40
    problems = {
        statement: tables
        for statement, parameters in asked
        if (tables := await scanned(grown, statement, parameters))
    }
    assert problems == {}


async def _plan(storage: SqlStorage) -> None:
    async with storage.work() as work:
        groups = await work.deliveries.due_groups(NOW, 1_000)
        assert len(groups) == 38
        for group in groups[:5]:
            await work.deliveries.plan_slice([group], wave(group), 100)
        for group in groups[5:]:
            together = wave(group)
            await work.deliveries.plan_slice([group], together, 7)


async def _deliver(storage: SqlStorage) -> None:
    paces = (None, Pace(SECOND, 60), Pace(SECOND, 600, whole_platform=True))
    for minute, pace in enumerate(paces):
        now = NOW + timedelta(minutes=minute)
        async with storage.work() as work:
            claimed = await work.deliveries.claim([PLATFORM], "me", now, now + LEASE, 10, pace=pace)
            assert claimed
            ready = [Ready(one.id, 1, now + SECOND) for one in claimed]
            await work.deliveries.begin(ready, "me", now)
            await work.memberships.many([one.membership_id or 0 for one in claimed])
            await work.prompts.rotations([one.place_id for one in claimed])
            await work.deliveries.overtaken([one.id for one in claimed], now)
            outcomes = [_outcome(number, one) for number, one in enumerate(claimed)]
            await work.deliveries.record(outcomes, "me", now)
    async with storage.work() as work:
        # leases that ran out
        later = NOW + timedelta(hours=1)
        await work.deliveries.claim([PLATFORM], "me", later, later + LEASE, 10)
        await work.deliveries.uncertain([PLATFORM], "me", later, later + LEASE, 10)


def _outcome(number: int, one: Claimed) -> Outcome:
    kinds = (
        WasSent(one.id, MessageRef(one.place, "M"), NOW),
        WasRefused(one.id, Reason.UNREACHABLE, closes_place=True),
        WasSkipped(one.id, Reason.LATE),
        MustWait(one.id, NOW + SECOND, whole_community=True, whole_platform=True),
        IsUncertain(one.id, NOW),
    )
    return kinds[number % len(kinds)]


async def _look(storage: SqlStorage) -> None:
    async with storage.reading() as work:
        await work.deliveries.next_at(NOW)
        assert (await work.deliveries.standing(NOW))[0].last_sent_at is not None
        await work.deliveries.last_problem(1, NOW)
        await work.deliveries.latest_prompt(1, NOW)
        await work.deliveries.days_taken(1, NOW.date())


async def _keep(inbox: SqlInbox) -> None:
    await inbox.keep(said("ana", "1"))
    await inbox.keep(said("ben", "2"))
    kept = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    await inbox.retry(kept[0].id, NOW)
    await inbox.answered(kept[1].id)
    await inbox.waiting()


async def _tidy(storage: SqlStorage) -> None:
    async with storage.work() as work:
        await work.reflections.drop_drafts(NOW)
        assert await work.pruning.events(0, NOW, 100) is not None
        assert await work.pruning.deliveries(0, NOW, 100) is not None
