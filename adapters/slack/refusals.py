"""What each way in which a call to Slack can fail means to the core."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.domain.delivery import Reason
from bot.domain.errors import CairnError
from bot.ports.chat import ChatBusyError, ChatError, ChatRefusedError, ChatUncertainError

NOT_CONNECTED_WAIT = timedelta(seconds=5)
"""After a call that did not even reach Slack."""

UNSAID_WAIT = timedelta(seconds=30)
"""After a rate limit that does not say how long; Slack counts in windows of a minute."""

MIGRATION_WAIT = timedelta(minutes=5)
"""While a workspace moves into an organisation, its API comes and goes."""

NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
)
"""Raised before a request was written, so nothing was sent."""

UNANSWERED = (aiohttp.ClientError, OSError, TimeoutError)
"""Raised when a request may have been taken. (What `NOT_CONNECTED` names is among them.)"""

UNREADABLE = (AttributeError, ValueError)
"""What slack-sdk raises over an answer that is no JSON object."""

_OF_TOKENS = {
    "account_inactive",
    "invalid_auth",
    "not_authed",
    "token_expired",
    "token_revoked",
}
_OF_LIMITS = {"message_limit_exceeded", "rate_limited", "ratelimited"}
_UNCERTAIN = {"fatal_error", "internal_error", "request_timeout", "service_unavailable"}
_PLACE_GONE = {"channel_not_found", "is_archived"}
_UNREACHABLE = {
    "cannot_dm_bot",
    "messages_tab_disabled",
    "user_disabled",
    "user_not_found",
    "user_not_visible",
    "users_not_found",
}
_NOT_ALLOWED = {
    "access_denied",
    "accesslimited",
    "enterprise_is_restricted",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_enabled",
    "not_in_channel",
    "org_login_required",
    "posting_to_channel_denied",
    "team_access_not_granted",
    "two_factor_setup_required",
}
_NOT_ALLOWED_BEGINNINGS = ("ekm_", "restricted_action")

_WORD = re.compile(r"[a-z0-9_.:,-]{1,200}")


class TokenRefusedError(CairnError):
    """Slack does not take this token, so nothing was sent; `code` is Slack's word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RateLimitedError(ChatBusyError):
    """Slack counted too many calls of this method."""


class SlackRefusedError(ChatRefusedError):
    """Slack will not do it; `code` is its word for why."""

    def __init__(self, reason: Reason, code: str, *, closes_place: bool = False) -> None:
        super().__init__(reason, code, closes_place=closes_place)
        self.code = code


class MissingScopeError(SlackRefusedError):
    """Cairn was not given the permission `needed`."""

    def __init__(self, needed: str) -> None:
        super().__init__(Reason.NOT_ALLOWED, "missing_scope")
        self.needed = needed


def of_code(code: str, answer: Mapping[str, Any]) -> CairnError:
    """The error of an answer that says `ok: false` with this code.

    A code that isn't known is a refusal: Slack says so when it has not done what it was asked.
    """
    if code in _OF_TOKENS:
        return TokenRefusedError(code)
    if code in _UNCERTAIN:
        return ChatUncertainError(code)
    if code == "team_added_to_org":
        return ChatBusyError(MIGRATION_WAIT, whole_community=True)
    if code == "missing_scope":
        return MissingScopeError(_word(answer.get("needed")))
    if code in _PLACE_GONE:
        return SlackRefusedError(Reason.PLACE_GONE, code, closes_place=True)
    if code in _UNREACHABLE:
        return SlackRefusedError(Reason.UNREACHABLE, code, closes_place=True)
    if code in _NOT_ALLOWED or code.startswith(_NOT_ALLOWED_BEGINNINGS):
        return SlackRefusedError(Reason.NOT_ALLOWED, code)
    return SlackRefusedError(Reason.REFUSED, code)


def of_answer(status: int, headers: Mapping[str, str], answer: object) -> CairnError:
    """The error of an HTTP answer that is not a success; `answer` is its JSON, if it is any."""
    told: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    code = _word(told.get("error"))
    if status == 429 or code in _OF_LIMITS:
        return RateLimitedError(_retry_after(headers))
    if status >= 500 or not code:
        return ChatUncertainError(f"HTTP {status}")
    return of_code(code, told)


def of_exception(error: Exception) -> CairnError:
    """The error of whatever slack-sdk or aiohttp raised out of a call."""
    match error:
        case SlackApiError(response=AsyncSlackResponse() as response):
            return of_answer(response.status_code, response.headers, response.data)
        case _ if isinstance(error, NOT_CONNECTED):
            return ChatBusyError(NOT_CONNECTED_WAIT)
        case _:
            return ChatUncertainError(type(error).__name__)


def as_unsent(error: ChatError) -> ChatError:
    """The error of a step that comes before a message is posted: no message can be in doubt."""
    if isinstance(error, ChatUncertainError):
        return ChatBusyError(NOT_CONNECTED_WAIT)
    return error


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    try:
        return timedelta(seconds=max(1, int(headers.get("Retry-After", ""))))
    except (OverflowError, ValueError):
        return UNSAID_WAIT


def _word(value: object) -> str:
    """Slack's word, or nothing: what isn't one may hold what was sent, and it is logged."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else ""
