"""What Alembic runs: on the connection that it is handed, or on the database of the settings."""

import asyncio
import os
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import Database
from adapters.storage.tables import metadata
from adapters.storage.types import Id, UtcDateTime
from adapters.storage.upgrade import migrating

DEFAULT_URL = "sqlite:///cairn.db"


def render_item(kind: str, item: object, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write our own column types by name; False leaves an item to Alembic."""
    if kind != "type":
        return False
    if item is not Id and not isinstance(item, UtcDateTime):
        return False
    autogenerate.imports.add("from adapters.storage import types")
    return "types.Id" if item is Id else "types.UtcDateTime()"


def migrate(connection: Connection) -> None:
    """Run what was asked for on an open connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        # Alembic takes SQLite for a database without transactional DDL; with BEGIN it has it
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect(engine: AsyncEngine) -> None:
    """Open a connection of our own and migrate."""
    async with migrating(engine) as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


given = context.config.attributes.get("connection")
match given:
    case Connection():
        migrate(given)
    case AsyncEngine():
        asyncio.run(connect(given))
    case _:
        url = os.environ.get("CAIRN_DATABASE_URL", DEFAULT_URL)
        asyncio.run(connect(Database(url).engine))
