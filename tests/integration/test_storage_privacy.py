"""Nobody's words lie in clear in the database, and nothing of them outlives their author."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.tables import metadata, pair
from adapters.storage.unit_of_work import SqlStorage
from bot.domain.compass import StoneKind
from bot.domain.membership import Membership
from bot.domain.mentoring import Search
from bot.domain.prompts import Room, Verdict
from bot.domain.reflection import Via
from bot.ports.storage import UnitOfWork
from tests.cast import NOW, direct, found_town, join, message, person, send_prompt_to


def words(name: str, where: str) -> str:
    return f"words of {name} in {where}"


async def write_all(work: UnitOfWork, author: Membership, mentor: Membership) -> None:
    """Write something wherever someone can write."""
    name, author_id = author.name, author.account_id
    [prompt, *_] = await work.prompts.pool(author.programme_id, Room.DIRECT)
    delivery_id = await send_prompt_to(work, author, prompt.id)
    place_id = author.direct_place_id
    assert place_id is not None
    await work.prompts.rate(place_id, prompt.id, Verdict.NOT_FOR_ME)
    said, compass, mentoring = work.reflections, work.compass, work.mentoring
    number = await said.add(
        author_id,
        via=Via.DIRECT,
        text=words(name, "reflection"),
        at=NOW,
        delivery_id=delivery_id,
        prompt_id=prompt.id,
        message=message(name, "1"),
    )
    await said.append(
        author_id, number, text=words(name, "appended"), at=NOW, message=message(name, "2")
    )
    await said.replace_message(author_id, message(name, "2"), words(name, "edited"), NOW)
    await said.add(author_id, via=Via.DIRECT, text=words(name, "draft"), at=NOW, kept=False)
    await said.react(author_id, delivery_id, "tada", NOW)
    await compass.write_why(author_id, words(name, "why"), NOW)
    await compass.write_vision(author_id, 5, words(name, "vision"), NOW)
    await compass.lay_stone(author_id, kind=StoneKind.PROOF, at=NOW, text=words(name, "stone"))
    await compass.lay_stone(author_id, kind=StoneKind.PROOF, at=NOW, reflection_id=number)
    await mentoring.save_offer(author.id, (f"topic-of-{name}",), 2, NOW)
    await mentoring.save_search(
        Search(
            membership_id=author.id,
            topics=(f"wish-of-{name}",),
            purpose=words(name, "purpose"),
            not_with=frozenset({mentor.id}),
        )
    )
    guild = author.programme_id
    await mentoring.add_request(guild, author.id, mentor.id, words(name, "note"), NOW)
    pair_id = await mentoring.add_pair(guild, mentor.id, author.id, NOW)
    assert pair_id is not None
    await work.letters.add(pair_id, author_id, words(name, "letter"), NOW)
    await mentoring.end_pair(pair_id, author.id, author_id, words(name, "reason"), NOW)


@dataclass
class Town:
    """Two people who have written wherever one can, and a mentor of both."""

    ana: Membership
    bea: Membership
    mia: Membership


@pytest.fixture
async def town(storage: SqlStorage) -> Town:
    async with storage.work() as work:
        guild = await found_town(work)
        mia = await join(work, guild, "mia")
        ana, bea = await join(work, guild, "ana"), await join(work, guild, "bea")
        await work.mentoring.save_offer(mia.id, (), 5, NOW)
        await write_all(work, ana, mia)
        await write_all(work, bea, mia)
    return Town(ana, bea, mia)


async def contents(database: Database) -> AsyncIterator[tuple[str, object]]:
    """Every value of every row, with its table's name."""
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                for value in row:
                    yield table.name, value


def all_bytes(url: str) -> bytes:
    """The bytes of a SQLite database, with whatever lies beside it."""
    path = Path(url.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


@pytest.mark.usefixtures("town")
async def test_no_column_holds_anyones_words_in_clear(database: Database) -> None:
    everything = [(table, str(value)) async for table, value in contents(database)]

    assert any("topic-of-ana" in value for _, value in everything)
    assert [(table, value) for table, value in everything if "words of" in value] == []


async def test_no_file_of_sqlite_holds_anyones_words_in_clear(
    sqlite_url: str, cipher: KeyRingCipher
) -> None:
    database = Database(sqlite_url)
    async with SqlStorage(database, cipher).work() as work:
        guild = await found_town(work)
        mia, ana = await join(work, guild, "mia"), await join(work, guild, "ana")
        await work.mentoring.save_offer(mia.id, (), 5, NOW)
        await write_all(work, ana, mia)
    while_open = all_bytes(sqlite_url)
    await database.close()

    for found in (while_open, all_bytes(sqlite_url)):
        assert b"topic-of-ana" in found
        assert b"words of" not in found


async def test_no_method_gives_another_ones_words(storage: SqlStorage, town: Town) -> None:
    ana, bea = town.ana.account_id, town.bea.account_id
    async with storage.work() as work:
        said, compass = work.reflections, work.compass
        own = await said.of_author(ana)
        assert own
        found = [
            *await said.of_author(bea),
            *[await said.get(bea, one.id) for one in own],
            await said.by_message(bea, message("ana", "1")),
            await said.latest(bea, Via.DIRECT, NOW - timedelta(days=1), None),
            await said.latest(bea, Via.DIRECT, NOW - timedelta(days=1), own[0].delivery_id),
            *await said.reactions(bea),
            *await compass.whys(bea),
            *await compass.visions(bea),
            *await compass.stones(bea),
            *await work.letters.of_author(bea),
        ]
        stranger = await work.accounts.seen(person("stranger"))
        nothing = [
            *await said.of_author(stranger.id),
            *await said.reactions(stranger.id),
            *await compass.whys(stranger.id),
            *await compass.visions(stranger.id),
            *await compass.stones(stranger.id),
        ]

    assert nothing == []
    assert "words of bea" in str(found)
    assert "words of ana" not in str(found)


async def test_nobody_changes_another_ones_words(storage: SqlStorage, town: Town) -> None:
    ana, bea = town.ana.account_id, town.bea.account_id
    async with storage.work() as work:
        said, compass = work.reflections, work.compass
        before = (await said.of_author(ana), await compass.stones(ana), await said.reactions(ana))
        numbers = [one.id for one in before[0]]
        changes = [
            await said.replace_message(bea, message("ana", "1"), "x", NOW),
            await said.delete_message(bea, message("ana", "1")),
            *[await said.replace(bea, number, "x", NOW) for number in numbers],
            *[await said.keep(bea, number) for number in numbers],
            *[await said.delete(bea, number) for number in numbers],
            *[await compass.change_stone(bea, one.id, StoneKind.SKILL) for one in before[1]],
        ]
        await compass.write_why(bea, "Hers.", NOW)
        await compass.write_vision(bea, 5, "Hers.", NOW)
        after = (await said.of_author(ana), await compass.stones(ana), await said.reactions(ana))
        whys = await compass.whys(ana)

    assert not any(changes)
    assert after == before
    assert whys[0].replaced_at is None


async def test_an_erased_person_leaves_no_row(
    storage: SqlStorage, database: Database, town: Town
) -> None:
    before = await _counts(database)
    async with storage.work() as work:
        await work.accounts.erase(town.ana.account_id)

    after = await _counts(database)
    gone = {table: before[table] - after[table] for table in before}
    assert {table: count for table, count in gone.items() if count} == ROWS_OF_ONE
    everything = [str(value) async for _, value in contents(database)]
    assert not [value for value in everything if value == "ana" or "-ana" in value]
    async with storage.reading() as work:
        assert len(await work.reflections.of_author(town.bea.account_id)) == 1
        assert len(await work.compass.stones(town.bea.account_id)) == 2
        assert await work.places.find(direct("bea")) == town.bea.direct_place_id
        offer = await work.mentoring.offer_of(town.mia.id)
    assert offer is not None


ROWS_OF_ONE = {
    "account": 1,
    "delivery": 1,
    "letter": 1,
    "membership": 1,
    "mentor_offer": 1,
    "mentor_request": 1,
    "mentor_search": 1,
    "mentor_search_not_with": 1,
    "pair": 1,
    "place": 1,
    "prompt_verdict": 1,
    "reaction": 1,
    "reflection": 2,
    "reflection_part": 3,
    "stone": 2,
    "vision": 1,
    "why": 1,
}
"""What `write_all` and joining make; every other table keeps all of its rows."""


async def test_the_reason_of_someone_outside_the_pair_goes_with_them(
    storage: SqlStorage, database: Database, town: Town
) -> None:
    async with storage.work() as work:
        outsider = await work.accounts.seen(person("stranger"))
        [guild] = {town.mia.programme_id}
        member = await work.memberships.ensure(outsider.id, guild)
        number = await work.mentoring.add_pair(guild, town.mia.id, town.ana.id, NOW)
        assert number is not None
        await work.mentoring.end_pair(number, member.id, outsider.id, "Because.", NOW)
        await work.accounts.erase(outsider.id)

    async with database.reading() as connection:
        query = select(pair.c.reason_sealed, pair.c.reason_author_id, pair.c.ended_at)
        row = (await connection.execute(query.where(pair.c.id == number))).one()
    assert tuple(row) == (None, None, NOW)


async def test_no_byte_of_an_erased_person_stays_in_sqlite(
    sqlite_url: str, cipher: KeyRingCipher
) -> None:
    database = Database(sqlite_url)
    storage = SqlStorage(database, cipher)
    async with storage.work() as work:
        guild = await found_town(work)
        mia = await join(work, guild, "mia")
        ana, bea = await join(work, guild, "ana"), await join(work, guild, "bea")
        await work.mentoring.save_offer(mia.id, (), 5, NOW)
        await write_all(work, ana, mia)
        await write_all(work, bea, mia)
    hers = await _sealed(database, ana)
    kept = await _sealed(database, bea)
    assert len(hers) == len(kept) == KEYS_AND_TEXTS
    await _checkpoint(database)
    assert all(value in all_bytes(sqlite_url) for value in [*hers, *kept])

    async with storage.work() as work:
        await work.accounts.erase(ana.account_id)
    await _checkpoint(database)

    left = all_bytes(sqlite_url)
    await database.close()
    assert [value for value in hers if value in left] == []
    assert all(value in left for value in kept)
    assert b"topic-of-ana" not in left
    assert b"topic-of-bea" in left


KEYS_AND_TEXTS = 11
"""A key; three parts; a why, a vision, a stone; a purpose, a note, a letter, a reason."""


async def _sealed(database: Database, member: Membership) -> list[bytes]:
    """The key and every sealed text of a member."""
    async with database.reading() as connection:
        queries = [
            f"SELECT wrapped_key FROM account WHERE id = {member.account_id}",
            "SELECT text_sealed FROM reflection_part JOIN reflection ON reflection.id = "
            f"reflection_id WHERE author_id = {member.account_id}",
            f"SELECT text_sealed FROM why WHERE author_id = {member.account_id}",
            f"SELECT text_sealed FROM vision WHERE author_id = {member.account_id}",
            f"SELECT text_sealed FROM stone WHERE author_id = {member.account_id} "
            "AND text_sealed IS NOT NULL",
            f"SELECT purpose_sealed FROM mentor_search WHERE membership_id = {member.id}",
            f"SELECT note_sealed FROM mentor_request WHERE mentee_id = {member.id}",
            f"SELECT text_sealed FROM letter WHERE author_id = {member.account_id}",
            f"SELECT reason_sealed FROM pair WHERE reason_author_id = {member.account_id}",
        ]
        rows = [await connection.execute(text(query)) for query in queries]
        return [value for result in rows for value in result.scalars()]


async def _checkpoint(database: Database) -> None:
    """Write the log back into the file, as SQLite does by itself now and then."""
    await database.close()
    with sqlite3.connect(str(database.url.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def _counts(database: Database) -> dict[str, int]:
    counts = dict.fromkeys(metadata.tables, 0)
    async with database.reading() as connection:
        for table in metadata.sorted_tables:
            counts[table.name] = len((await connection.execute(select(table))).all())
    return counts
