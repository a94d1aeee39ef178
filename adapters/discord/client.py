"""The client that listens: discord.py's, with Cairn's handlers and a guard at its parsers."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import discord
import structlog
import yarl
from discord import InteractionType

from adapters.discord import events, items
from adapters.discord.front_door import FrontDoor
from adapters.discord.guilds import Guilds
from adapters.discord.patience import impatient
from adapters.discord.payload import Payload
from adapters.discord.sync import put_commands
from bot.domain.failures import outline
from bot.ports.clock import Clock
from bot.ports.installations import Installations

LONGEST_RATE_LIMIT = 30.0
"""Seconds that discord.py may wait before a call; it takes no less."""

BETWEEN_SESSIONS = 5.0
"""Seconds; Discord takes one of a bot in that time."""

_log = structlog.get_logger(__name__)


class Sessions(Protocol):
    """Who wants to know when the gateway begins a session, of which nothing older is told."""

    def session_began(self) -> None:
        """A session of one shard began."""
        ...


def intents(*, message_content: bool) -> discord.Intents:
    """What Cairn asks the gateway for; only what people write in channels needs a permission."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = message_content
    return wanted


class CairnClient(discord.AutoShardedClient):
    """Discord's gateway on one side, the front door on the other."""

    def __init__(
        self,
        door: FrontDoor,
        guilds: Guilds,
        clock: Clock,
        *,
        records: Installations | None,
        sessions: Sessions | None,
        message_content: bool,
        shard_count: int | None,
        gateway_url: str,
    ) -> None:
        """Get ready; nothing happens before `login`."""
        super().__init__(
            intents=intents(message_content=message_content),
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            shard_count=shard_count,
        )
        impatient(self.http)
        self._door = door
        self._guilds_told = guilds
        self._clock = clock
        self._records = records
        self._sessions = sessions
        self._gateway_url = gateway_url
        self._began: set[int] = set()
        self._identified_at = float("-inf")
        self._telling: set[asyncio.Task[None]] = set()
        self._guard(self._connection.parsers)

    @property
    def is_listening(self) -> bool:
        """Whether every shard has a session on an open line, and all that it told is kept."""
        shards = self.shards
        return (
            bool(shards)
            and not self._door.unkept
            and all(
                number in self._began and not shard.is_closed() for number, shard in shards.items()
            )
        )

    async def setup_hook(self) -> None:
        """What must happen once, after the login."""
        self.add_dynamic_items(items.dynamic_item(self._door.take))
        await put_commands(self, self._records)

    async def launch_shard(
        self, gateway: yarl.URL, shard_id: int, *, initial: bool = False
    ) -> None:
        """Connect a shard, where the host says if they do."""
        where = yarl.URL(self._gateway_url) if self._gateway_url else gateway
        await super().launch_shard(where, shard_id, initial=initial)

    async def before_identify_hook(self, _shard: int | None, *, initial: bool = False) -> None:
        """Begin a session no sooner than Discord takes another one."""
        pause = self._identified_at + BETWEEN_SESSIONS - self.loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        self._identified_at = self.loop.time()

    async def close(self) -> None:
        """Listen no more."""
        for telling in self._telling:
            telling.cancel()
        await super().close()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A command, a form, or something being typed; what is pressed comes to the buttons."""
        if interaction.type is not InteractionType.component:
            if interaction.guild_id is not None:
                await self._guilds_told.known(interaction.guild_id)
            await self._door.take(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Something was said."""
        await self._door.tell(events.said(message, self._clock.now(), self._own))

    async def on_raw_message_edit(self, told: discord.RawMessageUpdateEvent) -> None:
        """A message was changed."""
        await self._door.tell(events.edited(told, self._clock.now(), self._own))

    async def on_raw_message_delete(self, told: discord.RawMessageDeleteEvent) -> None:
        """A message is gone."""
        await self._door.tell(events.deleted(told, self._clock.now()))

    async def on_raw_bulk_message_delete(self, told: discord.RawBulkMessageDeleteEvent) -> None:
        """Many messages are gone at once."""
        cached = {one.id: one for one in told.cached_messages}
        for number in sorted(told.message_ids):
            data: Any = {"id": number, "channel_id": told.channel_id}
            if told.guild_id is not None:
                data["guild_id"] = told.guild_id
            one = discord.RawMessageDeleteEvent(data)
            one.cached_message = cached.get(number)
            await self.on_raw_message_delete(one)

    async def on_raw_reaction_add(self, told: discord.RawReactionActionEvent) -> None:
        """A reaction was added."""
        await self._door.tell(events.reacted(told, self._clock.now(), self._own))

    async def on_raw_reaction_remove(self, told: discord.RawReactionActionEvent) -> None:
        """A reaction was taken back."""
        await self._door.tell(events.reacted(told, self._clock.now(), self._own))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Cairn was added to a server."""
        await self._guilds_told.here(guild.id, guild.name, self._app_id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is there: at the start of a session, or after an outage."""
        await self._guilds_told.here(guild.id, guild.name, self._app_id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Cairn was removed from a server; an outage is told otherwise."""
        await self._guilds_told.gone(guild.id, self._app_id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """A handler failed: logged without anybody's words."""
        error = sys.exc_info()[1]
        _log.error("handler_failed", of=event_method, **(outline(error) if error else {}))

    @property
    def _own(self) -> int | None:
        return self.user.id if self.user else None

    @property
    def _app_id(self) -> int:
        return self.application_id or self._own or 0

    def _guard(self, parsers: dict[str, Callable[[Any], None]]) -> None:
        """Let no payload end the connection: discord.py raises over one that it can't read."""
        for name, parse in parsers.items():
            parsers[name] = _guarded(name, parse)
        read = parsers["READY"]

        def ready(data: Any) -> None:
            read(data)
            self._session_begins(Payload(data))

        parsers["READY"] = ready

    def _session_begins(self, told: Payload) -> None:
        first = next(told["shard"].each(), Payload())
        shard = first.number
        listed = {int(one["id"].id) for one in told["guilds"].each() if one["id"].id}
        if self._sessions is not None:
            self._sessions.session_began()
        self._began.add(shard)
        shards = self.shard_count or 1
        self._tell_soon(self._guilds_told.compare(listed, shard, shards, self._app_id))

    def _tell_soon(self, work: Coroutine[None, None, None]) -> None:
        telling = asyncio.create_task(work)
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)


def _guarded(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def guarded(data: Any) -> None:
        try:
            parse(data)
        # Its text may hold what somebody wrote.
        except Exception as error:  # noqa: BLE001
            _log.error("payload_not_read", of=name, **outline(error))

    return guarded
