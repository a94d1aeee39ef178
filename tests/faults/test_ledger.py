"""Nothing is lost and nothing comes twice, whatever fails in whatever order."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.unit_of_work import SqlStorage
from bot.ports.storage import Storage
from tests.conftest import PostgresServer
from tests.faults.machine import BrokenAssumptions, LedgerMachine

MACHINES = (LedgerMachine, BrokenAssumptions)


def examples(count: int, thorough: int, steps: int = 40) -> settings:
    """So many runs, by the profile."""
    is_thorough = settings.default is not None and settings.default.max_examples >= 1000
    return settings(
        max_examples=thorough if is_thorough else count,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def on_database(kind: type[LedgerMachine], url: Callable[[], str], cipher: KeyRingCipher) -> type:
    """The machine on a database of its own for each run."""

    class OnDatabase(kind):  # type: ignore[misc, valid-type]
        async def open_storage(self) -> Storage:
            self.database = Database(url())
            return SqlStorage(self.database, cipher)

        async def close_storage(self) -> None:
            await self.database.close()

    return OnDatabase


@pytest.mark.parametrize("machine", MACHINES)
def test_in_memory(machine: type[LedgerMachine]) -> None:
    run_state_machine_as_test(machine, settings=examples(25, 1500))


@pytest.mark.parametrize("machine", MACHINES)
def test_on_sqlite(
    machine: type[LedgerMachine], sqlite_template: Path, tmp_path: Path, cipher: KeyRingCipher
) -> None:
    def fresh() -> str:
        path = tmp_path / "ledger.db"
        for old in tmp_path.glob("ledger.db*"):
            old.unlink()
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    on_sqlite = on_database(machine, fresh, cipher)
    run_state_machine_as_test(on_sqlite, settings=examples(3, 100))


@pytest.mark.parametrize("machine", MACHINES)
def test_on_postgresql(
    machine: type[LedgerMachine], postgresql_server: PostgresServer, cipher: KeyRingCipher
) -> None:
    made: list[str] = []

    def fresh() -> str:
        while made:
            postgresql_server.drop(made.pop())
        made.append(postgresql_server.create(template="cairn_template"))
        return made[0]

    there = on_database(machine, fresh, cipher)
    run_state_machine_as_test(there, settings=examples(2, 40))
