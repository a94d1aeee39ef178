"""Calls for a workspace: with its token, never during a wait, each outcome a `ChatError`."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.refusals import MissingScopeError, RateLimitedError, TokenRefusedError
from adapters.slack.tokens import Tokens
from adapters.slack.waits import CallWaits, busy
from adapters.slack.web import Web, call
from bot.domain.failures import outline
from bot.ports.chat import ChatBusyError
from bot.ports.clock import Clock

TOKEN_WAIT = timedelta(minutes=1)
"""After a refused token: what is due to be sent stays due, for the host may mend it."""

Verb = Literal["GET", "POST"]
_Arguments = dict[str, dict[str, Any]]
"""What `web.call` takes beside the method."""

OnTokenRefused = Callable[[str, str], Awaitable[None]]
"""Told of a team and of Slack's word for why it takes the team's token no more."""

_log = structlog.get_logger(__name__)


class Calls:
    """Every call of Slack's API on behalf of a workspace.

    Each method raises `ChatError`; `on_token_refused` may be set to hear of lost workspaces.
    """

    def __init__(self, web: Web, tokens: Tokens, waits: CallWaits, clock: Clock) -> None:
        """Call with these tokens, mind these waits."""
        self.web = web
        self.on_token_refused: OnTokenRefused | None = None
        self._tokens = tokens
        self._waits = waits
        self._clock = clock
        self._clients: dict[str, AsyncWebClient] = {}
        self._refused: dict[str, tuple[str, datetime]] = {}
        self._missing: set[tuple[str, str]] = set()

    async def read(self, team: str, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Ask for something; what is None is left out."""
        return await self._call(team, method, "GET", {"params": arguments})

    async def send(self, team: str, method: str, **arguments: Any) -> AsyncSlackResponse:
        """Do something with plain arguments; what is None is left out."""
        return await self._call(team, method, "POST", {"params": arguments})

    async def send_json(self, team: str, method: str, **body: Any) -> AsyncSlackResponse:
        """Do something with structured arguments, in a method that takes JSON."""
        return await self._call(team, method, "POST", {"body": body})

    async def token(self, team: str) -> str:
        """The team's token, for an address outside of the API."""
        try:
            return await self._tokens.token(team)
        except TokenRefusedError as error:
            await self._lose(team, "", error)
            raise ChatBusyError(TOKEN_WAIT, whole_community=True) from error

    async def _call(
        self, team: str, method: str, verb: Verb, arguments: _Arguments
    ) -> AsyncSlackResponse:
        await self._waits.check(team, method)
        token = await self.token(team)
        self._check_token(team, token)
        try:
            return await self._attempt(team, token, method, verb, arguments)
        except TokenRefusedError as error:
            refused = error
        # The call did nothing, so making it once more with another token is no repetition.
        try:
            other = await self._tokens.instead_of(team, token, refused.code)
            if other is not None:
                return await self._attempt(team, other, method, verb, arguments)
        except TokenRefusedError as error:
            refused = error
        await self._lose(team, token, refused)
        raise ChatBusyError(TOKEN_WAIT, whole_community=True) from refused

    async def _attempt(
        self, team: str, token: str, method: str, verb: Verb, arguments: _Arguments
    ) -> AsyncSlackResponse:
        client = self._clients.get(team)
        if client is None or client.token != token:
            client = self._clients[team] = self.web.client(token)
        try:
            return await call(client, method, verb, **arguments)
        except RateLimitedError as error:
            _log.info("slack_rate_limited", method=method, wait=error.retry_after.total_seconds())
            await self._waits.set(team, method, error.retry_after)
            raise busy(method, error.retry_after) from error
        except MissingScopeError as error:
            if (team, error.needed) not in self._missing:
                self._missing.add((team, error.needed))
                _log.warning("slack_scope_missing", team=team, method=method, needed=error.needed)
            raise

    def _check_token(self, team: str, token: str) -> None:
        if team not in self._refused:
            return
        refused, until = self._refused[team]
        left = until - self._clock.now()
        if token == refused and left > timedelta():
            raise ChatBusyError(left, whole_community=True)
        if token != refused:
            del self._refused[team]

    async def _lose(self, team: str, token: str, error: TokenRefusedError) -> None:
        now = self._clock.now()
        refused, until = self._refused.get(team, ("", now))
        if token == refused and until > now:
            return  # another call at the same moment has told
        self._refused[team] = (token, now + TOKEN_WAIT)
        _log.warning("slack_token_refused", team=team, code=error.code)
        if self.on_token_refused is None:
            return
        try:
            await self.on_token_refused(team, error.code)
        # The next refusal tells again; an error here would put a message in doubt.
        except Exception as failure:  # noqa: BLE001
            _log.error("refused_token_not_told", team=team, **outline(failure))
