"""The link that invites Cairn to a server, with exactly the permissions that it needs."""

from collections.abc import Mapping

import discord

PERMISSIONS: Mapping[str, str] = {
    "view_channel": "See the channels that a coordinator chooses.",
    "send_messages": "Ask its questions there.",
    "create_public_threads": "Open a thread under each question, for the answers.",
    "create_private_threads": "Open a private thread for a mentor and a mentee.",
    "send_messages_in_threads": "Introduce the two there, and write to them later.",
    "attach_files": "Show pictures, and hand over files that are too long for a message.",
    "read_message_history": "See whether a question arrived, so that it never comes twice, and "
    "read the answers that came while it was away.",
}
"""What each is for; docs/discord.md says the same."""

SCOPES = ("bot", "applications.commands")


def permissions() -> discord.Permissions:
    """All of them together."""
    return discord.Permissions(**dict.fromkeys(PERMISSIONS, True))


def link(application: int) -> str:
    """The address to open in a browser."""
    return discord.utils.oauth_url(application, permissions=permissions(), scopes=SCOPES)
