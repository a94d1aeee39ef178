"""The inbox on real databases: commits in groups, fails alone, keeps nothing readable."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import event as engine_event
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.inbox import SqlInbox
from adapters.storage.tables import inbox as table
from adapters.storage.unit_of_work import SqlStorage
from bot.chat.incoming import MessageSaid
from bot.chat.outgoing import Message, Text
from bot.ports.inbox import InboxUnavailableError
from tests.cast import NOW, direct, message, person
from tests.fakes.clock import FakeClock

LEASE = timedelta(seconds=30)


@pytest.fixture
async def inbox(database: Database, cipher: KeyRingCipher) -> AsyncIterator[SqlInbox]:
    kept = SqlInbox(database, cipher, FakeClock(NOW))
    yield kept
    await kept.close()


def said(name: str, event_id: str) -> MessageSaid:
    return MessageSaid(
        event_id=event_id,
        at=NOW,
        actor=person(name),
        place=direct(name),
        message=message(name, event_id),
        text="in plain words",
    )


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return len((await connection.execute(select(table.c.id))).all())


def writers() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "inbox writer"]


async def test_what_gathers_is_committed_together(database: Database, inbox: SqlInbox) -> None:
    commits: list[object] = []
    engine_event.listen(database.engine.sync_engine, "commit", commits.append)

    kept = await asyncio.gather(*[inbox.keep(said("ana", str(n))) for n in range(100)])

    assert kept == [True] * 100
    assert len(commits) == 1
    assert await count(database) == 100


async def test_a_row_is_committed_when_keep_returns(database: Database, inbox: SqlInbox) -> None:
    for number in range(3):
        await inbox.keep(said("ana", str(number)))
        assert await count(database) == number + 1


async def test_one_persons_events_stay_in_order(database: Database, inbox: SqlInbox) -> None:
    await asyncio.gather(*[inbox.keep(said("ana", str(number))) for number in range(50)])

    async with database.reading() as connection:
        found = await connection.execute(select(table.c.event_id).order_by(table.c.id))
        assert found.scalars().all() == [str(number) for number in range(50)]


async def test_an_event_that_cannot_be_kept_fails_alone(
    database: Database, inbox: SqlInbox
) -> None:
    if database.is_sqlite:
        async with database.writing() as connection:
            await connection.execute(
                text(
                    "CREATE TRIGGER refuse BEFORE INSERT ON inbox WHEN new.event_id = 'bad'"
                    " BEGIN SELECT raise(ABORT, 'bad'); END"
                )
            )
        bad = "bad"
    else:
        bad = "x" * 256
    ids = ["1", "2", bad, "3"]

    kept = await asyncio.gather(
        *[inbox.keep(said("ana", event_id)) for event_id in ids], return_exceptions=True
    )

    assert [kept[0], kept[1], kept[3]] == [True, True, True]
    assert isinstance(kept[2], InboxUnavailableError)
    assert "plain words" not in str(kept[2])
    assert await count(database) == 3


async def test_nothing_readable_is_stored_and_nothing_stays(
    database: Database, inbox: SqlInbox, cipher: KeyRingCipher
) -> None:
    for event_id in ("answered", "silent"):
        await inbox.keep(said(event_id, event_id))
    answered, silent = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    storage = SqlStorage(database, cipher)
    async with storage.work() as work:
        await work.inbox.handled(answered.id, (Message((Text("in plain words"),)),))
    columns = select(table.c.lane, table.c.content_sealed, table.c.answers_sealed)
    async with database.reading() as connection:
        stored = str((await connection.execute(columns)).all())
    assert "plain" not in stored
    assert "silent" not in stored

    await inbox.answered(answered.id)
    async with storage.work() as work:
        await work.inbox.handled(silent.id, ())

    async with database.reading() as connection:
        left = (await connection.execute(columns)).all()
    assert [tuple(row)[1:] for row in left] == [(None, None)] * 2


async def test_an_event_that_cannot_be_read_holds_nobody_up(
    database: Database, inbox: SqlInbox
) -> None:
    other = SqlInbox(database, KeyRingCipher.from_keys([new_ring_key()]), FakeClock(NOW))
    await other.keep(said("ana", "lost"))
    await other.close()
    await inbox.keep(said("ana", "1"))
    await inbox.keep(said("bea", "2"))

    first = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    second = await inbox.claim(["console"], "me", NOW, LEASE, 10)

    assert [kept.event.event_id for kept in first] == ["2"]
    assert [kept.event.event_id for kept in second] == ["1"]


async def test_an_event_is_refused_when_the_database_takes_too_long(
    database: Database, cipher: KeyRingCipher
) -> None:
    inbox = SqlInbox(database, cipher, FakeClock(NOW), limit=1.0)
    await inbox.keep(said("ana", "1"))
    other = Database(database.url.render_as_string(hide_password=False))
    async with other.writing() as connection:
        if not other.is_sqlite:
            await connection.execute(text("LOCK TABLE inbox"))
        with pytest.raises(InboxUnavailableError):
            await inbox.keep(said("ana", "2"))
    await other.close()

    assert await inbox.keep(said("ana", "3")) is True
    await inbox.close()


async def test_what_nobody_waits_for_any_more_is_not_kept(
    sqlite_url: str, cipher: KeyRingCipher
) -> None:
    database = Database(sqlite_url)
    inbox = SqlInbox(database, cipher, FakeClock(NOW), limit=0.2)
    # SQLite has one writer: the next group can't begin before this block ends
    async with database.writing():
        with pytest.raises(InboxUnavailableError):
            await inbox.keep(said("ana", "1"))

    await inbox.keep(said("ana", "2"))

    assert await count(database) == 1
    await inbox.close()
    await database.close()


async def test_a_database_that_is_away_refuses_and_one_that_is_back_keeps(
    database: Database, inbox: SqlInbox
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    kept = await asyncio.gather(
        *[inbox.keep(said("ana", str(number))) for number in range(3)], return_exceptions=True
    )
    assert [type(one) for one in kept] == [InboxUnavailableError] * 3

    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert await inbox.keep(said("ana", "1")) is True


async def test_closing_commits_what_has_gathered_and_leaves_no_task(
    database: Database, inbox: SqlInbox
) -> None:
    assert writers() == []
    keeping = [asyncio.create_task(inbox.keep(said("ana", str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    assert len(writers()) == 1

    await inbox.close()

    assert await asyncio.gather(*keeping) == [True] * 5
    assert writers() == []
    with pytest.raises(InboxUnavailableError):
        await inbox.keep(said("ana", "late"))
    assert await count(database) == 5


async def test_whoever_waits_wakes_when_an_event_is_kept(inbox: SqlInbox) -> None:
    await inbox.keep(said("ana", "1"))
    await asyncio.wait_for(inbox.wait(60), 5)

    waiting = asyncio.create_task(inbox.wait(60))
    await asyncio.sleep(0)
    assert await inbox.keep(said("ana", "1")) is False
    assert not waiting.done()
    await inbox.keep(said("ana", "2"))
    await asyncio.wait_for(waiting, 5)


async def test_waiting_ends_when_the_time_is_over(inbox: SqlInbox) -> None:
    await asyncio.wait_for(inbox.wait(0.01), 5)


async def test_work_gives_way_while_an_event_is_kept(
    sqlite_url: str, cipher: KeyRingCipher
) -> None:
    database = Database(sqlite_url)
    inbox = SqlInbox(database, cipher, FakeClock(NOW))
    await asyncio.wait_for(inbox.give_way(60), 5)
    async with database.writing():
        keeping = asyncio.create_task(inbox.keep(said("ana", "1")))
        giving_way = asyncio.create_task(inbox.give_way(60))
        await inbox.give_way(0.01)
        assert not giving_way.done()

    await asyncio.wait_for(giving_way, 5)

    assert await keeping is True
    await inbox.close()
    await database.close()


async def test_an_event_is_kept_before_other_work_that_waited_longer(
    sqlite_url: str, cipher: KeyRingCipher
) -> None:
    database = Database(sqlite_url)
    inbox = SqlInbox(database, cipher, FakeClock(NOW))
    done: list[str] = []

    async def work(name: str) -> None:
        async with database.writing():
            done.append(name)

    async def keep() -> None:
        await inbox.keep(said("ana", "1"))
        done.append("event")

    async with database.writing():
        working = [asyncio.create_task(work(str(number))) for number in range(9)]
        await asyncio.sleep(0)
        working.append(asyncio.create_task(keep()))
        await asyncio.sleep(0.01)
    await asyncio.gather(*working)

    assert "event" in done[:2]
    assert [name for name in done if name != "event"] == [str(number) for number in range(9)]
    await inbox.close()
    await database.close()


async def test_what_was_answered_at_once_is_written_down_together(
    database: Database, inbox: SqlInbox
) -> None:
    for number in range(9):
        await inbox.keep(said(f"p{number}", str(number)))
    claimed = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    commits: list[object] = []
    engine_event.listen(database.engine.sync_engine, "commit", commits.append)

    await asyncio.gather(*[inbox.answered(kept.id) for kept in claimed])

    assert len(commits) == 2
    assert (await inbox.waiting()).events == 0


async def test_an_answer_that_could_not_be_written_down_is_with_the_next(
    database: Database, inbox: SqlInbox
) -> None:
    for name in ("ana", "ben"):
        await inbox.keep(said(name, name))
    first, second = await inbox.claim(["console"], "me", NOW, LEASE, 10)
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    with pytest.raises(DBAPIError):
        await inbox.answered(first.id)
    async with database.writing() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO inbox"))

    await inbox.answered(second.id)

    assert (await inbox.waiting()).events == 0


async def test_replicas_claim_no_event_twice_and_no_person_at_once(
    database: Database, inbox: SqlInbox, cipher: KeyRingCipher
) -> None:
    people = [f"p{number}" for number in range(10)]
    await asyncio.gather(
        *[inbox.keep(said(name, f"{name}-{turn}")) for turn in range(6) for name in people]
    )
    at_work: set[str] = set()
    handled: list[str] = []

    async def serve(owner: str) -> None:
        replica = Database(database.url.render_as_string(hide_password=False))
        own = SqlInbox(replica, cipher, FakeClock(NOW))
        while len(handled) < 60:
            for kept in await own.claim(["console"], owner, NOW, LEASE, 3):
                name = kept.event.actor.name
                assert name not in at_work
                at_work.add(name)
                handled.append(kept.event.event_id)
                await asyncio.sleep(0)
                at_work.remove(name)
                await own.answered(kept.id)
        await replica.close()

    async with asyncio.timeout(60):
        await asyncio.gather(*[serve(f"r{number}") for number in range(4)])

    assert sorted(handled) == sorted(f"{name}-{turn}" for turn in range(6) for name in people)
    assert all(
        [event_id for event_id in handled if event_id.startswith(f"{name}-")]
        == [f"{name}-{turn}" for turn in range(6)]
        for name in people
    )
