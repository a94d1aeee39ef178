"""What each failure of a call to Discord means."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from adapters.discord.refusals import (
    OPENING_WAIT,
    TOKEN_WAIT,
    UNSAID_WAIT,
    DiscordRefusedError,
    TicketEndedError,
    as_unsent,
    of_exception,
    retry_after,
)
from bot.domain.delivery import Reason
from bot.ports.chat import ChatBusyError, ChatError, ChatRefusedError, ChatUncertainError


def answered(status: int, code: int = 0, wait: str | None = None) -> discord.HTTPException:
    """What discord.py raises over an answer."""
    headers = {} if wait is None else {"Retry-After": wait}
    response = cast("Any", SimpleNamespace(status=status, reason="", headers=headers))
    return discord.HTTPException(response, {"code": code, "message": "somebody's words"})


@pytest.mark.parametrize(
    ("code", "reason", "closes"),
    [
        (10003, Reason.PLACE_GONE, True),
        (10004, Reason.PLACE_GONE, True),
        (10013, Reason.UNREACHABLE, True),
        (50007, Reason.UNREACHABLE, True),
        (50278, Reason.UNREACHABLE, True),
        (50001, Reason.NOT_ALLOWED, False),
        (50013, Reason.NOT_ALLOWED, False),
        (160006, Reason.NOT_ALLOWED, False),
        (77777, Reason.REFUSED, False),
    ],
)
def test_a_refusal_has_a_reason(code: int, reason: Reason, closes: bool) -> None:
    error = of_exception(answered(403, code))
    assert isinstance(error, ChatRefusedError)
    assert (error.reason, error.closes_place) == (reason, closes)
    assert "somebody" not in str(error)


@pytest.mark.parametrize("code", [10015, 10062, 50027])
def test_a_token_that_has_ended_is_told_from_a_refusal(code: int) -> None:
    assert isinstance(of_exception(answered(404, code)), TicketEndedError)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (answered(403, 40003), OPENING_WAIT),
        (answered(401), TOKEN_WAIT),
        (answered(429, wait="7"), timedelta(seconds=7)),
        (answered(429), UNSAID_WAIT),
        (discord.RateLimited(45.0), timedelta(seconds=45)),
        (discord.RateLimited(0.1), timedelta(seconds=1)),
    ],
)
def test_what_asks_to_wait_says_how_long(error: Exception, wait: timedelta) -> None:
    found = of_exception(error)
    assert isinstance(found, ChatBusyError)
    assert found.retry_after == wait


@pytest.mark.parametrize(
    "error",
    [
        answered(500),
        answered(503, 50013),
        answered(404),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
        ValueError("no JSON"),
    ],
)
def test_what_may_have_happened_is_a_doubt(error: Exception) -> None:
    found = of_exception(error)
    assert isinstance(found, ChatUncertainError)
    assert isinstance(as_unsent(found), ChatBusyError)


def test_an_error_of_ours_stays_what_it_is() -> None:
    ours: ChatError = DiscordRefusedError(Reason.REFUSED, 5)
    assert of_exception(ours) is ours
    assert as_unsent(ours) is ours


@pytest.mark.parametrize("header", ["", "soon", "inf", "nan", "1e999"])
def test_a_wait_that_makes_no_sense_is_a_usual_one(header: str) -> None:
    assert timedelta(seconds=1) <= retry_after(header) <= UNSAID_WAIT
