"""What a host sets to run `cairn run` in front of a local Discord."""

from pathlib import Path

from tests.servers.discord.server import DiscordServer


def settings_for(discord: DiscordServer, folder: Path, key: str, port: int) -> dict[str, str]:
    """What a host sets, with the message content intent if the app has it."""
    return {
        "CAIRN_KEYS": key,
        "CAIRN_DATA_DIR": str(folder / "data"),
        "CAIRN_HTTP_PORT": str(port),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DISCORD_MESSAGE_CONTENT": "on" if discord.application.sees_content else "off",
    }
