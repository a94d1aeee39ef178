"""The link that invites Cairn to a server, with exactly the permissions that it needs."""

from dataclasses import dataclass

import discord


@dataclass(frozen=True, slots=True)
class Needed:
    """A permission: discord.py's name of it, Discord's own, and what it is for."""

    flag: str
    label: str
    why: str


PERMISSIONS = (
    Needed("view_channel", "View Channels", "See the channels that a coordinator chooses."),
    Needed("send_messages", "Send Messages", "Ask its questions there."),
    Needed(
        "create_public_threads",
        "Create Public Threads",
        "Open a thread under each question, for the answers.",
    ),
    Needed(
        "create_private_threads",
        "Create Private Threads",
        "Open a private thread for a mentor and a mentee.",
    ),
    Needed(
        "send_messages_in_threads",
        "Send Messages in Threads",
        "Introduce the two there, and write to them later.",
    ),
    Needed(
        "attach_files",
        "Attach Files",
        "Show pictures, and hand over files that are too long for a message.",
    ),
    Needed(
        "read_message_history",
        "Read Message History",
        "See whether a question arrived, so that it never comes twice, and read the answers that "
        "came while it was away.",
    ),
)
"""docs/discord.md has the same table."""

SCOPES = ("bot", "applications.commands")


def permissions() -> discord.Permissions:
    """All of them together."""
    return discord.Permissions(**{one.flag: True for one in PERMISSIONS})


def link(application: int) -> str:
    """The address to open in a browser."""
    return discord.utils.oauth_url(application, permissions=permissions(), scopes=SCOPES)
