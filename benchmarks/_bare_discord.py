"""A bare discord.py client: `python -m benchmarks._bare_discord [DATABASE]`.

It acknowledges each command, with a database after one committed row. DISCORD_TOKEN,
DISCORD_API_URL and DISCORD_GATEWAY_URL say where it connects.
"""

import asyncio
import os
import sys

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert

from adapters.storage.database import Database

metadata = MetaData()
kept = Table("kept", metadata, Column("id", Integer, primary_key=True), Column("text", Text))


class Bare(discord.AutoShardedClient):
    """Has one command, which it declares when it starts."""

    def __init__(self, database: Database | None) -> None:
        super().__init__(intents=discord.Intents.default(), guild_ready_timeout=0)
        self._database = database
        self._tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        group = app_commands.Group(name="cairn", description="A command")

        @group.command(name="stone", description="Keep something")
        async def stone(interaction: discord.Interaction, text: str, kind: str) -> None:
            if self._database is not None:
                async with self._database.writing() as connection:
                    await connection.execute(insert(kept).values(text=f"{kind}: {text}"))
            await interaction.response.defer(ephemeral=True)

        self._tree.add_command(group)
        await self._tree.sync()


async def main(url: str | None) -> None:
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    database = Database(url) if url else None
    if database is not None:
        async with database.writing() as connection:
            await connection.run_sync(metadata.create_all)
    async with Bare(database) as client:
        await client.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
