"""Starting on every kind of database: empty, current, newer, out of reach, read-only, broken."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import OperationalError

from adapters.storage.database import Database
from adapters.storage.database_errors import (
    DatabaseDamagedError,
    DatabaseNewerError,
    DatabaseReadOnlyError,
    DatabaseUnreachableError,
)
from adapters.storage.tables import metadata
from adapters.storage.upgrade import HEAD, check, upgrade

ROOT = Path(__file__).parents[2]
NOBODY = 65534

UPGRADE = """
import asyncio, os, sys
from adapters.storage.database import Database
from adapters.storage.database_errors import DatabaseError
from adapters.storage.upgrade import upgrade

async def main():
    database = Database(sys.argv[1])
    if len(sys.argv) > 2:
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    try:
        await upgrade(database)
    except DatabaseError as error:
        print(type(error).__name__, error)
    finally:
        await database.close()
    print("alembic" in sys.modules)

asyncio.run(main())
"""


def start(*arguments: str) -> subprocess.Popen[str]:
    """Upgrade in a process: a URL, and perhaps the number of the user to become."""
    return subprocess.Popen(
        [sys.executable, "-c", UPGRADE, *arguments],
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def tables_of(url: str) -> set[str]:
    database = Database(url)
    async with database.reading() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.close()
    return set(names)


async def upgraded(url: str) -> None:
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


async def checked(url: str) -> str:
    database = Database(url)
    try:
        return await check(database)
    finally:
        await database.close()


async def test_an_empty_database_is_brought_up_to_date(empty_database_url: str) -> None:
    assert "at revision none" in await checked(empty_database_url)
    await upgraded(empty_database_url)
    await upgraded(empty_database_url)

    assert await tables_of(empty_database_url) == {"alembic_version", *metadata.tables}
    assert f"up to date ({HEAD})" in await checked(empty_database_url)


async def test_folders_are_made(tmp_path: Path) -> None:
    await upgraded(f"sqlite:///{tmp_path / 'new' / 'folder' / '100%' / 'cairn.db'}")

    assert (tmp_path / "new" / "folder" / "100%" / "cairn.db").exists()


async def test_a_database_in_memory_is_brought_up_to_date() -> None:
    database = Database("sqlite://")
    await upgrade(database)
    sentence = await check(database)
    await database.close()

    assert "up to date" in sentence


def test_a_start_without_news_does_not_wait_for_alembic(database_url: str) -> None:
    out, err = start(database_url).communicate()

    assert (out.split(), err) == (["False"], "")


async def test_four_processes_upgrade_at_once(empty_database_url: str) -> None:
    processes = [start(empty_database_url) for _ in range(4)]
    outputs = [process.communicate() for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert await tables_of(empty_database_url) == {"alembic_version", *metadata.tables}
    assert "up to date" in await checked(empty_database_url)


async def test_a_newer_database_is_left_alone(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = 'f00f00f00f00'"))

    with pytest.raises(DatabaseNewerError, match=r"newer release of Cairn.*f00f00f00f00.*backup"):
        await upgrade(database)
    with pytest.raises(DatabaseNewerError):
        await check(database)


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE stone (id INTEGER)"))

    with pytest.raises(Exception, match=r"stone.*already exists"):
        await upgrade(database)
    await database.close()

    assert await tables_of(empty_database_url) == {"stone"}
    # the lock is free again: a second try fails alike, and at once
    _, problem = start(empty_database_url).communicate(timeout=60)
    assert "already exists" in problem


# --- out of reach ---


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def test_no_server(closed_port: int) -> None:
    url = f"postgresql://cairn:secret@127.0.0.1:{closed_port}/cairn"

    with pytest.raises(DatabaseUnreachableError, match="CAIRN_DATABASE_URL") as caught:
        await upgraded(url)

    assert f"127.0.0.1:{closed_port}" in str(caught.value)
    assert "secret" not in str(caught.value)
    with pytest.raises(DatabaseUnreachableError):
        await checked(url)


async def test_no_such_database(empty_postgresql_url: str) -> None:
    url = make_url(empty_postgresql_url).set(database="nowhere")

    with pytest.raises(DatabaseUnreachableError, match='"nowhere" does not exist'):
        await upgraded(url.render_as_string(hide_password=False))


async def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError, match="unable to open database file"):
        await upgraded(f"sqlite:///{tmp_path}")


async def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseUnreachableError, match=r"Not a directory|File exists"):
        await upgraded(f"sqlite:///{tmp_path / 'file' / 'cairn.db'}")


# --- read-only ---


@pytest.mark.parametrize("kind", ["sqlite_url", "empty_sqlite_url"])
async def test_a_sqlite_file_that_is_opened_to_read_only(
    request: pytest.FixtureRequest, kind: str
) -> None:
    path = request.getfixturevalue(kind).removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()

    with pytest.raises(DatabaseReadOnlyError, match=r"readonly.*right to write"):
        await upgraded(f"sqlite:///file:{path}?mode=ro&uri=true")


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that everybody may enter and nobody may write; a test's own is closed to others."""
    folder = Path(tempfile.mkdtemp())
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_that_may_not_be_written(
    shared_folder: Path, sqlite_template: Path, is_there: bool
) -> None:
    if is_there:
        shutil.copy(sqlite_template, shared_folder / "cairn.db")
        (shared_folder / "cairn.db").chmod(0o444)
        name = "cairn.db"
    else:
        name = "deeper/cairn.db"
    shared_folder.chmod(0o555)
    # rights don't bind root, who has to become somebody else
    user = [str(NOBODY)] if os.geteuid() == 0 else []

    out, err = start(f"sqlite:///{shared_folder / name}", *user).communicate()

    assert out.startswith("DatabaseReadOnlyError "), (out, err)
    assert "right to write" in out


async def test_a_server_that_is_read_only(postgresql_url: str) -> None:
    url = make_url(postgresql_url).update_query_dict(
        {"options": "-c default_transaction_read_only=on"}
    )

    with pytest.raises(DatabaseReadOnlyError, match="read-only transaction"):
        await upgraded(url.render_as_string(hide_password=False))


async def test_a_role_that_may_not_make_tables(empty_postgresql_url: str) -> None:
    database = Database(empty_postgresql_url)
    async with database.writing() as connection:
        await connection.execute(text("CREATE ROLE guest LOGIN"))
    url = make_url(empty_postgresql_url).set(username="guest")

    with pytest.raises(DatabaseReadOnlyError, match="permission denied"):
        await upgraded(url.render_as_string(hide_password=False))

    async with database.writing() as connection:
        await connection.execute(text("DROP ROLE guest"))
    await database.close()


# --- damaged ---


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 1000)
    return path


async def test_a_text_file_is_no_database(notes: Path) -> None:
    with pytest.raises(DatabaseDamagedError, match=r"not a database.*backup"):
        await upgraded(f"sqlite:///{notes}")
    with pytest.raises(DatabaseDamagedError):
        await checked(f"sqlite:///{notes}")


@pytest.fixture
def broken_url(sqlite_url: str) -> str:
    """A database of which every other page begins with nonsense."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    for page in range(3, len(content) // 4096, 2):
        content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(content)
    return sqlite_url


async def test_a_broken_file_is_found_by_the_check(broken_url: str) -> None:
    with pytest.raises(DatabaseDamagedError, match="damaged"):
        await checked(broken_url)


async def test_a_row_that_points_nowhere_is_found_by_the_check(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute(
            "INSERT INTO why (author_id, text_sealed, written_at) VALUES (7, x'00', '2026-01-01')"
        )
    connection.close()

    with pytest.raises(DatabaseDamagedError, match="a row of why points to none of account"):
        await checked(sqlite_url)


async def test_an_error_of_our_own_is_not_explained_away(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))

    with pytest.raises(Exception, match="already exists") as caught:
        await upgrade(database)

    assert isinstance(caught.value, OperationalError) or "Duplicate" in str(caught.value)
