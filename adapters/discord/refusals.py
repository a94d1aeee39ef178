"""What each way in which a call to Discord can fail means to the core."""

from datetime import timedelta

import aiohttp
import discord

from bot.domain.delivery import Reason
from bot.domain.errors import CairnError
from bot.ports.chat import ChatBusyError, ChatError, ChatRefusedError, ChatUncertainError

NOT_CONNECTED_WAIT = timedelta(seconds=5)
"""After a call that did not even reach Discord."""

UNSAID_WAIT = timedelta(seconds=30)
"""After a rate limit that does not say how long."""

TOKEN_WAIT = timedelta(minutes=1)
"""After a refused token: what is due to be sent stays due, for the host may mend it."""

OPENING_WAIT = timedelta(minutes=10)
"""After Discord said that too many direct conversations were opened: it soon takes offence."""

NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
"""Raised before a request was written, so nothing was sent."""

ALREADY_ANSWERED = 40060
HAS_THREAD = 160004
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008

_ENDED = {10015, 10062, 50027}
_OPENED_TOO_FAST = {40003, 20026}
_OF_LIMITS = {20016, 20022, 20028, 20029, 31001, 40062, 130000}
_PLACE_GONE = {10003, 10004, 10008, 50024, 50068}
_UNREACHABLE = {10013, 50007, 50278}
_NOT_ALLOWED = {20001, 40002, 40007, 50001, 50013, 50083, 160005, 160006, 200000, 200001}
_CLOSING = _UNREACHABLE | {10003, 10004}


class DiscordAccessError(CairnError):
    """Discord does not let Cairn in; the message tells the host what to do.

    `may_pass` says that it may be different in a minute: Discord was not reached.
    """

    def __init__(self, sentence: str, *, may_pass: bool = False) -> None:
        super().__init__(sentence)
        self.may_pass = may_pass


class RateLimitedError(ChatBusyError):
    """Discord counted too many calls; with `is_global` of all that the bot may make."""

    def __init__(self, retry_after: timedelta, *, is_global: bool = False) -> None:
        super().__init__(retry_after, whole_platform=is_global)
        self.is_global = is_global


class OpenedTooFastError(ChatBusyError):
    """Discord does not let Cairn open more direct conversations for now."""

    def __init__(self) -> None:
        super().__init__(OPENING_WAIT)


class DiscordRefusedError(ChatRefusedError):
    """Discord will not do it; `code` is its number for why."""

    def __init__(self, reason: Reason, code: int, *, closes_place: bool = False) -> None:
        super().__init__(reason, str(code), closes_place=closes_place)
        self.code = code


class TicketEndedError(DiscordRefusedError):
    """An interaction's token is not taken, not yet or no more."""

    def __init__(self, code: int) -> None:
        super().__init__(Reason.REFUSED, code)


def of_exception(error: Exception) -> ChatError:
    """The error of whatever discord.py or aiohttp raised out of a call."""
    match error:
        case ChatError():
            return error
        case discord.RateLimited(retry_after=seconds):
            return RateLimitedError(timedelta(seconds=max(1.0, seconds)))
        case discord.HTTPException():
            return _of_answer(error)
        case _ if isinstance(error, NOT_CONNECTED):
            return ChatBusyError(NOT_CONNECTED_WAIT)
        case _:
            return ChatUncertainError(type(error).__name__)


def as_unsent(error: ChatError) -> ChatError:
    """The error of a step that comes before a message is posted: no message can be in doubt."""
    if isinstance(error, ChatUncertainError):
        return ChatBusyError(NOT_CONNECTED_WAIT)
    return error


def of_code(code: int) -> ChatError:
    """The error of an answer with this number.

    One that isn't known is a refusal: Discord says so when it has not done what it was asked.
    """
    if code in _ENDED:
        return TicketEndedError(code)
    if code in _OPENED_TOO_FAST:
        return OpenedTooFastError()
    if code in _OF_LIMITS:
        return RateLimitedError(UNSAID_WAIT)
    closes = code in _CLOSING
    if code in _PLACE_GONE:
        return DiscordRefusedError(Reason.PLACE_GONE, code, closes_place=closes)
    if code in _UNREACHABLE:
        return DiscordRefusedError(Reason.UNREACHABLE, code, closes_place=closes)
    if code in _NOT_ALLOWED:
        return DiscordRefusedError(Reason.NOT_ALLOWED, code)
    return DiscordRefusedError(Reason.REFUSED, code)


def _of_answer(error: discord.HTTPException) -> ChatError:
    if error.status == 429:
        return RateLimitedError(retry_after(error.response.headers.get("Retry-After", "")))
    if error.status == 401:
        return ChatBusyError(TOKEN_WAIT, whole_platform=True)
    if error.status >= 500:
        return ChatUncertainError(f"HTTP {error.status}")
    if not error.code and error.status in (403, 404):
        # a proxy's answer or Cloudflare's, and not Discord's own
        return ChatUncertainError(f"HTTP {error.status}")
    return of_code(error.code)


def retry_after(header: str) -> timedelta:
    """How long a header asks to wait, at least a second."""
    try:
        return timedelta(seconds=max(1.0, float(header)))
    except (OverflowError, ValueError):
        return UNSAID_WAIT
