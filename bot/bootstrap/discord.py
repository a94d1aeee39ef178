"""Discord, put together from the settings."""

from adapters.discord.app import DiscordPlatform, point_at, sending_client
from adapters.discord.chat import DiscordChat
from adapters.discord.checks import check, find_link
from adapters.discord.tickets import Acknowledgements
from bot.bootstrap.core import Ground
from bot.settings import Settings


def discord_platform(settings: Settings, ground: Ground) -> DiscordPlatform:
    """Discord with the host's token."""
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    acknowledgements = Acknowledgements()
    chat = DiscordChat(
        sending_client(),
        ground.installations,
        ground.waits,
        ground.clock,
        acknowledgements=acknowledgements,
        per_minute=settings.discord_posts_per_minute,
    )
    return DiscordPlatform(
        settings.discord_token,
        chat,
        records=ground.installations,
        presence=ground.presence,
        leadership=ground.leadership,
        clock=ground.clock,
        acknowledgements=acknowledgements,
        message_content=settings.discord_message_content,
        gateway_url=settings.discord_gateway_url,
    )


async def examine_discord(settings: Settings) -> tuple[tuple[bool, str], ...]:
    """What a host has to know of Discord: whether each part is well, and a sentence."""
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    findings = await check(settings.discord_token, message_content=settings.discord_message_content)
    return tuple((finding.ok, finding.line) for finding in findings)


async def invite_link(settings: Settings) -> str:
    """The link that invites Cairn to a server. Raises `CairnError`."""
    point_at(settings.discord_api_url, settings.discord_gateway_url)
    return await find_link(settings.discord_token)
