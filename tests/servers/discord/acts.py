"""What happens on Discord: it changes the world, and whoever may see it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.servers.discord import events
from tests.servers.discord.gateway import Session
from tests.servers.discord.world import (
    HAS_THREAD,
    INTENTS,
    THREAD_CREATED,
    THREAD_STARTER,
    Channel,
    Guild,
    Json,
    Role,
    StoredMessage,
    User,
)

if TYPE_CHECKING:
    from tests.servers.discord.server import DiscordServer


class Acts:
    """Everything that anybody does, people and app alike."""

    def __init__(self, server: "DiscordServer") -> None:
        self._server = server

    # messages

    def say(self, channel: Channel, message: StoredMessage) -> None:
        """A message stands there from now on; an archived thread comes back by it."""
        if channel.is_archived:
            self.change_thread(channel, archived=False)
        channel.messages[message.id] = message
        if channel.is_thread and message.author.id not in channel.members:
            self.join_thread(channel, message.author.id)
        self._tell_message("MESSAGE_CREATE", channel, message)

    def change(self, channel: Channel, message: StoredMessage) -> None:
        """A message reads otherwise, or only looks otherwise."""
        self._tell_message("MESSAGE_UPDATE", channel, message)

    def _tell_message(self, name: str, channel: Channel, message: StoredMessage) -> None:
        server = self._server
        more: Json = {"channel_type": channel.kind}
        guild = server.guild_of(channel)
        if guild is not None:
            more["guild_id"] = guild.id
            author = guild.members.get(message.author.id)
            if author is not None:
                more["member"] = events.member(author, with_user=False)
        if name == "MESSAGE_CREATE" and message.nonce is not None:
            more["nonce"] = message.nonce
        intent = "direct_messages" if channel.is_direct else "messages"

        def shown(session: Session) -> Json:
            in_full = session.sees(INTENTS["message_content"])
            return {**server.shown(message, in_full=in_full), **more}

        self._tell(name, channel, shown, INTENTS[intent])

    def delete(self, channel: Channel, message: StoredMessage) -> None:
        """A message is gone."""
        message.is_deleted = True
        data: Json = {"id": message.id, "channel_id": channel.id}
        if channel.guild_id:
            data["guild_id"] = channel.guild_id
        intent = "direct_messages" if channel.is_direct else "messages"
        self._tell("MESSAGE_DELETE", channel, data, INTENTS[intent])

    def react(
        self, channel: Channel, message: StoredMessage, user_id: str, name: str, *, added: bool
    ) -> None:
        """Somebody reacts, or takes that back."""
        by = message.reactions.setdefault(name, [])
        if (user_id in by) == added:
            return
        if added:
            by.append(user_id)
        else:
            by.remove(user_id)
        if not by:
            del message.reactions[name]
        data = events.reaction(message, channel, user_id, name)
        guild = self._server.guild_of(channel)
        if added:
            data["message_author_id"] = message.author.id
            if guild is not None and user_id in guild.members:
                data["member"] = events.member(guild.members[user_id])
        intent = INTENTS["direct_reactions" if channel.is_direct else "reactions"]
        told = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        self._tell(told, channel, data, intent)

    # threads and channels

    def start_thread(
        self,
        parent: Channel,
        owner: User,
        name: str,
        *,
        under: StoredMessage | None = None,
        private: bool = False,
        archive_minutes: int = 4320,
        invitable: bool = True,
    ) -> Channel:
        """A thread begins, under a message or by itself."""
        server = self._server
        guild = server.guild_of(parent)
        assert guild is not None
        thread_id = under.id if under else server.snowflakes.next()
        thread = guild.start_thread(parent, owner.id, name, thread_id, private=private)
        thread.archive_minutes, thread.is_invitable = archive_minutes, invitable
        self._tell_channel("THREAD_CREATE", thread, {"newly_created": True})
        if under is not None:
            under.flags |= HAS_THREAD
            self.change(parent, under)
            starter = server.new_message(thread, owner)
            starter.kind = THREAD_STARTER
            starter.reference = {
                "channel_id": parent.id,
                "message_id": under.id,
                "guild_id": guild.id,
            }
            self.say(thread, starter)
        elif not private:
            announced = server.new_message(parent, owner, content=name)
            announced.kind = THREAD_CREATED
            announced.reference = {"channel_id": thread.id, "guild_id": guild.id}
            self.say(parent, announced)
        return thread

    def change_thread(
        self,
        thread: Channel,
        *,
        archived: bool | None = None,
        locked: bool | None = None,
        name: str | None = None,
    ) -> None:
        """A thread is archived, locked, renamed, or none of these any more."""
        if archived is not None and archived != thread.is_archived:
            thread.is_archived, thread.archived_at = archived, self._server.now()
        if locked is not None:
            thread.is_locked = locked
        thread.name = thread.name if name is None else name
        self._tell_channel("THREAD_UPDATE", thread)

    def join_thread(self, thread: Channel, user_id: str) -> None:
        """Somebody is in a thread from now on."""
        if user_id in thread.members:
            return
        was_seen = self._is_seen(thread)
        thread.members[user_id] = self._server.now()
        is_app = user_id == self._server.application.bot.id
        if is_app and not was_seen:
            self._tell_channel("THREAD_CREATE", thread)
        added = {"added_members": [self._shown_member(thread, user_id)]}
        self._tell_members(thread, added, always=is_app)

    def leave_thread(self, thread: Channel, user_id: str) -> None:
        """Somebody is no longer in a thread."""
        if thread.members.pop(user_id, None) is None:
            return
        is_app = user_id == self._server.application.bot.id
        self._tell_members(thread, {"removed_member_ids": [user_id]}, always=is_app)

    def _shown_member(self, thread: Channel, user_id: str) -> Json:
        guild = self._server.guild_of(thread)
        shown = {**events.thread_member(thread, user_id), "presence": None}
        if guild is not None and user_id in guild.members:
            shown["member"] = events.member(guild.members[user_id])
        return shown

    def _tell_members(self, thread: Channel, change: Json, *, always: bool) -> None:
        data = {
            "id": thread.id,
            "guild_id": thread.guild_id,
            "member_count": len(thread.members),
            **change,
        }
        # of others' coming and going the app hears only with the members intent
        intent = INTENTS["guilds"] if always else INTENTS["members"]
        self._server.gateway.tell("THREAD_MEMBERS_UPDATE", data, thread.guild_id, intent)

    def create_channel(self, guild: Guild, name: str) -> Channel:
        """A new channel, that the app is told of."""
        channel = guild.add_channel(name)
        self._tell_channel("CHANNEL_CREATE", channel)
        return channel

    def change_channel(self, channel: Channel) -> None:
        """A channel's name or permissions are otherwise."""
        self._tell_channel("CHANNEL_UPDATE", channel)

    def delete_channel(self, channel: Channel) -> None:
        """A channel or thread is gone, with everything in it."""
        guild = self._server.guild_of(channel)
        assert guild is not None
        if channel.is_thread:
            named = {"id": channel.id, "guild_id": guild.id, "parent_id": channel.parent_id}
            self._tell("THREAD_DELETE", channel, {**named, "type": channel.kind}, INTENTS["guilds"])
        else:
            self._tell_channel("CHANNEL_DELETE", channel)
            for each in [c for c in guild.channels.values() if c.parent_id == channel.id]:
                del guild.channels[each.id]
        del guild.channels[channel.id]

    # guilds

    def join_guild(self, guild: Guild) -> None:
        """The app is added to a guild."""
        self._server.add_bot(guild)
        gateway = self._server.gateway
        gateway.tell(
            "GUILD_CREATE", lambda each: gateway.guild_create(guild, each, is_new=True), guild.id
        )

    def leave_guild(self, guild: Guild) -> None:
        """The app is removed from a guild."""
        guild.members.pop(self._server.application.bot.id, None)
        self._server.gateway.tell("GUILD_DELETE", {"id": guild.id}, guild.id)

    def fail_guild(self, guild: Guild) -> None:
        """A guild has an outage."""
        guild.is_available = False
        gone = {"id": guild.id, "unavailable": True}
        self._server.gateway.tell("GUILD_DELETE", gone, guild.id)

    def heal_guild(self, guild: Guild) -> None:
        """A guild is back after an outage."""
        guild.is_available = True
        gateway = self._server.gateway
        gateway.tell("GUILD_CREATE", lambda each: gateway.guild_create(guild, each), guild.id)

    def change_role(self, guild: Guild, role: Role, permissions: int) -> None:
        """A role may do other things."""
        role.permissions = permissions
        data = {"guild_id": guild.id, "role": events.role(role)}
        self._server.gateway.tell("GUILD_ROLE_UPDATE", data, guild.id, INTENTS["guilds"])

    def leave_as_member(self, guild: Guild, user_id: str) -> None:
        """Somebody leaves a guild; the app hears of it only with the members intent."""
        gone = guild.members.pop(user_id)
        data = {"guild_id": guild.id, "user": events.user(gone.user)}
        self._server.gateway.tell("GUILD_MEMBER_REMOVE", data, guild.id, INTENTS["members"])

    # helpers

    def _tell_channel(self, name: str, channel: Channel, more: Json | None = None) -> None:
        reader = self._server.application.bot.id
        data = events.channel(channel, reader, self._server.people) | (more or {})
        self._tell(name, channel, data, INTENTS["guilds"])

    def _is_seen(self, channel: Channel) -> bool:
        bot = self._server.application.bot.id
        if channel.is_direct:
            return bot in channel.members
        guild = self._server.guild_of(channel)
        return guild is not None and guild.is_available and guild.sees(bot, channel)

    def _tell(
        self, name: str, channel: Channel, data: Json | Callable[[Session], Json], intent: int
    ) -> None:
        if self._is_seen(channel):
            self._server.gateway.tell(name, data, channel.guild_id, intent)
