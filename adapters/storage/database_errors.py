"""Why a database can't be used, in sentences that tell the host what to do.

DatabaseError
├── DatabaseAddressError      what is set is no address of a database
├── DatabaseNewerError        a newer release has changed its tables
├── DatabaseUnreachableError  nothing answers there, or it lets nobody in
├── DatabaseReadOnlyError     it can be read, but not changed
├── DatabaseDamagedError      the file is no database, or is broken
└── WrongKeysError            it was written with other keys
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.domain.errors import CairnError

_LOWEST_BYTE = 0xFF
"""SQLite's extended codes have the plain code there."""

_UNREACHABLE_STATES = ("08", "28", "3D", "53", "57P")
"""PostgreSQL's classes of SQLSTATE: connection, authorisation, catalogue, resources, shut down."""

_OUT_OF_TIME = ("55P03", "57014")
"""PostgreSQL's SQLSTATE for a lock, and for a statement, that took too long."""

_READ_ONLY_STATES = ("25006", "42501")
"""PostgreSQL's SQLSTATE for a read-only transaction, and for a right that is missing."""


class DatabaseError(CairnError):
    """The database can't be used."""


class DatabaseAddressError(DatabaseError):
    """What is set can't be read as an address; it is not shown, since it may hold a password."""

    def __init__(self) -> None:
        super().__init__(
            "CAIRN_DATABASE_URL can't be read. Write it like sqlite:////srv/cairn/cairn.db or "
            "postgresql://user:password@host:5432/cairn."
        )


class DatabaseNewerError(DatabaseError):
    """The tables have a revision that this release does not know."""

    def __init__(self, where: str, revision: str) -> None:
        super().__init__(
            f"The database {where} was last used by a newer release of Cairn (its revision is "
            f"{revision}). Run that release or a later one, or restore a backup made before it."
        )


class DatabaseUnreachableError(DatabaseError):
    """No connection can be made."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"The database {where} can't be opened: {detail}. "
            "Check CAIRN_DATABASE_URL, and that the server runs or the folder exists."
        )


class DatabaseReadOnlyError(DatabaseError):
    """Nothing can be written."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"The database {where} can't be written: {detail}. Give the user that Cairn runs as "
            "the right to write to it (on SQLite to its folder too)."
        )


class DatabaseDamagedError(DatabaseError):
    """What is there can't be trusted."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(
            f"The database {where} is damaged or not a database at all: {detail}. "
            "Check CAIRN_DATABASE_URL, or bring back a backup."
        )


class WrongKeysError(DatabaseError):
    """The host's keys open nothing that is there."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The database {where} was written with other keys. Put back the keys that it was "
            "written with (CAIRN_KEYS; for a demo the file `keys` in its folder)."
        )


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what the drivers raise into the errors above, where they fit."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        kind = _kind_of(error)
        if kind is None:
            raise
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise kind(shown(url), _one_line(cause)) from error


def is_unavailable(error: DBAPIError | PoolTimeoutError) -> bool:
    """Whether the database is gone, or did not answer in time: nothing is wrong with the asking."""
    if isinstance(error, PoolTimeoutError) or error.connection_invalidated:
        return True
    if _kind_of(error) is DatabaseUnreachableError:
        return True
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(state, str) and state.startswith(_OUT_OF_TIME)


def shown(url: URL) -> str:
    """A database's address without its password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


_Kind = type[DatabaseUnreachableError] | type[DatabaseReadOnlyError] | type[DatabaseDamagedError]


def _kind_of(error: DBAPIError | OSError) -> _Kind | None:
    if isinstance(error, OSError):
        is_refused = isinstance(error, PermissionError)
        return DatabaseReadOnlyError if is_refused else DatabaseUnreachableError
    if isinstance(error.orig, sqlite3.Error):
        return _kind_of_sqlite(getattr(error.orig, "sqlite_errorcode", 0))
    return _kind_of_postgresql(error)


def _kind_of_sqlite(code: int) -> _Kind | None:
    match code & _LOWEST_BYTE:
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return DatabaseDamagedError
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return DatabaseReadOnlyError
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_BUSY:
            return DatabaseUnreachableError
        case _:
            return None


def _kind_of_postgresql(error: DBAPIError) -> _Kind | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return DatabaseUnreachableError if isinstance(error, OperationalError) else None
    if state.startswith(_UNREACHABLE_STATES):
        return DatabaseUnreachableError
    return DatabaseReadOnlyError if state in _READ_ONLY_STATES else None


def _one_line(cause: BaseException | None) -> str:
    return " ".join(str(cause).split()).rstrip(".")
