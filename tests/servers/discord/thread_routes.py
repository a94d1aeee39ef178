"""Channels and threads: the operations, their limits and refusals."""

from tests.servers.discord import events
from tests.servers.discord.checks import check_thread
from tests.servers.discord.permissions import Permission
from tests.servers.discord.refusals import RefusedError, invalid
from tests.servers.discord.routes import Asked, Route
from tests.servers.discord.world import PRIVATE_THREAD, PUBLIC_THREAD, TEXT, Channel, Json

_MOST_MEMBERS, _MOST_ACTIVE = 1000, 1000


def _get(asked: Asked) -> Json:
    return _shown(asked, asked.channel())


def _shown(asked: Asked, channel: Channel) -> Json:
    return events.channel(channel, asked.bot.id, asked.server.people)


def _start_under(asked: Asked) -> Json:
    parent = asked.channel(Permission.CREATE_PUBLIC_THREADS)
    message = asked.message(parent)
    _check_new(asked, parent)
    if events.has_thread(message) or asked.server.channel(message.id) is not None:
        raise RefusedError(160004)
    return _shown(
        asked,
        asked.server.acts.start_thread(
            parent,
            asked.bot,
            asked.body["name"],
            under=message,
            archive_minutes=asked.body.get("auto_archive_duration") or 4320,
        ),
    )


def _start(asked: Asked) -> Json:
    parent = asked.channel()
    private = asked.body.get("type", PRIVATE_THREAD) == PRIVATE_THREAD
    needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    asked.channel(needed)
    _check_new(asked, parent)
    return _shown(
        asked,
        asked.server.acts.start_thread(
            parent,
            asked.bot,
            asked.body["name"],
            private=private,
            archive_minutes=asked.body.get("auto_archive_duration") or 4320,
            invitable=bool(asked.body.get("invitable", True)),
        ),
    )


def _check_new(asked: Asked, parent: Channel) -> None:
    if parent.kind != TEXT:
        raise RefusedError(50024)
    if "name" not in asked.body:
        raise invalid("name", "This field is required", "BASE_TYPE_REQUIRED")
    check_thread(asked.body)
    guild = asked.server.guild_of(parent)
    assert guild is not None
    active = [each for each in guild.channels.values() if each.is_thread and not each.is_archived]
    if len(active) >= _MOST_ACTIVE:
        raise RefusedError(160006)


def _update(asked: Asked) -> Json:
    channel = asked.channel()
    if not channel.is_thread:
        asked.channel(Permission.MANAGE_CHANNELS)
        channel.name = asked.body.get("name", channel.name)
        asked.server.acts.change_channel(channel)
        return _shown(asked, channel)
    check_thread(asked.body)
    is_own = channel.owner_id == asked.bot.id
    manages = asked.may(channel, Permission.MANAGE_THREADS)
    only_state = set(asked.body) <= {"archived"}
    if not (is_own or manages or only_state) or ("locked" in asked.body and not manages):
        raise RefusedError(50013)
    if channel.is_archived and asked.body.get("archived") is not False:
        raise RefusedError(50083)
    minutes = asked.body.get("auto_archive_duration")
    channel.archive_minutes = minutes or channel.archive_minutes
    asked.server.acts.change_thread(
        channel,
        archived=asked.body.get("archived"),
        locked=asked.body.get("locked"),
        name=asked.body.get("name"),
    )
    return _shown(asked, channel)


def _delete(asked: Asked) -> Json:
    channel = asked.channel()
    if channel.is_direct:
        return _shown(asked, channel)
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    asked.channel(needed)
    shown = _shown(asked, channel)
    asked.server.acts.delete_channel(channel)
    return shown


def _thread(asked: Asked) -> Channel:
    channel = asked.channel()
    if not channel.is_thread:
        raise RefusedError(50024)
    return channel


def _join(asked: Asked) -> None:
    thread = _thread(asked)
    asked.check_not_archived(thread)
    asked.server.acts.join_thread(thread, asked.bot.id)


def _add_member(asked: Asked) -> None:
    thread = _thread(asked)
    asked.check_not_archived(thread)
    asked.channel(Permission.SEND_MESSAGES_IN_THREADS)
    guild, person = asked.server.guild_of(thread), asked.path["user_id"]
    if person not in asked.server.people:
        raise RefusedError(10013)
    is_inside = thread.owner_id == asked.bot.id or asked.may(thread, Permission.MANAGE_THREADS)
    if thread.kind == PRIVATE_THREAD and not (thread.is_invitable or is_inside):
        raise RefusedError(50013)
    if guild is None or person not in guild.members:
        raise RefusedError(10007)
    if not guild.sees(person, guild.channels[thread.parent_id]):
        raise RefusedError(50001)
    if len(thread.members) >= _MOST_MEMBERS:
        raise RefusedError(30033)
    asked.server.acts.join_thread(thread, person)


def _remove_member(asked: Asked) -> None:
    thread = _thread(asked)
    asked.check_not_archived(thread)
    is_own = thread.kind == PRIVATE_THREAD and thread.owner_id == asked.bot.id
    if not is_own and not asked.may(thread, Permission.MANAGE_THREADS):
        raise RefusedError(50013)
    asked.server.acts.leave_thread(thread, asked.path["user_id"])


def _leave(asked: Asked) -> None:
    thread = _thread(asked)
    asked.check_not_archived(thread)
    asked.server.acts.leave_thread(thread, asked.bot.id)


def _member(asked: Asked) -> Json:
    thread = _thread(asked)
    if asked.path["user_id"] not in thread.members:
        raise RefusedError(10007)
    return events.thread_member(thread, asked.path["user_id"])


def _members(asked: Asked) -> list[Json]:
    thread = _thread(asked)
    return [events.thread_member(thread, each) for each in thread.members]


def _active(asked: Asked) -> Json:
    guild = asked.guild()
    seen = [c for c in guild.channels.values() if c.is_thread and guild.sees(asked.bot.id, c)]
    return _listed(asked, [each for each in seen if not each.is_archived])


def _listed(asked: Asked, threads: list[Channel]) -> Json:
    mine = [each for each in threads if asked.bot.id in each.members]
    return {
        "threads": [_shown(asked, each) for each in threads],
        "members": [events.thread_member(each, asked.bot.id) for each in mine],
    }


def _archived(asked: Asked, kind: int, *, joined: bool = False) -> Json:
    parent = asked.channel(Permission.READ_MESSAGE_HISTORY)
    guild = asked.server.guild_of(parent)
    if guild is None:
        raise RefusedError(50003)
    found = [
        each
        for each in guild.channels.values()
        if each.parent_id == parent.id and each.kind == kind and each.is_archived
    ]
    if joined:
        found = [each for each in found if asked.bot.id in each.members]
        before = int(asked.query.get("before", 1 << 63))
        found = sorted(found, key=lambda each: int(each.id), reverse=True)
        found = [each for each in found if int(each.id) < before]
    else:
        found = sorted(found, key=lambda each: each.archived_at, reverse=True)
        latest = asked.query.get("before")
        found = [each for each in found if not latest or events.stamp(each.archived_at) < latest]
    limit = asked.number("limit", 50, 2, 100)
    return _listed(asked, found[:limit]) | {"has_more": len(found) > limit}


def _public_archived(asked: Asked) -> Json:
    return _archived(asked, PUBLIC_THREAD)


def _private_archived(asked: Asked) -> Json:
    asked.channel(Permission.MANAGE_THREADS)
    return _archived(asked, PRIVATE_THREAD)


def _joined_archived(asked: Asked) -> Json:
    return _archived(asked, PRIVATE_THREAD, joined=True)


_CHANNEL = "/channels/{channel_id}"
_MEMBERS = f"{_CHANNEL}/thread-members"
_PRIVATE = f"{_CHANNEL}/threads/archived/private"

ROUTES: tuple[Route, ...] = (
    Route("get_channel", "GET", _CHANNEL, _get),
    Route("update_channel", "PATCH", _CHANNEL, _update),
    Route("delete_channel", "DELETE", _CHANNEL, _delete),
    Route(
        "create_thread_from_message",
        "POST",
        f"{_CHANNEL}/messages/{{message_id}}/threads",
        _start_under,
        status=201,
    ),
    Route("create_thread", "POST", f"{_CHANNEL}/threads", _start, status=201),
    Route("list_thread_members", "GET", _MEMBERS, _members),
    Route("join_thread", "PUT", f"{_MEMBERS}/@me", _join),
    Route("leave_thread", "DELETE", f"{_MEMBERS}/@me", _leave),
    Route("get_thread_member", "GET", f"{_MEMBERS}/{{user_id}}", _member),
    Route("add_thread_member", "PUT", f"{_MEMBERS}/{{user_id}}", _add_member),
    Route("delete_thread_member", "DELETE", f"{_MEMBERS}/{{user_id}}", _remove_member),
    Route("get_active_guild_threads", "GET", "/guilds/{guild_id}/threads/active", _active),
    Route(
        "list_public_archived_threads",
        "GET",
        f"{_CHANNEL}/threads/archived/public",
        _public_archived,
    ),
    Route("list_private_archived_threads", "GET", _PRIVATE, _private_archived),
    Route(
        "list_my_private_archived_threads",
        "GET",
        f"{_CHANNEL}/users/@me/threads/archived/private",
        _joined_archived,
    ),
)
