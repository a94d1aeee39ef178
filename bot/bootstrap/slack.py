"""Slack, put together from the settings."""

from adapters.slack import manifest
from adapters.slack.app import Doors, SlackPlatform
from adapters.slack.calls import Calls
from adapters.slack.chat import SlackChat
from adapters.slack.checks import check
from adapters.slack.oauth import SlackOAuth
from adapters.slack.records import InstallationRecords
from adapters.slack.rotation import InstalledTokens
from adapters.slack.tokens import FixedToken, Tokens
from adapters.slack.waits import CallWaits
from adapters.slack.web import Web
from bot.bootstrap.core import Ground
from bot.settings import Settings

_BELOW_LIMIT = 0.97
"""What waits on its way can come close to what follows it, so we stay below what is allowed."""


def slack_platform(settings: Settings, ground: Ground) -> SlackPlatform:
    """Slack for one workspace by its token, or for many that install Cairn."""
    web = Web(settings.slack_api_url)
    tokens, oauth = _tokens(settings, ground, web)
    calls = Calls(web, tokens, CallWaits(ground.waits, ground.clock), ground.clock)
    return SlackPlatform(
        Doors(app_token=settings.slack_app_token, signing_secret=settings.slack_signing_secret),
        SlackChat(calls, ground.clock, per_minute=settings.slack_posts_per_minute * _BELOW_LIMIT),
        tokens,
        presence=ground.presence,
        clock=ground.clock,
        oauth=oauth,
    )


def _tokens(settings: Settings, ground: Ground, web: Web) -> tuple[Tokens, SlackOAuth | None]:
    if settings.slack_bot_token:
        return FixedToken(web, settings.slack_bot_token, ground.clock), None
    records = InstallationRecords(ground.installations)
    client_id, client_secret = settings.slack_client_id, settings.slack_client_secret
    tokens = InstalledTokens(
        web,
        records,
        ground.installations,
        ground.clock,
        client_id=client_id,
        client_secret=client_secret,
    )
    oauth = SlackOAuth(
        web,
        records,
        ground.cipher,
        ground.clock,
        client_id=client_id,
        client_secret=client_secret,
        public_url=settings.public_url,
        scopes=manifest.SCOPES,
    )
    return tokens, oauth


async def examine_slack(settings: Settings) -> tuple[tuple[bool, str], ...]:
    """What a host has to know of Slack: whether each part is well, and a sentence."""
    web = Web(settings.slack_api_url)
    try:
        findings = await check(
            web,
            bot_token=settings.slack_bot_token,
            app_token=settings.slack_app_token,
            needed=manifest.SCOPES,
        )
    finally:
        await web.close()
    return tuple((finding.ok, finding.line) for finding in findings)


def manifest_yaml(public_url: str | None, *, is_socket_mode: bool) -> str:
    """The manifest to create the app with."""
    return manifest.as_yaml(manifest.manifest(public_url, socket_mode=is_socket_mode))


def manifest_link(public_url: str | None, *, is_socket_mode: bool) -> str:
    """An address that opens Slack's page for a new app with the manifest."""
    return manifest.create_link(manifest_yaml(public_url, is_socket_mode=is_socket_mode))
