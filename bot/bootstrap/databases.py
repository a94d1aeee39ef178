"""Looking after a database without running anything on it."""

from adapters.storage.database import Database
from adapters.storage.upgrade import check, upgrade


async def upgrade_database(url: str) -> str:
    """Bring a database up to this release, and say how it stands. Raises `CairnError`."""
    database = Database(url)
    try:
        await upgrade(database)
        return await check(database)
    finally:
        await database.close()


async def check_database(url: str) -> str:
    """Say how a database stands. Raises `CairnError`."""
    database = Database(url)
    try:
        return await check(database)
    finally:
        await database.close()
