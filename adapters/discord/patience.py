"""What discord.py would sit out or repeat by itself, made an error that the ledger knows.

It sleeps for as long as a rate limit lasts, inside the call, and a call that is cut short meanwhile
leaves its global lock closed for ever. It repeats after 500, 502, 504 and 524, which is right where
Discord recognises the repetition and wrong where it can't.
"""

import re
from types import SimpleNamespace

import aiohttp

from adapters.discord.refusals import RateLimitedError, retry_after
from bot.ports.chat import ChatUncertainError

_REPEATED = {500, 502, 504, 524}
_POSTED = re.compile(r"/channels/[0-9]+/messages$")
"""Posts carry a nonce, so that Discord gives back the first one."""

_ANSWERED = re.compile(r"/callback$")
"""A second answer to an interaction is refused."""


def impatient() -> aiohttp.TraceConfig:
    """What to give a client as its `http_trace`."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_look)
    return trace


async def _look(
    _session: aiohttp.ClientSession,
    _context: SimpleNamespace,
    ended: aiohttp.TraceRequestEndParams,
) -> None:
    answer = ended.response
    if answer.status == 429:
        answer.close()
        headers = answer.headers
        is_global = "X-RateLimit-Global" in headers or headers.get("X-RateLimit-Scope") == "global"
        raise RateLimitedError(retry_after(headers.get("Retry-After", "")), is_global=is_global)
    if answer.status in _REPEATED and not _is_recognised(ended):
        answer.close()
        message = f"HTTP {answer.status}"
        raise ChatUncertainError(message)


def _is_recognised(ended: aiohttp.TraceRequestEndParams) -> bool:
    path = ended.url.path
    return ended.method != "POST" or bool(_POSTED.search(path) or _ANSWERED.search(path))
