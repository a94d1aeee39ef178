"""Every contract is run over the fake, SQLite and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from adapters.crypto.ring import KeyRingCipher
from adapters.storage.database import Database
from adapters.storage.unit_of_work import SqlStorage
from bot.ports.storage import Storage
from tests.fakes.storage import InMemoryStorage


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
async def storage(request: pytest.FixtureRequest, cipher: KeyRingCipher) -> AsyncIterator[Storage]:
    if request.param == "fake":
        yield InMemoryStorage()
        return
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield SqlStorage(database, cipher)
    await database.close()
