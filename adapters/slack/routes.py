"""HTTP mode: Slack's requests to bolt, and the pages for installing."""

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.chat.wording import wording_for
from bot.domain.failures import outline

EVENTS = "/slack/events"
INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"

MOST = 2_000_000
"""Bytes of one request; Slack's own are far smaller."""

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]

_log = structlog.get_logger(__name__)


def events_route(dispatch: Dispatch, signing_secret: str) -> BaseRoute:
    """Where Slack sends events, commands and presses; what it has not signed is not even read."""
    verifier = SignatureVerifier(signing_secret)

    async def answer(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST:
                return PlainTextResponse("Too large", status_code=413)
        if not _is_slacks(verifier, request, body):
            return PlainTextResponse("Not signed by Slack", status_code=401)
        try:
            taken = to_async_bolt_request(request, body)
        # bolt stumbles over shapes that Slack never sends
        except Exception as error:  # noqa: BLE001
            _log.warning("request_not_readable", **outline(error))
            return PlainTextResponse("Not readable", status_code=400)
        try:
            return to_starlette_response(await dispatch(taken))
        # Slack sends again what was not answered with success.
        except Exception as error:  # noqa: BLE001
            _log.error("request_failed", **outline(error))
            return PlainTextResponse("Not taken", status_code=500)

    return Route(EVENTS, answer, methods=["POST"])


def _is_slacks(verifier: SignatureVerifier, request: Request, body: bytes) -> bool:
    """Whether Slack signed this in the last five minutes."""
    try:
        return verifier.is_valid(
            body,
            request.headers.get("x-slack-request-timestamp"),
            request.headers.get("x-slack-signature"),
        )
    # a time that is no number, a signature in letters that none has
    except (TypeError, ValueError):
        return False


def page_route(path: str, dispatch: Dispatch) -> BaseRoute:
    """A page of the installation."""

    async def show(request: Request) -> Response:
        try:
            return to_starlette_response(await dispatch(to_async_bolt_request(request, b"")))
        # such as Slack out of reach, or the database; codes and tokens stay out of the log
        except Exception as error:  # noqa: BLE001
            _log.error("page_failed", path=path, **outline(error))
            return PlainTextResponse(wording_for(None)("install.not_done"), status_code=503)

    return Route(path, show, methods=["GET"])
