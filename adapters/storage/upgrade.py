"""Brings the database to the shape that this release needs, and tells whether it has it.

Alembic takes longer to import than all else at start, so it is only when there is work for it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, column, false, func, inspect, select, table, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.storage.database import Database
from adapters.storage.database_errors import (
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseUnreachableError,
    explained,
    shown,
)

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "f4a81d0e6b35"
"""The newest migration; a test compares it with the folder."""

_LOCK = 0x6361_6972_6E00
"""The number of PostgreSQL's lock under which tables are changed."""

_VERSION = table("alembic_version", column("version_num"))
_TOUCH = update(_VERSION).values(version_num=_VERSION.c.version_num).where(false())


async def upgrade(database: Database) -> None:
    """Run the migrations that are missing; safe in many processes at once.

    Raises `DatabaseError`.
    """
    with explained(database.url):
        _make_folder(database)
        async with database.writing() as connection:
            revision = await _revision(connection)
            if revision == HEAD:
                # changes nothing, but is refused by a database that can't be written
                await connection.execute(_TOUCH)
                return
        _require_known(revision, database)
        async with migrating(database.engine) as connection:
            await connection.run_sync(_to_head)


async def check(database: Database) -> str:
    """Say in a sentence how the database stands.

    Raises `DatabaseError` if it can't be reached, is newer than this release, or is damaged.
    """
    with explained(database.url):
        _require_file(database)
        async with database.reading() as connection:
            revision = await _revision(connection)
            if database.is_sqlite:
                await _require_sound(connection, database)
    if revision == HEAD:
        return f"The database {shown(database.url)} is sound and up to date ({HEAD})."
    _require_known(revision, database)
    return (
        f"The database {shown(database.url)} is sound and at revision {revision or 'none'}; "
        f"this release needs {HEAD}. `cairn db upgrade` and every start of Cairn bring it there."
    )


def _require_file(database: Database) -> None:
    # to open an SQLite file that is not there would make an empty one
    path = database.url.database
    if database.is_sqlite and path and path != ":memory:" and not Path(path).exists():
        raise DatabaseUnreachableError(shown(database.url), "there is no such file")


@asynccontextmanager
async def migrating(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which tables may be changed, by one process at a time."""
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            async with _alone_on_sqlite(connection):
                yield connection
        else:
            async with _alone_on_postgresql(connection):
                yield connection


@asynccontextmanager
async def _alone_on_sqlite(connection: AsyncConnection) -> AsyncIterator[None]:
    # Alembic changes a table by building it anew; the foreign keys would take its children along
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        async with connection.begin():
            yield
            await _require_no_orphans(connection)
    finally:
        await driver.execute("PRAGMA foreign_keys=ON")


@asynccontextmanager
async def _alone_on_postgresql(connection: AsyncConnection) -> AsyncIterator[None]:
    # another replica's migration, and our own, may take their time
    await connection.execute(text("SET statement_timeout = 0"))
    await connection.execute(text("SET lock_timeout = 0"))
    await connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
    await connection.execute(select(func.pg_advisory_lock(_LOCK)))
    await connection.commit()
    try:
        yield
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.execute(select(func.pg_advisory_unlock(_LOCK)))
        await connection.execute(text("RESET ALL"))
        await connection.commit()


def configuration() -> "Config":
    """Alembic's configuration, which also works where Cairn was installed from a wheel."""
    from alembic.config import Config

    config = Config()
    # the option is read with interpolation
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return config


def _to_head(connection: Connection) -> None:
    from alembic import command

    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _revision(connection: AsyncConnection) -> str | None:
    def has_version(sync: Connection) -> bool:
        return inspect(sync).has_table(_VERSION.name)

    if not await connection.run_sync(has_version):
        return None
    return (await connection.execute(select(_VERSION))).scalar_one_or_none()


def _require_known(revision: str | None, database: Database) -> None:
    if revision is None:
        return
    from alembic.script import ScriptDirectory

    known = ScriptDirectory.from_config(configuration()).walk_revisions()
    if revision not in {script.revision for script in known}:
        raise DatabaseNewerError(shown(database.url), revision)


def _make_folder(database: Database) -> None:
    name = database.url.database
    if database.is_sqlite and name and name != ":memory:" and "uri" not in database.url.query:
        Path(name).parent.mkdir(parents=True, exist_ok=True)


async def _require_sound(connection: AsyncConnection, database: Database) -> None:
    found = (await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one()
    if found != "ok":
        raise DatabaseDamagedError(shown(database.url), " ".join(found.split()))
    await _require_no_orphans(connection)


async def _require_no_orphans(connection: AsyncConnection) -> None:
    orphan = (await connection.execute(text("PRAGMA foreign_key_check"))).first()
    if orphan is not None:
        where = shown(connection.engine.url)
        raise DatabaseDamagedError(where, f"a row of {orphan[0]} points to none of {orphan[2]}")
