"""What adapters keep of communities: installations, waits, and who listens to them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, update

from adapters.storage.database import Database
from adapters.storage.tables import call_wait, installation, leader, presence
from adapters.storage.upserting import insert_into
from bot.ports.cipher import Cipher


class SqlInstallations:
    """`Installations`, sealed with the host's ring."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        """Take an open database and the cipher."""
        self._database = database
        self._cipher = cipher

    async def save(self, platform: str, community: str, content: bytes) -> None:
        """Upsert the record, and open the lock."""
        now = {"content_sealed": self._cipher.seal(content), "locked_until": None}
        async with self._database.writing() as connection:
            await connection.execute(
                insert_into(connection, installation)
                .values(platform=platform, community=community, **now)
                .on_conflict_do_update(index_elements=["platform", "community"], set_=now)
            )

    async def find(self, platform: str, community: str) -> bytes | None:
        """Select and unseal the record."""
        query = select(installation.c.content_sealed).where(
            _is_of(installation, platform, community)
        )
        async with self._database.reading() as connection:
            sealed = (await connection.execute(query)).scalar_one_or_none()
        return None if sealed is None else self._cipher.unseal(sealed)

    async def communities(self, platform: str) -> tuple[str, ...]:
        """Select the ids."""
        query = (
            select(installation.c.community)
            .where(installation.c.platform == platform)
            .order_by(installation.c.community)
        )
        async with self._database.reading() as connection:
            return tuple((await connection.execute(query)).scalars())

    async def delete(self, platform: str, community: str) -> None:
        """Delete the record."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(installation).where(_is_of(installation, platform, community))
            )

    async def lock(self, platform: str, community: str, now: datetime, until: datetime) -> bool:
        """Take the lock if it is free or has run out."""
        free = or_(installation.c.locked_until.is_(None), installation.c.locked_until <= now)
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(installation)
                .where(_is_of(installation, platform, community), free)
                .values(locked_until=until)
            )
        return taken.rowcount == 1


class SqlWaits:
    """`Waits` in one table."""

    def __init__(self, database: Database) -> None:
        """Take an open database."""
        self._database = database

    async def set(self, platform: str, community: str, method: str, until: datetime) -> None:
        """Upsert the wait."""
        async with self._database.writing() as connection:
            statement = insert_into(connection, call_wait).values(
                platform=platform, community=community, method=method, until=until
            )
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["platform", "community", "method"],
                    set_={"until": until},
                    where=call_wait.c.until < until,
                )
            )

    async def running(self, platform: str, now: datetime) -> Mapping[tuple[str, str], datetime]:
        """Select what has not ended."""
        query = select(call_wait.c.community, call_wait.c.method, call_wait.c.until).where(
            call_wait.c.platform == platform, call_wait.c.until > now
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(query)
        return {(row.community, row.method): row.until for row in rows}


class SqlPresence:
    """`Presence` in one row a platform."""

    def __init__(self, database: Database) -> None:
        """Take an open database."""
        self._database = database

    async def listening(self, platform: str, at: datetime) -> None:
        """Upsert the moment; an earlier one changes nothing."""
        async with self._database.writing() as connection:
            await connection.execute(
                insert_into(connection, presence)
                .values(platform=platform, listened_at=at)
                .on_conflict_do_update(
                    index_elements=["platform"],
                    set_={"listened_at": at},
                    where=presence.c.listened_at < at,
                )
            )

    async def last(self, platform: str) -> datetime | None:
        """Select the moment."""
        query = select(presence.c.listened_at).where(presence.c.platform == platform)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one_or_none()


class SqlLeadership:
    """`Leadership` in one row a platform."""

    def __init__(self, database: Database) -> None:
        """Take an open database."""
        self._database = database

    async def lead(self, platform: str, owner: str, now: datetime, until: datetime) -> bool:
        """Upsert the lease, if it is free, has run out or is this process's own."""
        async with self._database.writing() as connection:
            taken = await connection.execute(
                insert_into(connection, leader)
                .values(platform=platform, owner=owner, until=until)
                .on_conflict_do_update(
                    index_elements=["platform"],
                    set_={"owner": owner, "until": until},
                    where=or_(leader.c.owner == owner, leader.c.until <= now),
                )
                .returning(leader.c.owner)
            )
            return taken.one_or_none() is not None

    async def resign(self, platform: str, owner: str) -> None:
        """Delete the lease."""
        async with self._database.writing() as connection:
            await connection.execute(
                delete(leader).where(leader.c.platform == platform, leader.c.owner == owner)
            )


def _is_of(table: Table, platform: str, community: str) -> ColumnElement[bool]:
    return and_(table.c.platform == platform, table.c.community == community)
