"""Discord as a platform that is served: a client that sends, one that listens, and their start."""

import asyncio
import logging
from datetime import datetime

import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord import names
from adapters.discord.buckets import tidied_seldom
from adapters.discord.chat import DiscordChat
from adapters.discord.client import LONGEST_RATE_LIMIT, CairnClient, Sessions
from adapters.discord.core import Core
from adapters.discord.front_door import FrontDoor
from adapters.discord.guilds import Guilds
from adapters.discord.history import LOOKS_BACK, Missed
from adapters.discord.leading import Leader, Pulse
from adapters.discord.patience import impatient
from adapters.discord.people import People
from adapters.discord.refusals import DiscordAccessError
from adapters.discord.tickets import Acknowledgements
from bot.domain.failures import outline
from bot.ports.clock import Clock
from bot.ports.installations import Installations, Leadership, Presence

API_URL = "https://discord.com/api/v10"
GATEWAY_URL = "wss://gateway.discord.gg/"

READ_AGAIN = 30.0
"""Seconds until what could not be read is read again."""

_log = structlog.get_logger(__name__)


class _Time:
    """`Clock` of the machine."""

    def now(self) -> datetime:
        """This moment."""
        return discord.utils.utcnow()


def build_client(
    core: Core,
    *,
    records: Installations | None = None,
    clock: Clock | None = None,
    people: People | None = None,
    acknowledgements: Acknowledgements | None = None,
    sessions: Sessions | None = None,
    message_content: bool = False,
    shard_count: int | None = 1,
    gateway_url: str = "",
) -> CairnClient:
    """The client that listens, ready and not connected; `login` and `connect` do the rest.

    Without `records` it puts the commands at Discord at every login and tells the core of every
    server. With a `shard_count` of None Discord says how many shards it wants. `people` and
    `acknowledgements` are to be those of the chat of the same process.
    """
    clock = clock or _Time()
    return CairnClient(
        FrontDoor(core, clock, people or People(), acknowledgements or Acknowledgements()),
        Guilds(core, records, clock),
        clock,
        records=records,
        sessions=sessions,
        message_content=message_content,
        shard_count=shard_count,
        gateway_url=gateway_url,
    )


def sending_client() -> discord.Client:
    """A client that only sends; it never connects to the gateway."""
    client = discord.Client(
        intents=discord.Intents.none(),
        allowed_mentions=discord.AllowedMentions.none(),
        max_ratelimit_timeout=LONGEST_RATE_LIMIT,
    )
    impatient(client.http)
    tidied_seldom(client.http)
    return client


def point_at(api_url: str, gateway_url: str) -> None:
    """Let every client of this process talk to another place than Discord's own.

    discord.py keeps both addresses with its classes.
    """
    Route.BASE = (api_url or API_URL).rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url or GATEWAY_URL)
    # It logs what it is told with its failures; what matters is logged by ourselves.
    logging.getLogger("discord").addHandler(logging.NullHandler())
    logging.getLogger("discord").propagate = False


class DiscordPlatform:
    """Discord, from the first connection to the last message."""

    def __init__(
        self,
        token: str,
        chat: DiscordChat,
        *,
        records: Installations,
        presence: Presence,
        leadership: Leadership,
        clock: Clock,
        acknowledgements: Acknowledgements,
        message_content: bool = False,
        gateway_url: str = "",
        pulse: Pulse | None = None,
    ) -> None:
        """Put it together; nothing happens before `start`."""
        self.chat = chat
        self._token = token
        self._records = records
        self._presence = presence
        self._clock = clock
        self._acknowledgements = acknowledgements
        self._message_content = message_content
        self._gateway_url = gateway_url
        self._core: Core | None = None
        self._leader = Leader(self._listener, token, leadership, clock, pulse=pulse or Pulse())
        self._is_behind = False
        self._to_read = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @property
    def routes(self) -> tuple[()]:
        """Discord comes by the gateway and needs nothing of the web server."""
        return ()

    async def missing(self) -> str | None:
        """Why no events come in at this moment; another replica may be the one that listens."""
        return "not started" if self._core is None else self._leader.missing()

    async def start(self, core: Core) -> None:
        """Log in, see whether Discord allows what is asked for, and listen if nobody else does.

        Raises `DiscordAccessError`.
        """
        await log_in(self.chat.calls.client, self._token)
        check_intent(self.chat.calls.client, message_content=self._message_content)
        self._core = core
        self._reading = asyncio.create_task(self._keep_up(core), name="discord missed")
        await self._leader.start()

    async def stop(self) -> None:
        """Listen no more."""
        await self._leader.stop()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        self._core = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self.chat.calls.client.close()

    async def note_presence(self) -> None:
        """Remember that Cairn listens at this moment, if this process does and has missed nothing.

        What was said since the last such moment is read after a start, so it stands still for as
        long as something is still to be read or kept.
        """
        if self._leader.is_listening and not self._is_behind:
            await self._presence.listening(names.PLATFORM, self._clock.now())

    def session_began(self) -> None:
        """There may be something that nobody heard."""
        self._is_behind = True
        self._to_read.set()
        self._leader.settled()

    def _listener(self) -> CairnClient:
        if self._core is None:
            message = "not started"
            raise RuntimeError(message)
        return build_client(
            self._core,
            records=self._records,
            clock=self._clock,
            people=self.chat.people,
            acknowledgements=self._acknowledgements,
            sessions=self,
            message_content=self._message_content,
            shard_count=None,
            gateway_url=self._gateway_url,
        )

    async def _keep_up(self, core: Core) -> None:
        """Read what was missed whenever a session began, until it is read."""
        while True:
            await self._to_read.wait()
            self._to_read.clear()
            try:
                await self._read_missed(core)
            # People's words are still at Discord.
            except Exception as error:  # noqa: BLE001
                _log.error("missed_messages_not_read", **outline(error))
                await asyncio.sleep(READ_AGAIN)
                self._to_read.set()
            if not self._to_read.is_set():
                self._is_behind = False
                await self.note_presence()

    async def _read_missed(self, core: Core) -> None:
        last = await self._presence.last(names.PLATFORM)
        if last is None:
            return
        prompts = await core.open_prompts(names.PLATFORM, self._clock.now() - LOOKS_BACK)
        kept = 0
        async for said in Missed(self.chat.calls).read(prompts, last):
            kept += await core.keep(said)
        _log.info("missed_messages_read", prompts=len(prompts), kept=kept)


async def log_in(client: discord.Client, token: str) -> None:
    """Log in over HTTP. Raises `DiscordAccessError`."""
    try:
        await client.login(token)
    except discord.LoginFailure as error:
        message = (
            "Discord refuses DISCORD_TOKEN. Copy it again: under *Bot* at "
            "https://discord.com/developers/applications, *Reset Token* shows a new one."
        )
        raise DiscordAccessError(message) from error
    # discord.py and aiohttp let through whatever went wrong on the way
    except Exception as error:
        raise DiscordAccessError(
            f"Discord could not be asked about DISCORD_TOKEN ({type(error).__name__}). Check that "
            f"this machine reaches {Route.BASE}, and try again.",
            may_pass=True,
        ) from error


def check_intent(client: discord.Client, *, message_content: bool) -> None:
    """See whether the app may read what people write in channels, if it is to.

    Raises `DiscordAccessError`.
    """
    flags = client.application_flags
    is_on = flags.gateway_message_content or flags.gateway_message_content_limited
    if message_content and not is_on:
        message = (
            "DISCORD_MESSAGE_CONTENT is on, but the app may not read what people write in "
            "channels. Switch *Message Content Intent* on under *Bot* at "
            "https://discord.com/developers/applications, or set DISCORD_MESSAGE_CONTENT=off."
        )
        raise DiscordAccessError(message)
