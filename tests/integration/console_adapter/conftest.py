"""A console over a fresh log and a small core."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.console_adapter.fake_core import Console, FakeCore


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def open_console(tmp_path: Path, core: FakeCore) -> Iterator[Callable[[], Console]]:
    """Opens the console over the same log; what was open before is closed, as by a kill."""
    opened: list[Console] = []

    def start() -> Console:
        for console in opened:
            console.close()
        opened.append(Console(tmp_path / "data" / "console.log", core))
        return opened[-1]

    yield start
    for console in opened:
        console.close()


@pytest.fixture
def console(open_console: Callable[[], Console]) -> Console:
    return open_console()
