"""What Discord shows an app, in Discord's own shapes."""

from datetime import datetime
from typing import Any

from tests.servers.discord.permissions import ALL, permissions
from tests.servers.discord.world import (
    HAS_THREAD,
    PRIVATE_THREAD,
    THREAD_STARTER,
    Application,
    Channel,
    Guild,
    Json,
    Member,
    Role,
    StoredMessage,
    User,
    made_at,
)


def stamp(moment: datetime) -> str:
    """A moment as Discord writes it."""
    return moment.isoformat(timespec="microseconds")


def user(person: User) -> Json:
    """Somebody."""
    return {
        "id": person.id,
        "username": person.name,
        "discriminator": "0001" if person.is_bot else "0",
        "global_name": None if person.is_bot else person.name,
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        "bot": person.is_bot,
        "system": False,
    }


def own_user(application: Application) -> Json:
    """The app's user, as it sees itself."""
    more = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}
    return {**user(application.bot), **more}


def app(application: Application) -> Json:
    """The application, as it sees itself."""
    return {
        "id": application.id,
        "name": application.name,
        "icon": None,
        "description": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "bot": user(application.bot),
        "owner": user(application.owner),
        "team": None,
        "verify_key": "0" * 64,
        "flags": application.flags,
        "hook": True,
        "interactions_endpoint_url": None,
        "redirect_uris": [],
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "tags": [],
        "type": None,
        "event_webhooks_status": 1,
        "explicit_content_filter": 0,
        "integration_types_config": {"0": {}},
    }


def member(one: Member, *, with_user: bool = True) -> Json:
    """Somebody in a guild."""
    content: Json = {
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "collectibles": None,
        "communication_disabled_until": None,
        "deaf": False,
        "flags": 0,
        "joined_at": stamp(one.joined_at),
        "mute": False,
        "nick": one.nick,
        "pending": False,
        "premium_since": None,
        "roles": list(one.roles),
    }
    if with_user:
        content["user"] = user(one.user)
    return content


def role(one: Role) -> Json:
    """A role."""
    content: Json = {
        "id": one.id,
        "name": one.name,
        "description": None,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.is_managed,
        "mentionable": False,
        "flags": 0,
    }
    return content


def channel(one: Channel, reader: str, people: dict[str, User]) -> Json:
    """A channel, conversation or thread, as somebody sees it."""
    last = max(one.messages, key=int, default=None)
    content: Json = {"id": one.id, "type": one.kind, "last_message_id": last, "flags": 0}
    if one.is_direct:
        others = [user(people[each]) for each in one.members if each != reader]
        return {**content, "recipients": others, "last_pin_timestamp": None}
    content |= {
        "guild_id": one.guild_id,
        "name": one.name,
        "parent_id": one.parent_id or None,
        "rate_limit_per_user": 0,
        "last_pin_timestamp": None,
    }
    if one.is_thread:
        return content | _of_thread(one, reader)
    return content | {
        "topic": None,
        "position": one.position,
        "nsfw": False,
        "permission_overwrites": [
            {
                "id": target,
                "type": overwrite.kind,
                "allow": str(overwrite.allow),
                "deny": str(overwrite.deny),
            }
            for target, overwrite in one.overwrites.items()
        ],
    }


def _of_thread(one: Channel, reader: str) -> Json:
    said = sum(not m.is_deleted for m in one.messages.values())
    metadata: Json = {
        "archived": one.is_archived,
        "archive_timestamp": stamp(one.archived_at),
        "auto_archive_duration": one.archive_minutes,
        "locked": one.is_locked,
        "create_timestamp": stamp(made_at(one.id)),
    }
    if one.kind == PRIVATE_THREAD:
        metadata["invitable"] = one.is_invitable
    content: Json = {
        "owner_id": one.owner_id,
        "thread_metadata": metadata,
        "message_count": said,
        "total_message_sent": len(one.messages),
        "member_count": len(one.members),
    }
    if reader in one.members:
        content["member"] = thread_member(one, reader)
    return content


def thread_member(thread: Channel, user_id: str) -> Json:
    """Somebody in a thread."""
    joined = stamp(thread.members[user_id])
    return {"id": thread.id, "user_id": user_id, "join_timestamp": joined, "flags": 0}


def partial_guild(guild: Guild) -> Json:
    """A guild in an interaction."""
    return {"id": guild.id, "locale": guild.locale, "features": []}


def guild(one: Guild) -> Json:
    """A guild, as a request for it is answered."""
    return {
        "id": one.id,
        "name": one.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": one.owner_id,
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role(each) for each in one.roles.values()],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": one.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "hub_type": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
        "owner_configured_content_level": 0,
    }


def guild_create(one: Guild, reader: str, people: dict[str, User], *, with_all: bool) -> Json:
    """A guild that the app is in; without the members intent only its own member is shown."""
    seen = [each for each in one.channels.values() if one.sees(reader, each)]
    threads = [each for each in seen if each.is_thread and not each.is_archived]
    members = one.members if with_all else {reader: one.members[reader]}
    return {
        **guild(one),
        "joined_at": stamp(one.bot_joined_at),
        "large": False,
        "member_count": len(one.members),
        "voice_states": [],
        "members": [member(each) for each in members.values()],
        "channels": [channel(each, reader, people) for each in seen if not each.is_thread],
        "threads": [channel(each, reader, people) for each in threads],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(
    one: StoredMessage, where: Channel, reader: str, people: dict[str, User], *, in_full: bool
) -> Json:
    """A message, as a request for it is answered; not `in_full` is without the content intent."""
    content: Json = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.kind,
        "author": user(one.author),
        "content": one.content,
        "embeds": [{"type": "rich", **embed} for embed in one.embeds],
        "components": one.components,
        "attachments": one.attachments,
        "mentions": [user(people[each]) for each in one.mentions],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": stamp(made_at(one.id)),
        "edited_timestamp": stamp(one.edited_at) if one.edited_at else None,
        "flags": one.flags,
    }
    if not (in_full or _is_readable(one, where, reader)):
        content |= {"content": "", "embeds": [], "components": [], "attachments": []}
    if one.reactions:
        content["reactions"] = [_reactions(name, by, reader) for name, by in one.reactions.items()]
    if one.interaction is not None:
        content |= {"interaction_metadata": one.interaction}
    if one.interaction is not None or one.ephemeral_to:
        content |= {"application_id": one.author.id, "webhook_id": one.author.id}
    if one.reference is not None:
        content["message_reference"] = {"type": 0, **one.reference}
    return content


def _is_readable(one: StoredMessage, where: Channel, reader: str) -> bool:
    is_own = one.author.id == reader or one.kind == THREAD_STARTER
    return is_own or where.is_direct or reader in one.mentions


def _reactions(name: str, by: list[str], reader: str) -> Json:
    return {
        "emoji": emoji(name),
        "count": len(by),
        "count_details": {"normal": len(by), "burst": 0},
        "me": reader in by,
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "burst_colors": [],
    }


def emoji(name: str) -> Json:
    """One of the standard emoji, or a server's own: `name:id`."""
    word, _, own = name.partition(":")
    return {"id": own or None, "name": word}


def resolved_channel(one: Channel, guild_of: Guild, user_id: str) -> Json:
    """A channel in what an interaction names."""
    content: Json = {
        "id": one.id,
        "name": one.name,
        "type": one.kind,
        "guild_id": one.guild_id,
        "parent_id": one.parent_id or None,
        "permissions": str(permissions(guild_of, user_id, one)),
        "flags": 0,
        "last_message_id": None,
        "last_pin_timestamp": None,
        "nsfw": False,
        "position": one.position,
        "rate_limit_per_user": 0,
        "topic": None,
    }
    if one.is_thread:
        content["thread_metadata"] = _of_thread(one, user_id)["thread_metadata"]
    return content


def bot_permissions(guild_of: Guild | None, bot: str, where: Channel) -> str:
    """What the app may do where an interaction comes from."""
    return str(ALL if guild_of is None else permissions(guild_of, bot, where))


def has_thread(one: StoredMessage) -> bool:
    """Whether a thread hangs from a message."""
    return bool(one.flags & HAS_THREAD)


def reaction(one: StoredMessage, where: Channel, user_id: str, name: str) -> Json:
    """Somebody reacted, or took that back."""
    content: dict[str, Any] = {
        "user_id": user_id,
        "channel_id": where.id,
        "message_id": one.id,
        "emoji": emoji(name),
        "burst": False,
        "type": 0,
    }
    if where.guild_id:
        content["guild_id"] = where.guild_id
    return content
