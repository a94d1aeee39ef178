"""Cairn's commands at Discord, put there when they have changed."""

import discord
import structlog

from adapters.discord import tree
from adapters.discord.names import PLATFORM
from bot.commands.declared import COMMANDS
from bot.domain.failures import outline
from bot.ports.installations import Installations

_KEY = "commands"
_log = structlog.get_logger(__name__)


async def put_commands(client: discord.Client, records: Installations | None) -> None:
    """Put the commands at Discord, unless the same ones were put there last.

    Without them people can still press, answer and type, so that a failure is only logged.
    """
    wanted = tree.payload(COMMANDS)
    mark = f"{client.application_id}:{tree.digest(wanted)}".encode()
    try:
        if records is not None and await records.find(PLATFORM, _KEY) == mark:
            return
        if client.application_id is None:
            return
        await client.http.bulk_upsert_global_commands(client.application_id, wanted)
        if records is not None:
            await records.save(PLATFORM, _KEY, mark)
        _log.info("commands_put", commands=len(wanted))
    except Exception as error:  # noqa: BLE001
        code = getattr(error, "code", None)
        _log.error("commands_not_put", code=code, **outline(error))
