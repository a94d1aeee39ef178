"""Who may do what where, by Discord's own rules."""

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.servers.discord.world import Channel, Guild


class Permission(IntFlag):
    """The bits that matter to an app like ours."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    PIN_MESSAGES = 1 << 51


ALL = int(~Permission(0))
EVERYONE = int(
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.ADD_REACTIONS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new guild lets everyone do."""


def permissions(guild: "Guild", user_id: str, channel: "Channel | None" = None) -> int:
    """What somebody may do in a guild, or in one of its channels; a thread's are its parent's."""
    if user_id == guild.owner_id:
        return ALL
    member = guild.members[user_id]
    granted = guild.roles[guild.id].permissions
    for role in member.roles:
        granted |= guild.roles[role].permissions
    if granted & Permission.ADMINISTRATOR:
        return ALL
    if channel is None:
        return granted
    where = guild.channels[channel.parent_id] if channel.is_thread else channel
    for names in ([guild.id], member.roles, [user_id]):
        overwrites = [where.overwrites[name] for name in names if name in where.overwrites]
        for overwrite in overwrites:
            granted &= ~overwrite.deny
        for overwrite in overwrites:
            granted |= overwrite.allow
    return granted if granted & Permission.VIEW_CHANNEL else 0


def may(guild: "Guild", user_id: str, needed: int, channel: "Channel | None" = None) -> bool:
    """Whether somebody has all of these permissions."""
    return permissions(guild, user_id, channel) & needed == needed
