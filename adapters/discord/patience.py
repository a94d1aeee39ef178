"""What discord.py would sit out or repeat by itself, made an error that the ledger knows.

It sleeps for as long as a rate limit lasts, inside the call, and a call that is cut short meanwhile
leaves its global lock closed for ever. It repeats after most answers from 500 on, which is right
where Discord recognises the repetition and wrong where it can't.
"""

import re
from typing import Any

import aiohttp
from discord.http import HTTPClient

from adapters.discord.refusals import RateLimitedError, retry_after
from bot.ports.chat import ChatUncertainError

_POSTED = re.compile(r"/channels/[0-9]+/messages$")
"""Posts carry a nonce, so that Discord gives back the first one."""

_ANSWERED = re.compile(r"/callback$")
"""A second answer to an interaction is refused."""


def impatient(http: HTTPClient) -> None:
    """Let a client's answers be looked at before discord.py acts on them, once it is logged in.

    As `raise_for_status` of the session that discord.py then makes for itself: a trace, which it
    would take from us, costs a tenth of every call.
    """
    log_in = http.static_login

    async def static_login(token: str) -> Any:
        user = await log_in(token)
        session_of(http)._raise_for_status = _look  # noqa: SLF001
        return user

    http.static_login = static_login  # type: ignore[method-assign]


def session_of(http: HTTPClient) -> aiohttp.ClientSession:
    """What discord.py calls through, as its own webhooks take it."""
    session: aiohttp.ClientSession = http._HTTPClient__session  # type: ignore[attr-defined] # noqa: SLF001
    return session


async def _look(answer: aiohttp.ClientResponse) -> None:
    if answer.status == 429:
        headers = answer.headers
        is_global = "X-RateLimit-Global" in headers or headers.get("X-RateLimit-Scope") == "global"
        raise RateLimitedError(retry_after(headers.get("Retry-After", "")), is_global=is_global)
    if answer.status >= 500 and not _is_recognised(answer):
        message = f"HTTP {answer.status}"
        raise ChatUncertainError(message)


def _is_recognised(answer: aiohttp.ClientResponse) -> bool:
    path = answer.url.path
    return answer.method != "POST" or bool(_POSTED.search(path) or _ANSWERED.search(path))
