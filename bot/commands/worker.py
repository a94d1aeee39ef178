"""The inbox worked off: every event handled once, and its answer sent."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from bot.chat.incoming import HomeOpened, Installed
from bot.chat.outgoing import Message, Text
from bot.chat.wording import wording_for
from bot.commands.dispatch import Dispatcher
from bot.commands.meaning import Deed, replaced_by_answer
from bot.domain.failures import outline
from bot.ports.chat import Chat, ChatBusyError, ChatError
from bot.ports.clock import Clock
from bot.ports.inbox import EventTakenError, Inbox, KeptEvent

LEASE = timedelta(seconds=60)
CALL_TIMEOUT = timedelta(seconds=10)
BATCH = 50
AT_ONCE = 4
"""Events handled at the same time; more would only queue for the database, and what is still to
be kept and acknowledged would queue behind them. Answers are sent at any number."""

PATIENCE = 0.05
"""Seconds that handling an event gives way to events that are still to be acknowledged."""

FIRST_WAIT = timedelta(seconds=5)
"""How long a failed event waits before it is tried again; each further wait is four times that."""

LONGEST_WAIT = timedelta(hours=1)
"""An event is never given up: it may hold somebody's words, and the next release may mend it."""

_log = structlog.get_logger()


class InboxWorker:
    """Handles what the inbox keeps, for the platforms that this process serves."""

    def __init__(
        self,
        inbox: Inbox,
        dispatcher: Dispatcher,
        chats: Mapping[str, Chat],
        clock: Clock,
        owner: str,
    ) -> None:
        """Take the inbox, the front door, a chat for each platform, and this process's name."""
        self._inbox = inbox
        self._dispatcher = dispatcher
        self._chats = chats
        self._clock = clock
        self._owner = owner
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def drain(self) -> int:
        """Handle all that can be handled now; gives how many events that were."""
        handled = 0
        while events := await self._inbox.claim(
            tuple(self._chats), self._owner, self._clock.now(), LEASE, BATCH
        ):
            # what comes from a new community needs its programme
            new = [kept for kept in events if isinstance(kept.event, Installed)]
            await asyncio.gather(*(self._work_off(kept) for kept in new))
            rest = [kept for kept in events if not isinstance(kept.event, Installed)]
            await asyncio.gather(*(self._work_off(kept) for kept in rest))
            handled += len(events)
        return handled

    async def _work_off(self, kept: KeptEvent) -> None:
        answers = kept.answers
        if answers is None:
            async with self._turn:
                await self._inbox.give_way(PATIENCE)
                answers = await self._handle(kept)
        if answers is not None:
            await self._send(kept, answers)

    async def _handle(self, kept: KeptEvent) -> tuple[Message, ...] | None:
        try:
            return await self._dispatcher.handle(kept)
        except EventTakenError:
            return None
        except Exception as error:  # noqa: BLE001 - one event must not stop the others
            _log.error(
                "event_failed",
                inbox_id=kept.id,
                kind=kept.event.kind,
                attempt=kept.attempt,
                **outline(error),
            )
        await self._try_again(kept)
        return None

    async def _try_again(self, kept: KeptEvent) -> None:
        wait = min(FIRST_WAIT * 4 ** min(kept.attempt - 1, 10), LONGEST_WAIT)
        await self._inbox.retry(kept.id, self._clock.now() + wait)
        if kept.attempt == 1 and isinstance(kept.event, Deed):
            say = wording_for(kept.event.actor.locale)
            apology = Message((Text(say("error.apology", number=kept.id)),))
            with suppress(ChatBusyError):
                await self._say(kept, apology)

    async def _send(self, kept: KeptEvent, answers: tuple[Message, ...]) -> None:
        try:
            for message in answers:
                await self._say(kept, message)
        except ChatBusyError as error:
            await self._inbox.retry(kept.id, self._clock.now() + error.retry_after)
            return
        if answers:
            await self._inbox.answered(kept.id)

    async def _say(self, kept: KeptEvent, message: Message) -> None:
        event = kept.event
        chat = self._chats[event.platform]
        try:
            async with asyncio.timeout(CALL_TIMEOUT.total_seconds()):
                if isinstance(event, HomeOpened):
                    await chat.show_home(event.actor.account, event.community, message)
                    return
                await chat.answer(
                    event.actor.account,
                    event.place,
                    event.ticket,
                    message,
                    instead_of=replaced_by_answer(event),
                )
        except ChatBusyError:
            raise
        except (ChatError, TimeoutError) as error:
            _log.warning("answer_not_sent", inbox_id=kept.id, error=type(error).__name__)
