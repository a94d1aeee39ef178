"""What people answered while Cairn was away for longer than Slack goes on redelivering."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import structlog
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack import names
from adapters.slack.calls import Calls
from adapters.slack.conversations import Conversations
from adapters.slack.events import to_event
from adapters.slack.messages import PAGE, next_cursor
from adapters.slack.payload import Payload
from bot.chat.identity import PlaceKind, PlaceRef
from bot.chat.incoming import MessageSaid
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError, ChatError
from bot.ports.deliveries import OpenPrompt

OUTAGE = timedelta(minutes=7)
"""Slack redelivers an event at once, after one minute and after five more."""

LOOKS_BACK = timedelta(days=14)

PAUSE = timedelta(seconds=1)
"""Between two calls: Slack allows fifty a minute of each of these methods."""

_MOST_WAITS = 20
"""In a row; then the place is left alone, as after any other failure."""

_CHANNEL_TYPES = {PlaceKind.DIRECT: "im", PlaceKind.GROUP: "mpim"}

_log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Thread:
    """What is to be read: the replies to a message, or all of somebody's own conversation."""

    place: PlaceRef
    parent: str | None


class Missed:
    """Reads back what was said where prompts were open."""

    def __init__(
        self, calls: Calls, *, pause: timedelta = PAUSE, sleep: Sleep = asyncio.sleep
    ) -> None:
        """Read through these calls, with this pause between two of them."""
        self._calls = calls
        self._conversations = Conversations(calls)
        self._pause = pause.total_seconds()
        self._sleep = sleep

    async def read(
        self, prompts: Iterable[OpenPrompt], last: datetime
    ) -> AsyncIterator[MessageSaid]:
        """What people said since `last`, where they were asked and after they were.

        In each place in the order in which it was said. A place that can't be read is logged and
        left out.
        """
        for thread, since in _threads(prompts, last).items():
            try:
                found = [said async for said in self._said(thread, since)]
            except ChatError as error:
                _log.warning("missed_not_read", kind=thread.place.kind.value, **outline(error))
                continue
            for said in sorted(found, key=lambda one: float(one.message.native_id)):
                yield said

    async def _said(self, thread: Thread, since: datetime) -> AsyncIterator[MessageSaid]:
        team = names.team_of(thread.place.native_id)
        channel = await self._patiently(lambda: self._conversations.reading(thread.place))
        cursor: str | None = None
        while True:
            page = await self._page(team, channel, thread.parent, since, cursor)
            for message in page.get("messages") or ():
                said = _said_in(team, channel, thread.place, message)
                if said is not None and said.at >= since:
                    yield said
            cursor = next_cursor(page.data)
            if cursor is None:
                return

    async def _page(
        self, team: str, channel: str, parent: str | None, since: datetime, cursor: str | None
    ) -> AsyncSlackResponse:
        asked: dict[str, Any] = {
            "channel": channel,
            "oldest": f"{since.timestamp():.6f}",
            "limit": PAGE,
            "cursor": cursor,
        }
        if parent is None:
            return await self._patiently(
                lambda: self._calls.read(team, "conversations.history", **asked)
            )
        return await self._patiently(
            lambda: self._calls.read(team, "conversations.replies", ts=parent, **asked)
        )

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask, a moment after the last call, and again for as long as Slack wants it later."""
        for _ in range(_MOST_WAITS):
            await self._sleep(self._pause)
            try:
                return await ask()
            except ChatBusyError as error:
                await self._sleep(error.retry_after.total_seconds())
        await self._sleep(self._pause)
        return await ask()


def _threads(prompts: Iterable[OpenPrompt], last: datetime) -> Mapping[Thread, datetime]:
    """What to read, and since when.

    A person's own conversation is read once for all prompts in it, and each prompt's thread too:
    Slack does not give replies in threads with the conversation.
    """
    found: dict[Thread, datetime] = {}
    for prompt in prompts:
        message = prompt.message
        since = max(prompt.sent_at, last)
        found[Thread(message.place, message.native_id)] = since
        if message.place.kind is PlaceKind.DIRECT:
            whole = Thread(message.place, None)
            found[whole] = min(since, found.get(whole, since))
    return found


def _said_in(
    team: str, channel: str, place: PlaceRef, message: Mapping[str, Any]
) -> MessageSaid | None:
    """A message of the history, as if Slack had told of it when it was said."""
    ts = Payload(message)["ts"].ts
    if not ts:
        return None
    event = {
        **message,
        "type": "message",
        "channel": channel,
        "channel_type": _CHANNEL_TYPES.get(place.kind, "channel"),
    }
    body = {"team_id": team, "event_id": f"history:{ts}", "event": event}
    told = to_event(Payload(body), datetime.fromtimestamp(float(ts), UTC))
    return told if isinstance(told, MessageSaid) else None
