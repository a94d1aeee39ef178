"""Whether Discord will let Cairn work: what a host can have checked before the first start."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import discord

from adapters.discord import tree
from adapters.discord.app import check_intent, log_in, sending_client
from adapters.discord.invite import link
from adapters.discord.refusals import DiscordAccessError
from bot.commands.declared import COMMANDS


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was checked; `line` says what to do if it is not `ok`."""

    ok: bool
    line: str


async def check(token: str, *, message_content: bool) -> list[Finding]:
    """Ask Discord about the token, the intent, the servers and the commands."""
    client = sending_client()
    try:
        try:
            await log_in(client, token)
        except DiscordAccessError as error:
            return [Finding(ok=False, line=str(error))]
        return [
            Finding(ok=True, line=f"DISCORD_TOKEN works: it is {client.user}."),
            *_elsewhere(client),
            _intent(client, message_content=message_content),
            await _asked(_servers, client),
            await _asked(_commands, client),
        ]
    finally:
        await client.close()


async def find_link(token: str) -> str:
    """The link that invites Cairn. Raises `DiscordAccessError`."""
    client = sending_client()
    try:
        await log_in(client, token)
        return link(client.application_id or 0)
    finally:
        await client.close()


def _elsewhere(client: discord.Client) -> list[Finding]:
    application = client.application
    if application is None or application.interactions_endpoint_url is None:
        return []
    line = (
        "The app sends commands and buttons to an Interactions Endpoint URL, so that Cairn never "
        "sees them. Empty that field under *General Information* at "
        "https://discord.com/developers/applications."
    )
    return [Finding(ok=False, line=line)]


def _intent(client: discord.Client, *, message_content: bool) -> Finding:
    try:
        check_intent(client, message_content=message_content)
    except DiscordAccessError as error:
        return Finding(ok=False, line=str(error))
    if message_content:
        return Finding(ok=True, line="Cairn may read what people write in channels.")
    line = (
        "Cairn reads what is written to it, and nothing else in channels "
        "(DISCORD_MESSAGE_CONTENT is off)."
    )
    return Finding(ok=True, line=line)


async def _servers(client: discord.Client) -> Finding:
    found = [guild.name async for guild in client.fetch_guilds(limit=200, with_counts=False)]
    if not found:
        return Finding(ok=False, line="Cairn is in no server yet; `cairn discord invite` helps.")
    shown = ", ".join(sorted(found)[:10])
    return Finding(ok=True, line=f"Cairn is in {len(found)} server(s): {shown}.")


async def _commands(client: discord.Client) -> Finding:
    application = client.application_id or 0
    there = {one["name"] for one in await client.http.get_global_commands(application)}
    missing = sorted({str(one["name"]) for one in tree.payload(COMMANDS)} - there)
    if missing:
        line = f"Discord does not know {', '.join(missing)} yet; `cairn run` puts them there."
        return Finding(ok=False, line=line)
    return Finding(ok=True, line="Discord knows all of Cairn's commands.")


async def _asked(
    ask: Callable[[discord.Client], Awaitable[Finding]], client: discord.Client
) -> Finding:
    try:
        return await ask(client)
    # discord.py and aiohttp let through whatever went wrong on the way
    except Exception as error:  # noqa: BLE001
        return Finding(
            ok=False, line=f"Discord gave no answer ({type(error).__name__}). Try again."
        )
