"""Who listens: of all replicas one leads, and another takes over when it is silent."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import discord
import structlog

from adapters.discord.client import CairnClient
from adapters.discord.names import PLATFORM
from adapters.discord.refusals import DiscordAccessError
from bot.domain.failures import outline
from bot.ports.clock import Clock
from bot.ports.installations import Leadership

LONGEST_PAUSE = timedelta(minutes=5)
"""Between two attempts to connect: Discord takes a thousand a day and then a new token."""

_LASTED = timedelta(minutes=1)
_HOPELESS = {
    4004: "Discord's gateway refuses DISCORD_TOKEN. Make a new one under *Bot* at "
    "https://discord.com/developers/applications, set it and start again.",
    4013: "Discord's gateway does not know the intents that Cairn asks for. Update Cairn.",
    4014: "Discord does not let Cairn read what people write in channels. Switch *Message Content "
    "Intent* on under *Bot* at https://discord.com/developers/applications, or set "
    "DISCORD_MESSAGE_CONTENT=off.",
}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the lead is kept: another replica takes over within `lease` and `renewed_every`.

    `patience` is how long a start waits for the gateway before it goes on without, `first_pause`
    how long after a failed connection the next is tried.
    """

    lease: timedelta = timedelta(seconds=15)
    renewed_every: timedelta = timedelta(seconds=5)
    first_pause: timedelta = timedelta(seconds=5)
    patience: timedelta = timedelta(seconds=15)


class Leader:
    """Keeps or seeks the lead for as long as it runs; connects one client while it has it."""

    def __init__(
        self,
        make: Callable[[], CairnClient],
        token: str,
        leadership: Leadership,
        clock: Clock,
        *,
        pulse: Pulse,
    ) -> None:
        """Connect clients made so, with this token."""
        self._make = make
        self._token = token
        self._leadership = leadership
        self._clock = clock
        self._owner = uuid4().hex
        self._pulse = pulse
        self._renewed_every = pulse.renewed_every.total_seconds()
        self._client: CairnClient | None = None
        self._connection: asyncio.Task[None] | None = None
        self._led_until = float("-inf")
        self._connect_at = float("-inf")
        self._connected_at = 0.0
        self._pause = pulse.first_pause
        self._settled = asyncio.Event()
        self._problem: DiscordAccessError | None = None
        self._running: asyncio.Task[None] | None = None

    @property
    def client(self) -> CairnClient | None:
        """The client that is connected, or about to be; None in a process that does not lead."""
        return self._client

    @property
    def is_listening(self) -> bool:
        """Whether events come in here at this moment."""
        return self._client is not None and self._client.is_listening

    def missing(self) -> str | None:
        """Why no events come in, though they should come in here."""
        if self._problem is not None:
            return str(self._problem)
        leads = asyncio.get_running_loop().time() < self._led_until
        # at the start nobody knows yet who has it
        should = leads or not self._settled.is_set()
        return "not connected to Discord's gateway" if should and not self.is_listening else None

    async def start(self) -> None:
        """Seek the lead, and wait until it is clear who has it, and that Discord takes us.

        Raises `DiscordAccessError`.
        """
        self._running = asyncio.create_task(self._run(), name="discord leader")
        try:
            async with asyncio.timeout(self._pulse.patience.total_seconds()):
                await self._settled.wait()
        except TimeoutError:
            _log.warning("gateway_not_reached", waited=self._pulse.patience.total_seconds())
        if self._problem is not None:
            problem = self._problem
            await self.stop()
            raise problem

    async def stop(self) -> None:
        """Listen no more, and let another process take over at once."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await self._disconnect()
        try:
            await self._leadership.resign(PLATFORM, self._owner)
        # Its lease ends by itself.
        except Exception as error:  # noqa: BLE001
            _log.warning("lead_not_given_up", **outline(error))

    def settled(self) -> None:
        """A session began: Discord takes us."""
        self._problem = None
        self._settled.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._step()
            # Whatever went wrong, the next step tries again.
            except Exception as error:  # noqa: BLE001
                _log.error("leading_failed", **outline(error))
            waiting = {self._connection} if self._connection else set()
            if waiting:
                await asyncio.wait(waiting, timeout=self._renewed_every)
            else:
                await asyncio.sleep(self._renewed_every)

    async def _step(self) -> None:
        loop = asyncio.get_running_loop()
        leads = await self._lead()
        if self._connection is not None and self._connection.done():
            await self._ended(self._connection)
        if not leads:
            if self._connection is not None:
                _log.warning("lead_lost")
            await self._disconnect()
            self._settled.set()
        elif self._connection is None and loop.time() >= self._connect_at:
            _log.info("leading", platform=PLATFORM)
            self._connected_at = loop.time()
            self._client = self._make()
            self._connection = asyncio.create_task(self._connect(self._client), name="gateway")

    async def _lead(self) -> bool:
        """Take or keep the lead; while the database doesn't answer, for as long as it is ours."""
        loop, now = asyncio.get_running_loop(), self._clock.now()
        asked_at = loop.time()
        try:
            async with asyncio.timeout(self._renewed_every):
                leads = await self._leadership.lead(
                    PLATFORM, self._owner, now, now + self._pulse.lease
                )
        except Exception as error:  # noqa: BLE001
            _log.warning("lead_not_asked", **outline(error))
            return loop.time() < self._led_until
        self._led_until = asked_at + self._pulse.lease.total_seconds() if leads else float("-inf")
        return leads

    async def _connect(self, client: CairnClient) -> None:
        async with client:
            await client.login(self._token)
            await client.connect()

    async def _ended(self, connection: asyncio.Task[None]) -> None:
        """See why the connection ended, and when to try again."""
        loop = asyncio.get_running_loop()
        error = connection.exception() if not connection.cancelled() else None
        await self._disconnect()
        if loop.time() - self._connected_at > _LASTED.total_seconds():
            self._pause = self._pulse.first_pause
        code = _code(error)
        if code in _HOPELESS:
            self._problem = DiscordAccessError(_HOPELESS[code])
            self._pause = LONGEST_PAUSE
            _log.error("gateway_refuses", code=code, what_to_do=_HOPELESS[code])
            self._settled.set()
        else:
            told = outline(error) if error is not None else {}
            _log.warning("gateway_lost", again_in=self._pause.total_seconds(), code=code, **told)
        self._connect_at = loop.time() + self._pause.total_seconds()
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        client, self._client = self._client, None
        if client is not None and connection is not None and not connection.done():
            connection.cancel()
            await asyncio.wait([connection])


def _code(error: BaseException | None) -> int:
    match error:
        case discord.PrivilegedIntentsRequired():
            return 4014
        case discord.ConnectionClosed(code=code):
            return code
        case discord.LoginFailure():
            return 4004
        case _:
            return 0
