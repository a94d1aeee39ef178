"""The history of the tables: one line, up and down again, and the tables as the code has them."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from pytest_alembic.tests import (  # noqa: F401 - collected here
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import Database
from adapters.storage.upgrade import HEAD, configuration, migrating

ROOT = Path(__file__).parents[2]


@pytest.fixture
def alembic_config() -> Config:
    return configuration()


@pytest.fixture
def alembic_engine(empty_database_url: str) -> Iterator[AsyncEngine]:
    engine = Database(empty_database_url).engine
    yield engine
    asyncio.run(engine.dispose())


def test_the_newest_migration_is_the_one_that_start_up_looks_for() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == HEAD


def test_every_file_is_named_by_date_change_and_revision() -> None:
    for script in ScriptDirectory.from_config(configuration()).walk_revisions():
        year, month, day, *slug, revision = Path(script.path).stem.split("_")
        assert len(year + month + day) == 8
        assert slug
        assert revision == script.revision


async def test_nothing_is_left_to_migrate(database: Database) -> None:
    def check(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.check(config)

    async with migrating(database.engine) as connection:
        await connection.run_sync(check)


async def test_the_way_down_leaves_nothing(database: Database) -> None:
    def down(connection: Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    async with migrating(database.engine) as connection:
        await connection.run_sync(down)
    async with database.reading() as connection:
        left = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert left == ["alembic_version"]


def test_the_command_line_migrates_the_database_of_the_settings(empty_database_url: str) -> None:
    def alembic(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *arguments],
            cwd=ROOT,
            env={"CAIRN_DATABASE_URL": empty_database_url, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    alembic("upgrade", "head")

    assert HEAD in alembic("current")
    assert "No new upgrade operations" in alembic("check")


async def test_building_a_table_anew_keeps_its_children(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    async with database.writing() as connection:
        await connection.execute(text("INSERT INTO programme (name, language) VALUES ('g', 'en')"))
        await connection.execute(
            text(
                "INSERT INTO community (programme_id, platform, native_id, name) "
                "VALUES (1, 'console', 'town', 'Town')"
            )
        )

    async with migrating(database.engine) as connection:
        await connection.run_sync(_rebuild_programme)

    async with database.reading() as connection:
        children = (await connection.execute(text("SELECT count(*) FROM community"))).scalar_one()
        pragma = (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one()
    await database.close()
    assert (children, pragma) == (1, 1)


def _rebuild_programme(connection: Connection) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    with Operations(MigrationContext.configure(connection)).batch_alter_table(
        "programme", recreate="always"
    ) as batch:
        batch.alter_column("name", nullable=True)
