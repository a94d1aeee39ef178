"""Installing Cairn into workspaces: Slack's OAuth, without a table of its own."""

import base64
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from functools import cached_property
from urllib.parse import urlsplit

import structlog
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.slack.records import InstallationRecords, OrgWideInstallError
from adapters.slack.routes import INSTALL, REDIRECT
from adapters.slack.web import Web, quiet_logger
from bot.chat.wording import wording_for
from bot.ports.cipher import Cipher, KeyMissingError
from bot.ports.clock import Clock

STATE_LIVES = timedelta(minutes=10)
"""As long as Slack's own codes."""

_PURPOSE = "slack-install"

OnInstalled = Callable[[str, str, str], Awaitable[None]]
"""Told of a team, its name and the Slack id of who installed Cairn there."""

_log = structlog.get_logger(__name__)


class SealedStates(AsyncOAuthStateStore):
    """States of running installations, which prove themselves: sealed, with their end inside.

    A state can be used again until it ends. That is no use to anyone: bolt ties it to one browser
    by a cookie, and Slack takes the code that comes with it once.
    """

    def __init__(self, cipher: Cipher, clock: Clock) -> None:
        """Seal with the host's ring."""
        self._cipher = cipher
        self._clock = clock
        self._logger = quiet_logger()

    @property
    def logger(self) -> logging.Logger:
        """A logger that writes nothing."""
        return self._logger

    async def async_issue(self, *_args: object, **_more: object) -> str:
        """A new state, in characters that cookies and addresses take as they are."""
        ends_at = (self._clock.now() + STATE_LIVES).timestamp()
        state = {"for": _PURPOSE, "ends_at": ends_at, "nonce": secrets.token_hex(8)}
        sealed = self._cipher.seal(json.dumps(state).encode())
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def async_consume(self, state: str) -> bool:
        """Whether a state is ours and has not ended."""
        try:
            sealed = base64.urlsafe_b64decode(state + "=" * (-len(state) % 4))
            known = json.loads(self._cipher.unseal(sealed))
            is_ours = known["for"] == _PURPOSE
            ends_at = float(known["ends_at"])
        except (KeyMissingError, KeyError, TypeError, ValueError):
            return False
        return is_ours and self._clock.now().timestamp() < ends_at


class SlackOAuth:
    """The two pages of an installation; `on_installed` may be set to hear of each."""

    def __init__(
        self,
        web: Web,
        records: InstallationRecords,
        cipher: Cipher,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        public_url: str,
        scopes: Iterable[str],
    ) -> None:
        """Install for these scopes."""
        self.on_installed: OnInstalled | None = None
        self._web = web
        self._records = records
        self._states = SealedStates(cipher, clock)
        self._client_id = client_id
        self._client_secret = client_secret
        self._public_url = public_url.rstrip("/")
        self._scopes = tuple(scopes)

    @cached_property
    def flow(self) -> AsyncOAuthFlow:
        """Bolt's flow; every setting is given, because it reads the environment for the others."""
        settings = AsyncOAuthSettings(
            client_id=self._client_id,
            client_secret=self._client_secret,
            scopes=self._scopes,
            user_scopes=(),
            redirect_uri=self._public_url + REDIRECT,
            install_path=INSTALL,
            redirect_uri_path=REDIRECT,
            authorization_url=authorize_url(self._web.api_url),
            installation_store=self._records,
            state_store=self._states,
            state_expiration_seconds=int(STATE_LIVES.total_seconds()),
            callback_options=AsyncCallbackOptions(success=self._succeed, failure=self._fail),
            logger=quiet_logger(),
        )
        return AsyncOAuthFlow(client=self._web.client(), logger=quiet_logger(), settings=settings)

    async def install(self, request: AsyncBoltRequest) -> BoltResponse:
        """The page that leads to Slack."""
        return await self.flow.handle_installation(request)

    async def redirect(self, request: AsyncBoltRequest) -> BoltResponse:
        """The page that Slack leads back to."""
        return await self.flow.handle_callback(request)

    async def _succeed(self, args: AsyncSuccessArgs) -> BoltResponse:
        installed = args.installation
        if self.on_installed is not None and installed.team_id:
            await self.on_installed(
                installed.team_id, installed.team_name or installed.team_id, installed.user_id
            )
        return await args.default.success(args)

    async def _fail(self, args: AsyncFailureArgs) -> BoltResponse:
        say = wording_for(None)
        is_org_wide = isinstance(args.error, OrgWideInstallError)
        _log.warning(
            "slack_not_installed", status=args.suggested_status_code, is_org_wide=is_org_wide
        )
        headers: dict[str, str | Sequence[str]] = {
            "Content-Type": "text/plain; charset=utf-8",
            "Set-Cookie": args.settings.state_utils.build_set_cookie_for_deletion(),
        }
        sentence = say("install.org_wide") if is_org_wide else say("install.not_done")
        status = 400 if is_org_wide else args.suggested_status_code
        return BoltResponse(status=status, headers=headers, body=sentence)


def authorize_url(api_url: str) -> str:
    """Where people agree to an installation: on the same host as the API."""
    api = urlsplit(api_url)
    return f"{api.scheme}://{api.netloc}/oauth/v2/authorize"
