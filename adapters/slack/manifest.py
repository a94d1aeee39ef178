"""The manifest that makes Cairn an app in Slack: what it may do, and what it is told of."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

import yaml

from adapters.slack.elements import Json
from bot.commands.declared import COMMANDS

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "chat:write": "Ask questions and answer, in the channels it was added to and one to one.",
        "commands": "Offer /cairn and the entries of the message menu.",
        "im:write": "Open a direct conversation with someone who joins.",
        "im:history": "Take answers that people type to it, and see whether a message arrived.",
        "mpim:write": "Open a conversation for a mentor and a mentee.",
        "mpim:history": "See whether an introduction arrived, so that it never comes twice.",
        "channels:read": "Know the public channels that it is asked to post to.",
        "channels:join": "Enter a public channel that a coordinator chose.",
        "channels:history": "Take replies to its questions there, and see whether one arrived.",
        "groups:read": "Know the private channels that it was added to.",
        "groups:history": "Take replies to its questions there, and see whether one arrived.",
        "reactions:read": "Count reactions to its questions.",
        "users:read": "Know people's names and time zones, and when someone has left.",
        "files:write": "Hand over exports and pictures.",
        "files:read": "Take a file that someone adds to a form, such as an export to bring in.",
    }
)
"""What Cairn asks for as a bot, and why."""

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "tokens_revoked",
    "user_change",
)
"""What Slack tells Cairn of. Not of a pair's own conversation: nothing said there is Cairn's."""

EVENTS_PATH = "/slack/events"
REDIRECT_PATH = "/slack/oauth_redirect"

_CREATE = "https://api.slack.com/apps?new_app=1&manifest_yaml="


def manifest(public_url: str | None, socket_mode: bool) -> Json:
    """The manifest of an app for one host.

    Raises ValueError without a public address, unless Slack is connected to by Socket Mode.
    """
    address = (public_url or "").rstrip("/")
    if not address and not socket_mode:
        raise ValueError("Slack needs a public address to send its events to, or Socket Mode")
    url: Json = {} if socket_mode else {"request_url": address + EVENTS_PATH}
    redirect: Json = {"redirect_urls": [address + REDIRECT_PATH]} if address else {}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Cairn",
            "description": "Small questions for a career you build, and mentors to build it with.",
            "background_color": "#3d4a57",
        },
        "features": _features(None if socket_mode else address + EVENTS_PATH),
        "oauth_config": {**redirect, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def _features(request_url: str | None) -> Json:
    command: Json = {
        "command": "/cairn",
        **({"url": request_url} if request_url else {}),
        "description": "Reflect, find a mentor, keep what you learned.",
        "usage_hint": usage_hint(),
        "should_escape": True,
    }
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": False,
        },
        "bot_user": {"display_name": "Cairn", "always_online": True},
        "shortcuts": [
            {
                "name": "Pin as stepping stone",
                "type": "message",
                "callback_id": "cairn:pin",
                "description": "Keep this message on your path; only you see it there.",
            },
            {
                "name": "Tough day",
                "type": "global",
                "callback_id": "cairn:tough",
                "description": "Your own why, and something you were glad of.",
            },
        ],
        "slash_commands": [command],
    }


def usage_hint() -> str:
    """The commands by their first words, as Slack shows them beside what is being typed."""
    return " | ".join(dict.fromkeys(command.name.split()[0] for command in COMMANDS))


def as_yaml(manifest: Json) -> str:
    """A manifest as Slack takes it."""
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=1000)


def create_link(written: str) -> str:
    """An address that opens Slack's page for a new app with this manifest, written as YAML."""
    return _CREATE + quote(written, safe="")
