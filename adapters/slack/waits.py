"""How long calls of a method in one workspace wait, as Slack asked any replica."""

import asyncio
from datetime import datetime, timedelta

import structlog

from adapters.slack.names import PLATFORM
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError
from bot.ports.clock import Clock
from bot.ports.installations import Waits

POST = "chat.postMessage"
"""The one method whose limit counts a whole workspace's messages together."""

READ_AGAIN = timedelta(seconds=5)


class CallWaits:
    """`Waits`, read every few seconds and kept in memory between."""

    def __init__(self, waits: Waits, clock: Clock) -> None:
        """Share waits with the other replicas."""
        self._waits = waits
        self._clock = clock
        self._until: dict[tuple[str, str], datetime] = {}
        self._read_at = float("-inf")

    async def check(self, team: str, method: str) -> None:
        """Raises `ChatBusyError` if calls of this method wait."""
        if asyncio.get_running_loop().time() - self._read_at > READ_AGAIN.total_seconds():
            await self._read()
        until = self._until.get((team, method))
        if until is not None and (left := until - self._clock.now()) > timedelta():
            raise busy(method, left)

    async def set(self, team: str, method: str, length: timedelta) -> None:
        """Let calls of this method wait, here and in every replica."""
        until = self._clock.now() + length
        key = (team, method)
        self._until[key] = max(until, self._until.get(key, until))
        try:
            await self._waits.set(PLATFORM, team, method, until)
        # This process has it in memory; the others will be told to wait by Slack.
        except Exception as error:  # noqa: BLE001
            _log.warning("wait_not_stored", method=method, **outline(error))

    async def _read(self) -> None:
        # noted before the reading, so that calls at the same time don't all read
        self._read_at = asyncio.get_running_loop().time()
        now = self._clock.now()
        try:
            stored = await self._waits.running(PLATFORM, now)
        # Without the others' waits, Slack itself still says when to wait.
        except Exception as error:  # noqa: BLE001
            _log.warning("waits_not_read", **outline(error))
            return
        ours = {key: until for key, until in self._until.items() if until > now}
        self._until = {
            key: max(ours.get(key, until), until) for key, until in (ours | dict(stored)).items()
        }


def busy(method: str, wait: timedelta) -> ChatBusyError:
    """The error of a call that has to wait."""
    return ChatBusyError(wait, whole_community=method == POST)


_log = structlog.get_logger(__name__)
