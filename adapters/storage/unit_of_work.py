"""The unit of work: one connection's repositories."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.compass import SqlCompass
from adapters.storage.database import Database
from adapters.storage.database_errors import is_unavailable
from adapters.storage.deliveries import SqlDeliveries
from adapters.storage.inbox import SqlHandled
from adapters.storage.letters import SqlLetters
from adapters.storage.linking import SqlLinking
from adapters.storage.mentoring import SqlMentoring
from adapters.storage.people import SqlAccounts, SqlMemberships, SqlPlaces
from adapters.storage.programmes import SqlProgrammes
from adapters.storage.prompts import SqlPrompts
from adapters.storage.pruning import SqlPruning
from adapters.storage.reflections import SqlReflections
from adapters.storage.schedules import SqlSchedules
from adapters.storage.sealing import Sealing
from bot.ports.cipher import Cipher
from bot.ports.storage import StorageUnavailableError


class SqlUnitOfWork:
    """One transaction, with a repository for each aggregate."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        """Bind every repository to the connection."""
        sealing = Sealing(connection, cipher)
        self.programmes = SqlProgrammes(connection)
        self.accounts = SqlAccounts(connection, cipher)
        self.memberships = SqlMemberships(connection)
        self.places = SqlPlaces(connection)
        self.prompts = SqlPrompts(connection)
        self.schedules = SqlSchedules(connection)
        self.deliveries = SqlDeliveries(connection)
        self.reflections = SqlReflections(connection, sealing)
        self.compass = SqlCompass(connection, sealing)
        self.mentoring = SqlMentoring(connection, sealing)
        self.letters = SqlLetters(connection, sealing)
        self.linking = SqlLinking(connection)
        self.pruning = SqlPruning(connection)
        self.inbox = SqlHandled(connection, cipher)


class SqlStorage:
    """Opens units of work on a database."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        """Take an open database and the cipher for everything sealed."""
        self._database = database
        self._cipher = cipher

    @asynccontextmanager
    async def work(self) -> AsyncIterator[SqlUnitOfWork]:
        """A unit of work that is committed at the end of the block, or undone if it raises."""
        with _saying_if_it_is_gone():
            async with self._database.writing() as connection:
                yield SqlUnitOfWork(connection, self._cipher)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnitOfWork]:
        """A unit of work for reading only."""
        with _saying_if_it_is_gone():
            async with self._database.reading() as connection:
                yield SqlUnitOfWork(connection, self._cipher)


@contextmanager
def _saying_if_it_is_gone() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        if not is_unavailable(error):
            raise
        # not the error's own text: it shows what was to be written
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StorageUnavailableError(type(cause).__name__) from error
