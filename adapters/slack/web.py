"""The way to Slack's API: one pool of connections, and clients that never repeat a call."""

import logging
from datetime import timedelta
from typing import Any, Literal

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.refusals import UNANSWERED, UNREADABLE, of_answer, of_exception

LONGEST_CALL = timedelta(seconds=8)
"""Less than the courier allows, so that its own limit is not what ends a call."""

_LONGEST_CONNECT = 3.0
_CONNECTIONS = 100
_KEPT_ALIVE = 30.0


def quiet_logger() -> logging.Logger:
    """A logger that writes nothing: slack-sdk and bolt log bodies, codes and tokens."""
    return logging.Logger("slack", level=logging.CRITICAL + 1)


class Web:
    """Slack's API at one address."""

    def __init__(self, api_url: str, *, longest_call: timedelta = LONGEST_CALL) -> None:
        """Call this address, which ends in a slash; nothing is opened before the first call."""
        self.api_url = api_url
        self._longest_call = longest_call.total_seconds()
        self._session: aiohttp.ClientSession | None = None
        self._logger = quiet_logger()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The pool, opened when it is first asked for."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_ALIVE),
                timeout=aiohttp.ClientTimeout(
                    total=self._longest_call,
                    sock_connect=min(_LONGEST_CONNECT, self._longest_call),
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def client(self, token: str | None = None) -> AsyncWebClient:
        """A client over the pool. It makes each call once: a post that is repeated comes twice."""
        return AsyncWebClient(
            token=token,
            base_url=self.api_url,
            session=self.session,
            retry_handlers=[],
            logger=self._logger,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()


async def call(
    client: AsyncWebClient,
    method: str,
    verb: Literal["GET", "POST"] = "POST",
    *,
    body: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> AsyncSlackResponse:
    """Make one call, with a JSON `body` or with `params`.

    Raises `ChatError` or `TokenRefusedError`.
    """
    try:
        return await client.api_call(method, http_verb=verb, json=body, params=params)
    except (SlackApiError, *UNANSWERED, *UNREADABLE) as error:
        raise of_exception(error) from error


async def fetch(
    web: Web, verb: Literal["GET", "POST"], url: str, *, most: int, **request: Any
) -> bytes:
    """What stands at an address outside of the API, such as a file's; at most `most` bytes of it.

    Raises `ChatError`, and ValueError when there is more.
    """
    proxy = web.client().proxy
    try:
        async with web.session.request(verb, url, proxy=proxy, **request) as answer:
            if answer.status != 200:
                raise of_answer(answer.status, answer.headers, None)
            content = await answer.content.read(most + 1)
            while len(content) <= most and (more := await answer.content.read(most)):
                content += more
    except UNANSWERED as error:
        raise of_exception(error) from error
    if len(content) > most:
        message = f"more than {most} bytes"
        raise ValueError(message)
    return content
