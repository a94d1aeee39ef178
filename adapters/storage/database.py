"""The engine, and everything in which SQLite and PostgreSQL differ as engines.

SQLite opens no transaction at a SELECT by default and so loses updates silently; here every
transaction begins explicitly, with the write lock (`BEGIN IMMEDIATE`) unless it only reads.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, PoolProxiedConnection, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.storage.database_errors import DatabaseAddressError

_READING = "cairn_reading"
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    # KiB; with the 2 MiB that it comes with, a wave's indexes are read again and again
    "PRAGMA cache_size=-32768",
    # pages, 16 MiB of them; whoever commits waits for the disk each time the log has grown so long
    "PRAGMA wal_autocheckpoint=4000",
)

_PATIENCE = {
    # seconds; a host that is gone answers nothing, and the kernel would try for two minutes
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # milliseconds
    "tcp_user_timeout": 15_000,
    "options": "-c statement_timeout=30s -c lock_timeout=10s"
    " -c idle_in_transaction_session_timeout=60s",
}
"""How long PostgreSQL may take; what stands in the address takes the place of these."""


class Database:
    """Connections to one database, for writing and for reading."""

    def __init__(self, url: str) -> None:
        """Take a database URL, such as `sqlite:///cairn.db` or `postgresql://host/cairn`."""
        self.url = _with_driver(_read(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        # SQLite lets waiting writers poll; one queue a process is fair and quicker
        self._writing = _turns(self.is_sqlite)
        # only one of all the others stands in that queue, so who goes first waits for one at most
        self._others = _turns(self.is_sqlite)

    @asynccontextmanager
    async def writing(self, *, goes_first: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end of the block, or undone if it raises.

        One that `goes_first` waits for no others of this process than the one under way.
        """
        others = nullcontext() if goes_first else self._others
        async with others, self._writing, self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that takes no write lock and is undone at the end."""
        async with self.engine.connect() as connection:
            await connection.execution_options(**{_READING: True, "postgresql_readonly": True})
            yield connection

    async def now(self) -> datetime:
        """What time the database says it is."""
        async with self.engine.connect() as connection:
            query = select(func.clock_timestamp())
            told: datetime = (await connection.execute(query)).scalar_one()
        return told.astimezone(UTC)

    async def close(self) -> None:
        """Close every connection; must run before the event loop ends."""
        await self.engine.dispose()


def _turns(one_at_a_time: bool) -> AbstractAsyncContextManager[object]:
    return asyncio.Lock() if one_at_a_time else nullcontext()


def _read(url: str) -> URL:
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseAddressError from error


def _with_driver(url: URL) -> URL:
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql":
            return url.set(drivername="postgresql+psycopg")
        case other:
            message = f"unsupported database: {other}"
            raise ValueError(message)


def _sqlite_engine(url: URL) -> AsyncEngine:
    # the connection that was used last has its cache still warm; in memory there is only one
    pool = {} if url.database in (None, "", ":memory:") else {"pool_use_lifo": True}
    engine = create_async_engine(url, connect_args={"async_creator_fn": _open_sqlite}, **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _record: PoolProxiedConnection) -> None:
        with ExitStack() as unless_refused:
            # a connection that is not closed keeps its thread
            unless_refused.callback(connection.close)
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in _SQLITE_PRAGMAS:
                cursor.execute(pragma)
            cursor.close()
            unless_refused.pop_all()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(_READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


async def _open_sqlite(*arguments: Any, **options: Any) -> aiosqlite.Connection:
    connection = aiosqlite.connect(*arguments, **options)
    thread = connection._thread  # noqa: SLF001 - there is no other way to it
    # one that is not closed must not keep the program from ending
    thread.daemon = True
    try:
        return await connection
    except sqlite3.Error:
        # it has yet to tell the loop that it ends, and the loop may not live much longer
        await asyncio.to_thread(thread.join)
        raise


def _postgresql_engine(url: URL) -> AsyncEngine:
    given = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    return create_async_engine(
        url,
        connect_args=given,
        pool_size=10,
        max_overflow=5,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_use_lifo=True,
    )
